"""What the training of a classifier ends with."""

from dataclasses import dataclass

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.figure import Figure
from ecg_core.typed_json import JsonObject


@dataclass(frozen=True)
class ClassifierResult:
    """Its validation: groups of patients, or of images, left out in turn."""

    validation: ClassReport

    def headline(self) -> str:
        return self.validation.headline()

    def figures(self) -> tuple[Figure, ...]:
        return self.validation.figures()

    def to_json(self) -> JsonObject:
        return {"validation": self.validation.to_json()}

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ClassifierResult":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        validation = value.get("validation") if isinstance(value, dict) else None
        return cls(ClassReport.from_json(validation, f"{what}, validation", error))
