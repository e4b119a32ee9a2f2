"""Everything there is to say about scored beats, as one value that pages, commands and cards share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ecg_core.beats.classes import ABNORMAL
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.alarm_budget import AlarmBudget
from ecg_core.evaluation.bootstrap import AreaIntervals, detection_intervals
from ecg_core.evaluation.classification import Areas
from ecg_core.evaluation.detection import DetectedClass, DetectedRecord, Detection, OperatingPoint
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.support import little_support
from ecg_core.text import number
from ecg_core.typed_json import JsonObject, from_json, to_json, without_empty


@dataclass(frozen=True)
class DetectionReport:
    """Figures of one set of scored beats or windows."""

    split: str
    """The part they are of: `DS2`, `validation`, or names of records."""
    unit: str
    """`beats` or `windows`."""
    scored: int
    abnormal: int
    left_out: Mapping[str, int]
    """Reason -> rows that were not judged."""
    roc_auc: float | None
    average_precision: float | None
    intervals: AreaIntervals
    """95 %, by bootstrap over records; None under five records."""
    threshold: OperatingPoint
    """What the detector's own threshold does."""
    classes: Mapping[str, DetectedClass]
    records: Mapping[str, DetectedRecord]
    parts: Mapping[str, Areas]
    """Part of the score -> the areas of that part alone."""
    without: Mapping[str, Areas]
    """Record -> the areas without it."""
    simulated: bool
    note: str
    evaluated: str = ""
    """ISO 8601 time of an explicit act of judging."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Record -> why it could not be judged."""
    layer: str = ""
    """The label layer judged against, where it is not the reference annotations."""
    alarms: tuple[AlarmBudget, ...] = ()
    """Of a validation: thresholds by the false alarms that one accepts."""

    def headline(self) -> str:
        """ROC AUC, with its interval where there is one."""
        return f"ROC AUC {number(self.roc_auc)}, threshold {number(self.threshold.threshold, 2)}"

    def figures(self) -> tuple[Figure, ...]:
        """The figures that runs and models are compared by."""
        point = self.threshold
        return (
            Figure("ROC AUC", self.roc_auc, self.intervals.roc_auc),
            Figure("Average precision", self.average_precision, self.intervals.average_precision),
            Figure("Sensitivity", point.sensitivity, kind="share"),
            Figure("False alarms per hour", point.false_alarms_per_hour, kind="rate"),
        )

    def to_json(self) -> JsonObject:
        """As cards, results and `evaluate --json` have it."""
        value: JsonObject = to_json(self)
        value["threshold"] = self.threshold.to_json()
        return without_empty(value, "evaluated", "unreadable", "layer", "alarms")

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "DetectionReport":
        """Raises `error`, naming `what` and the field, if anything is missing or of another kind."""
        return from_json(cls, value, what, error)


def detection_report(
    detection: Detection,
    parts: Mapping[str, Detection],
    threshold: float,
    *,
    split: str,
    unit: str,
    left_out: Mapping[str, int],
    without: tuple[str, ...],
    simulated: bool,
    note: str,
    unreadable: Mapping[str, str],
    layer: str = "",
    alarms: tuple[AlarmBudget, ...] = (),
) -> DetectionReport:
    """Every figure of a detection at a threshold; the areas again for each part of the score, and without each of some
    records.

    Raises DataError if there is nothing to judge.
    """
    n_scored = int(detection.counted.sum())
    if not n_scored:
        raise DataError(
            f"There is no beat to judge in {split}: no record holds one that has a class and is not excluded."
        )
    areas = detection.areas()
    return DetectionReport(
        split=split,
        unit=unit,
        scored=n_scored,
        abnormal=int(np.isin(detection.beat_class, ABNORMAL).sum()),
        left_out={"Q": int((detection.beat_class == "Q").sum()), **left_out},
        roc_auc=areas.roc_auc,
        average_precision=areas.average_precision,
        intervals=detection_intervals(detection),
        threshold=detection.at(threshold),
        classes=detection.by_class(threshold),
        records=detection.by_record(threshold),
        parts={name: part.areas() for name, part in parts.items()},
        without={name: detection.without(name).areas() for name in without},
        simulated=simulated,
        note=" ".join(filter(None, [note, little_support(n_scored, len(detection.hours))])),
        unreadable=unreadable,
        layer=layer,
        alarms=alarms,
    )
