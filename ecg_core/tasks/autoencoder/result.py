"""What the training of an autoencoder ends with."""

from dataclasses import dataclass, replace

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.evaluation.figure import Figure
from ecg_core.text import number
from ecg_core.typed_json import JsonObject, from_json


@dataclass(frozen=True)
class AutoencoderResult:
    """Its validation, and the threshold that came of it."""

    validation: DetectionReport
    threshold: float

    def headline(self) -> str:
        return f"Validation ROC AUC {number(self.validation.roc_auc)}, threshold {number(self.threshold, 2)}"

    def figures(self) -> tuple[Figure, ...]:
        return (*self.validation.figures(), Figure("Threshold", self.threshold))

    def to_json(self) -> JsonObject:
        return {"validation": self.validation.to_json(), "threshold": self.threshold}

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "AutoencoderResult":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        result = from_json(cls, value, what, error)
        validation = value.get("validation") if isinstance(value, dict) else None
        return replace(result, validation=DetectionReport.from_json(validation, f"{what}, validation", error))
