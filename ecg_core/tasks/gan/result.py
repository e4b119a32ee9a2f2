"""What the training of a GAN ends with."""

from dataclasses import dataclass

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.figure import Figure
from ecg_core.typed_json import JsonObject, from_json, to_json


@dataclass(frozen=True)
class GanResult:
    """How close its beats come to those it learned from."""

    fidelity: ClassFidelity

    def headline(self) -> str:
        return self.fidelity.headline()

    def figures(self) -> tuple[Figure, ...]:
        return self.fidelity.figures()

    def to_json(self) -> JsonObject:
        return {"fidelity": self.fidelity.to_json()}

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "GanResult":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        fidelity = value.get("fidelity") if isinstance(value, dict) else None
        return cls(ClassFidelity.from_json(fidelity, f"{what}, fidelity", error))


@dataclass(frozen=True)
class ImageGanResult:
    """How many images it learned from: no figure judges images here."""

    images: int

    def headline(self) -> str:
        return f"Trained on {self.images:,} images"

    def figures(self) -> tuple[Figure, ...]:
        return (Figure("Images learned from", self.images, kind="count"),)

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ImageGanResult":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        return from_json(cls, value, what, error)
