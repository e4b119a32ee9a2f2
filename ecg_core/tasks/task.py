"""What a task is: a kind of work that can be run. Whoever asks "which kind is this?" asks a value of this type.

A task's heavy parts are named, not imported ("module:function"), so that a page or a command that only lists kinds does
not wait for what carries them out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any, Generic, Protocol, Self, TypeVar

from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.figure import Figure
from ecg_core.learning.card import Card, DataUsed, Preparation, SplitUsed
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.options import Options
from ecg_core.tasks.material import Archive, ImageFolder, Material, Recordings
from ecg_core.tasks.versions import versions
from ecg_core.typed_json import JsonObject
from ecg_core.workspace import now

O = TypeVar("O", bound=Options)  # noqa: E741 - the usual letter
R = TypeVar("R", bound="Report")


class Report(Protocol):
    """What a run ends with, or what a model reaches on some records: frozen, and the same on pages and commands."""

    def headline(self) -> str:
        """The one line that matters."""
        ...

    def figures(self) -> tuple[Figure, ...]:
        """What it is listed and compared by, the most telling first."""
        ...

    def to_json(self) -> JsonObject: ...

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = ...) -> Self:
        """Raises `error`, naming `what` and the field, for anything that is no such report."""
        ...


@dataclass(frozen=True)
class ModelFormat:
    """The model a task makes, and what can be done with it."""

    noun: str
    """What it is in a sentence: `autoencoder`, `beat GAN`."""
    load: str
    """"module:function"(folder, name) -> (model, card); checks every array."""
    report: type[Any] | None = None
    """Type of its figures on a part; None where a card holds none by part."""
    evaluate: str = ""
    """"module:function"(folder, `JudgedOn`) -> report; empty where it is not judged on records."""
    evaluate_images: str = ""
    """"module:function"(folder, image folder) -> report; empty where it is not judged on images."""
    files: tuple[str, ...] = ()
    """Files beside weights and card that go along when it is promoted."""
    said: Callable[[Card], tuple[str, ...]] = lambda _: ()
    """What its card says of it where models are listed."""


@dataclass(frozen=True)
class Task(Generic[O, R]):
    """One kind of work."""

    kind: str
    """In run ids, configs and cards: lower-case letters and hyphens."""
    title: str
    """Such as `Beat GAN`."""
    command: tuple[str, ...]
    """Words of the command line: `("train", "gan")`; a flag among them says which of a verb's tasks it is."""
    help: str
    """The rest of a sentence that begins with the title's verb, for the command line."""
    options: type[O]
    material: tuple[type[Material], ...]
    carry_out: str
    """"module:function"(job) -> result; imported by the worker only."""
    result: type[R]
    page: str
    """Script of the page where it is watched and its result shown."""
    check: str = ""
    """"module:function"(material, options) -> options; refuses at once what would fail later."""
    under_way: str = ""
    """What the sidebar says while it works; by default that the title is training."""
    tab: str = ""
    """Tab of the page where it is watched, where that is not told by the run in the address."""
    result_tab: str = ""
    """Tab of the page where its result is shown."""
    icon: str = "model_training"
    model: ModelFormat | None = None
    """None for work that makes no model."""
    class_option: str = ""
    """Option that names the class a generator makes; empty for what is no generator."""
    goes_on: bool = False
    """Whether work without a checkpoint goes on, when it is resumed, after what it has done."""
    place_option: str = ""
    """Option that names the folder which the work is known by."""
    unit: Callable[[O], str] = lambda _: "beats"
    """What it works on, where runs are listed."""
    by_phase: bool = False
    """Whether its progress is counted in phases, not in epochs."""
    judged: str = ""
    """"module:function"(folder, result) -> the result with what its model was judged by since, where judging is an act
    of its own that is kept beside the model; else empty."""
    keep: str = ""
    """Name of the file beside a model's card that a result can be kept in; empty where that has no sense."""

    def class_of(self, options: Mapping[str, Any]) -> str:
        """The class a generator with these options makes; empty for what is no generator."""
        return str(options.get(self.class_option, "")) if self.class_option else ""

    def title_of(self, options: Mapping[str, Any]) -> str:
        """Such as `Beat GAN, class V`, `Archive Ward 3`."""
        label = self.class_of(options)
        if self.place_option and (place := PurePath(str(options.get(self.place_option, ""))).name):
            return f"{self.title} {place}"
        return f"{self.title}, class {label}" if label else self.title

    def doing(self, options: Mapping[str, Any]) -> str:
        """What the sidebar says while it works."""
        return self.under_way or f"{self.title_of(options)} is training"

    def address_of(self, run_id: str) -> dict[str, str]:
        """Query string that opens a living run on its page."""
        return {"tab": self.tab} if self.tab else {"run": run_id}

    def result_address(self, run_id: str) -> dict[str, str]:
        """Query string that opens a finished run's result on its page."""
        address = self.address_of(run_id)
        return address | ({"tab": self.result_tab} if self.result_tab else {})

    def unit_of(self, options: Mapping[str, Any]) -> str:
        """What a run with these options, as a config has them, works on."""
        return self.unit(self.options.from_json(options))

    def reports_of(self, card: Card, what: str, error: type[WorkbenchError]) -> dict[str, Any]:
        """Part -> report, of every part a model was judged on. Raises `error` for figures that are none."""
        if self.model is None or self.model.report is None:
            return {}
        return {part: self.model.report.from_json(row, f"{what}, {part}", error) for part, row in card.figures.items()}


@dataclass(frozen=True)
class Job(Generic[O]):
    """One run of a task, as what carries it out is handed it."""

    task: Task[O, Any]
    run_id: str
    folder: Path
    """Where the model goes."""
    options: O
    material: Material
    command: str
    """Runs the same again."""
    monitor: Monitor = field(default_factory=Monitor)

    @property
    def split(self) -> SplitUsed:
        return self.material.split

    @property
    def recordings(self) -> Recordings:
        """The material, where it must be recordings."""
        assert isinstance(self.material, Recordings), f"{self.task.kind} works on recordings"
        return self.material

    @property
    def archive(self) -> Archive:
        """The material, where it must be an archive."""
        assert isinstance(self.material, Archive), f"{self.task.kind} works on an archive"
        return self.material

    @property
    def image_folder(self) -> ImageFolder:
        """The material, where it must be an image folder."""
        assert isinstance(self.material, ImageFolder), f"{self.task.kind} works on an image folder"
        return self.material

    def phase(self, name: str) -> Callable[[int, int], None]:
        """Progress of a phase, for whoever counts `(done, of)`."""
        return lambda done, of: self.monitor.phase(name, done, of)

    def card(
        self,
        data: DataUsed,
        preparation: Preparation | None = None,
        figures: JsonObject | None = None,
        about: JsonObject | None = None,
        unreadable: Mapping[str, str] | None = None,
    ) -> Card:
        """The card of the model made. `about`: what only its kind of model has."""
        recordings = self.material if isinstance(self.material, Recordings) else None
        seed = self.options.to_json().get("seed", 0)
        return Card(
            kind=self.task.kind,
            created=now(),
            split=self.split,
            options=self.options.to_json(),
            seed=int(seed),
            data=data,
            versions=versions(),
            command=self.command,
            figures=figures or {},
            preparation=preparation,
            patients=recordings.patients.only(self.split.train).pseudonymous() if recordings else None,
            layer=recordings.layer if recordings else "reference",
            corrections=recordings.corrections() if recordings else {},
            unreadable=unreadable or {},
            about=about or {},
        )


AnyTask = Task[Any, Any]


def imported(name: str) -> Any:
    """What "module:function" names."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)
