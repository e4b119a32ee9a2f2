"""The trained models a page can choose from: shipped ones and finished runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecg_core import workspace
from ecg_core.beats.images import FORMS
from ecg_core.errors import ModelError, RunError
from ecg_core.files import FileState
from ecg_core.learning.card import Card
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card, read_model
from ecg_core.learning.unseen import VALIDATION
from ecg_core.runs.folder import list_runs
from ecg_core.tasks.evaluation import reports_of
from ecg_core.tasks.registry import task_of_model
from ecg_core.tasks.task import AnyTask, imported
from ecg_core.text import plain

MOST_SAID = 400
TEST = "test"
"""Part of the records a model may be judged on, in addresses."""


@dataclass(frozen=True)
class Model:
    """A model folder and what to call it."""

    id: str
    """`models/<name>` for a shipped or promoted model, else the run's id: what stands in addresses."""
    folder: Path
    card: Card
    reports: Mapping[str, Any] = field(default_factory=dict)
    """Part -> report, of every part its card has figures of."""

    @property
    def shipped(self) -> bool:
        return self.id.startswith("models/")

    @property
    def kind(self) -> str:
        return self.card.kind

    @property
    def task(self) -> AnyTask:
        """The task that made it."""
        return task_of_model(self.card.kind)

    @property
    def class_label(self) -> str:
        """Class a GAN makes: an AAMI class, or a sub-folder of an image folder. Empty for what is no GAN."""
        return self.task.class_of(self.card.options)

    @property
    def name(self) -> str:
        """What to call it in a few words: what it is where it came with the workbench, with its folder's name where
        somebody named it."""
        if not self.shipped:
            return f"Run of {self.card.created[:16].replace('T', ' ')}"
        title, folder = self.task.title_of(self.card.options), self.id.removeprefix("models/")
        form = self.card.options.get("form")
        if folder == f"{self.kind}-{form}" and form in FORMS:
            return f"Shipped {title.lower()}, {FORMS[form].lower()}"
        if folder in (self.kind, f"{self.kind}-{self.class_label}"):
            return f"Shipped {title[:1].lower()}{title[1:]}"
        return f"{title}, {folder}"

    @property
    def short_name(self) -> str:
        """What it is called where there is little room."""
        return self.name if self.shipped else f"{self.name} ({self.id[-4:]})"

    @property
    def listed_name(self) -> str:
        """What it is called in a list: its label without a figure, which would be of another part than what is shown
        beside it."""
        parts = [part for part in self.label.split(" · ")[1:] if "F1" not in part and "AUC" not in part]
        data = self.card.data.label
        return " · ".join([self.short_name, *(data.partition(",")[0] if part == data else part for part in parts)])

    @property
    def label(self) -> str:
        """Name, what it works on, its data, and what tells it from others of its kind."""
        model = self.task.model
        return " · ".join([self.name, *(model.said(self.card) if model else ())])

    def state(self) -> tuple[object, ...]:
        """Changes when a file of the model does: what Streamlit's caches tell models apart by (`OF_MODEL`)."""
        files = (self.folder / name for name in (CARD, WEIGHTS))
        return self.id, str(self.folder), *((path.stat().st_mtime_ns, path.stat().st_size) for path in files)

    @property
    def best_part(self) -> str:
        """The part whose figures say most: records kept for the end, else validation."""
        return next((part for part in self.reports if part != VALIDATION), VALIDATION)

    def report(self, part: str) -> Any | None:
        """Its figures on a part, if its card has them."""
        return self.reports.get(part)


OF_MODEL: dict[str | type[Any], Callable[[Any], Any]] = {Model: Model.state}
"""For `hash_funcs`."""


def of_kind(*kinds: str, loading: bool = False) -> tuple[list[Model], list[str]]:
    """Every model of some kinds, kind by kind: finished runs first (newest first), then shipped; and what is wrong with
    those that cannot be read, which hide none of the others. With `loading`, each array of them is checked too."""
    models: list[Model] = []
    problems: list[str] = []
    for kind in kinds:
        places = [(run.id, run.folder) for run in list_runs() if run.kind == kind]
        for model_id, folder in [*places, *_shipped_places()]:
            try:
                (folder / CARD).lstat()
            except FileNotFoundError:
                continue  # still training, or stopped
            except OSError as error:
                problems.append(f"{model_id} cannot be read: {error.strerror}.")
                continue
            card, reports, problem = _read(FileState.of(folder / CARD), FileState.of(folder / WEIGHTS))
            if not problem and loading and card is not None and card.kind == kind:
                problem = _load(model_id, FileState.of(folder / CARD), FileState.of(folder / WEIGHTS))
            if problem:
                problems.append(problem)
            elif card is not None and card.kind == kind:
                models.append(Model(model_id, folder, card, reports))
    return models, list(dict.fromkeys(problems))


def _shipped_places() -> list[tuple[str, Path]]:
    folders = sorted(path for path in workspace.MODELS.glob("*") if path.is_dir() and path.name[0] != ".")
    return [(f"models/{folder.name}", folder) for folder in folders]


@lru_cache(maxsize=256)
def _read(state: FileState, _weights: FileState) -> tuple[Card | None, Mapping[str, Any], str]:
    """Card and figures, or why the model cannot be read; once for each change, since pages list models in every rerun.

    The weights are read too: a model whose weights are torn must not be what a page opens with.
    """
    folder = state.path.parent
    try:
        card, _ = read_model(folder, load_card(folder).kind)
        task_of_model(card.kind).options.from_json(card.options)
        return card, reports_of(card, str(folder / CARD)), ""
    except (ModelError, RunError) as error:
        told = plain(str(error), MOST_SAID)
        return None, {}, told if str(folder) in told else f"{folder}: {told}"


@lru_cache(maxsize=256)
def _load(model_id: str, card: FileState, _weights: FileState) -> str:
    """Why a model whose card can be read does not load; empty if it does."""
    folder = card.path.parent
    model = task_of_model(load_card(folder).kind).model
    try:
        if model:
            imported(model.load)(folder, model_id)
    except (ModelError, RunError) as error:
        told = plain(str(error), MOST_SAID)
        return told if model_id in told or str(folder) in told else f"{model_id}: {told}"
    return ""


def choose(models: Sequence[Model], wanted: str | None) -> Model | None:
    """The model an address names, or the shipped one of the first kind, or the newest; None if there is none."""
    by_id = {model.id: model for model in models}
    if wanted in by_id:
        return by_id[wanted]
    shipped = (by_id[f"models/{model.kind}"] for model in models if f"models/{model.kind}" in by_id)
    return next(shipped, models[0] if models else None)
