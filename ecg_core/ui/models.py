"""The trained models a page can choose from: shipped ones and finished runs."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecg_core import workspace
from ecg_core.errors import ModelError
from ecg_core.learning.model_folder import load_card
from ecg_core.runs.folder import list_runs
from ecg_core.text import number

GAN, IMAGE_GAN, AUTOENCODER = "gan", "image-gan", "autoencoder"
CLASSIFIER, IMAGE_CLASSIFIER = "classifier", "image-classifier"


@dataclass(frozen=True)
class Model:
    """A model folder and what to call it."""

    id: str
    """`models/<name>` for a shipped or promoted model, else the run's id: what stands in addresses."""
    folder: Path
    card: dict[str, Any]

    @property
    def shipped(self) -> bool:
        return self.id.startswith("models/")

    @property
    def kind(self) -> str:
        return str(self.card["kind"])

    @property
    def makes(self) -> str:
        """Class a GAN makes: an AAMI class, or a sub-folder of an image folder. Empty for what is no GAN."""
        return str(self.card["options"].get({GAN: "beat_class", IMAGE_GAN: "label"}.get(self.kind, ""), ""))

    @property
    def label(self) -> str:
        """Name, what it works on, its data, and what tells it from others of its kind."""
        name = self.id if self.shipped else f"Run of {self.card['created'][:16].replace('T', ' ')}"
        return " · ".join([name, *_said_by_card(self.card, self.makes)])

    @property
    def stamp(self) -> int:
        """Changes when the model does."""
        return (self.folder / "card.json").stat().st_mtime_ns


def autoencoders() -> tuple[list[Model], list[str]]:
    """Every autoencoder; see `of_kind`."""
    return of_kind(AUTOENCODER)


def of_kind(kind: str) -> tuple[list[Model], list[str]]:
    """Every model of a kind, finished runs first (newest first), then shipped; and what is wrong with the unreadable.

    `kind` is `autoencoder`, `classifier`, `image-classifier`, `gan` or `image-gan`.
    """
    found: list[Model] = []
    problems: list[str] = []
    places = [(run.id, run.folder) for run in list_runs() if kind_of_id(run.id) == kind]
    folders = sorted(path for path in workspace.MODELS.glob("*") if path.is_dir() and path.name[0] != ".")
    places += [(f"models/{folder.name}", folder) for folder in folders]
    for model_id, folder in places:
        try:
            card = _card(folder, (folder / "card.json").stat().st_mtime_ns)
        except FileNotFoundError:
            continue  # still training, or stopped
        except ModelError as error:
            problems.append(str(error))
            continue
        if card["kind"] == kind:
            found.append(Model(model_id, folder, card))
    return found, problems


@lru_cache(maxsize=128)
def _card(folder: Path, stamp: int) -> dict[str, Any]:  # noqa: ARG001
    """A card, read once for each change: pages list models in every rerun, and a card may be 50 kB of figures."""
    return load_card(folder)


def kind_of_id(run_id: str) -> str:
    """`image-gan` of `20261122-072215530-image-gan-26a1`: without opening the run."""
    return "-".join(run_id.split("-")[2:-1])


def choose(models: list[Model], wanted: str | None) -> Model | None:
    """The model an address names, or the shipped one, or the newest; None if there is none."""
    by_id = {model.id: model for model in models}
    if wanted in by_id:
        return by_id[wanted]
    shipped = (by_id[name] for name in ("models/autoencoder", "models/classifier") if name in by_id)
    return next(shipped, models[0] if models else None)


def _said_by_card(card: dict[str, Any], makes: str) -> list[str]:
    options, data = card["options"], card["data"]["label"]
    if card["kind"] == GAN:
        return [f"{makes} beats", data, f"{card['beats']:,} beats"]
    if card["kind"] == IMAGE_GAN:
        ground = "ECG paper" if options["ground"] == "paper" else "plain"
        if "preprocessing" not in card:  # of an image folder
            ground = "colour" if options["ground"] == "paper" else "grey"
        return [f"{makes} images", f"{options['size']} x {options['size']} px, {ground}", data,
                f"{card['images']:,} images"]  # fmt: skip
    figures = card.get("figures", {})
    if card["kind"] in (CLASSIFIER, IMAGE_CLASSIFIER):
        return [_inputs(card), data, *_classified(figures)]
    best = figures.get("DS2") or figures.get("validation") or {}
    where = "DS2" if "DS2" in figures else "validation"
    return [options.get("unit", "beats"), data, f"ROC AUC {number(best.get('roc_auc'))} ({where})"]


def _inputs(card: dict[str, Any]) -> str:
    """What a classifier works on and how its training was balanced."""
    options = card["options"]
    ways = [options["balance"]] if options["balance"] != "none" else []
    ways += [f"{options['added'].upper()} beats"] if options["added"] != "none" else []
    what = "beats" if card["kind"] == CLASSIFIER else f"images {options['size']} px"
    return f"{what}, {' and '.join(ways) or 'no balancing'}"


def _classified(figures: dict[str, Any]) -> list[str]:
    part = next((name for name in figures if name != "validation"), "validation")
    return [f"macro-F1 {number(figures[part]['macro_f1'])} ({part})"] if part in figures else []
