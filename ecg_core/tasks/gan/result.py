"""What the training of a GAN ends with."""

from dataclasses import dataclass

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity
from ecg_core.typed_json import JsonObject, from_json, to_json


@dataclass(frozen=True)
class GanResult:
    """How many beats it learned from; and, once somebody had it judged, how close its own come to those."""

    beats: int
    """Recorded beats of the class in the training records."""
    fidelity: ClassFidelity | None = None
    """None while it is not judged. Runs of before judging was an act of its own ended with it."""

    def headline(self) -> str:
        return self.fidelity.headline() if self.fidelity else f"Not judged yet; trained on {self.beats:,} beats"

    def figures(self) -> tuple[Figure, ...]:
        if self.fidelity:
            return self.fidelity.figures()
        return (Figure("Two-sample AUC", None), Figure("Beats learned from", self.beats, kind="count"))

    def to_json(self) -> JsonObject:
        value: JsonObject = {"beats": self.beats}
        return value | ({"fidelity": self.fidelity.to_json()} if self.fidelity else {})

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "GanResult":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        figures = value.get("fidelity") if isinstance(value, dict) else None
        if figures is None:
            return cls(from_json(_Counted, value, what, error).beats)
        fidelity = ClassFidelity.from_json(figures, f"{what}, fidelity", error)
        return cls(fidelity.n_train, fidelity)


@dataclass(frozen=True)
class _Counted:
    beats: int


@dataclass(frozen=True)
class ImageGanResult:
    """How many images it learned from; and, once somebody had it judged, how close its own come to those."""

    images: int
    fidelity: ImageClassFidelity | None = None
    """None while it is not judged; never in the result itself, which is of the training."""

    def headline(self) -> str:
        return self.fidelity.headline() if self.fidelity else f"Trained on {self.images:,} images"

    def figures(self) -> tuple[Figure, ...]:
        return self.fidelity.figures() if self.fidelity else (Figure("Images learned from", self.images, kind="count"),)

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(_CountedImages(self.images))
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ImageGanResult":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        return cls(from_json(_CountedImages, value, what, error).images)


@dataclass(frozen=True)
class _CountedImages:
    images: int
