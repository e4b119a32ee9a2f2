"""How well scores tell abnormal beats from normal ones: curves, operating points, per class, per record.

Class Q (unclassifiable, paced) is neither normal nor scored as abnormal: DS1 and DS2 hold 15 of them together.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.classes import ABNORMAL, CLASSES, SCORED
from ecg_core.errors import DataError
from ecg_core.evaluation.classification import Areas
from ecg_core.evaluation.curve_points import spread_evenly
from ecg_core.typed_json import JsonObject

Scores = npt.NDArray[np.float64]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""What may be divided by; a file that says more is damaged."""


@dataclass(frozen=True)
class OperatingPoint:
    """What one threshold does. Ratios are None where nothing is there to divide by."""

    threshold: float
    true_positives: Count
    false_positives: Count
    abnormal: Count
    normal: Count
    hours: float

    @property
    def flagged(self) -> int:
        return self.true_positives + self.false_positives

    @property
    def sensitivity(self) -> float | None:
        return _share(self.true_positives, self.abnormal)

    @property
    def specificity(self) -> float | None:
        return _share(self.normal - self.false_positives, self.normal)

    @property
    def positive_predictivity(self) -> float | None:
        return _share(self.true_positives, self.flagged)

    @property
    def f1(self) -> float | None:
        return _share(2 * self.true_positives, self.flagged + self.abnormal)

    @property
    def false_alarms_per_hour(self) -> float | None:
        return self.false_positives / self.hours if self.hours else None

    def to_json(self) -> JsonObject:
        names = ("flagged", "sensitivity", "specificity", "positive_predictivity", "f1", "false_alarms_per_hour")
        return {**asdict(self), **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True)
class DetectedClass:
    """One class among scored beats. Areas are those of the class against N; N and Q have none."""

    beats: int
    records: int
    flagged: int
    flagged_share: float | None
    roc_auc: float | None = None
    average_precision: float | None = None


@dataclass(frozen=True)
class DetectedRecord:
    """One record among scored beats."""

    beats: int
    abnormal: int
    flagged: int
    sensitivity: float | None
    positive_predictivity: float | None
    false_alarms_per_hour: float | None
    roc_auc: float | None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Detection:
    """Scores of beats (or windows) with their reference classes. Rows that cannot be judged are not in it."""

    score: Scores = field(repr=False)
    """(n,) higher = more abnormal."""
    beat_class: npt.NDArray[np.str_] = field(repr=False)
    record: npt.NDArray[np.str_] = field(repr=False)
    hours: Mapping[str, float]
    """Record -> duration in hours."""
    complete: bool = True
    """Whether every beat of the recordings is in it. A choice of windows is not, and has no rates per hour."""

    def __post_init__(self) -> None:
        if not np.isfinite(self.score).all():
            raise DataError(f"{np.count_nonzero(~np.isfinite(self.score))} scores are not numbers.")

    @cached_property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Rows of N, S, V or F."""
        return np.isin(self.beat_class, SCORED)

    @cached_property
    def labelled_records(self) -> tuple[str, ...]:
        """Records of which at least one beat is N, S, V or F: only there can a flagged beat be a false alarm."""
        there = set(np.unique(self.record[self.counted]).tolist())
        return tuple(name for name in self.hours if name in there)

    @cached_property
    def sorted_scores(self) -> dict[str, Scores]:
        """Class -> its scores, ascending; and `abnormal` for S, V and F together."""
        found: dict[str, npt.NDArray[np.float64]] = {
            name: np.sort(self.score[self.beat_class == name]) for name in CLASSES
        }
        found["abnormal"] = np.sort(np.concatenate([found[name] for name in ABNORMAL]))
        return found

    def at(self, threshold: float) -> OperatingPoint:
        """The operating point of a threshold: rows scored at or above it are flagged."""
        flagged = {name: self.flagged(name, threshold) for name in ("N", "abnormal")}
        counts = {name: len(self.sorted_scores[name]) for name in flagged}
        hours = sum(self.hours[name] for name in self.labelled_records) if self.complete else 0.0
        return OperatingPoint(threshold, flagged["abnormal"], flagged["N"], counts["abnormal"], counts["N"], hours)

    def flagged(self, name: str, threshold: float) -> int:
        """How many rows of a class (or `abnormal`) score at or above the threshold."""
        scores = self.sorted_scores[name]
        return len(scores) - int(np.searchsorted(scores, threshold, side="left"))

    def roc_auc(self, abnormal: tuple[str, ...] = ABNORMAL) -> float | None:
        """Area under the ROC curve of the given classes against N; None if either side is empty."""
        from sklearn.metrics import roc_auc_score  # 1 s, which counting beats need not wait for

        truth, score = self._against_normal(abnormal)
        return float(roc_auc_score(truth, score)) if 0 < truth.sum() < len(truth) else None

    def average_precision(self, abnormal: tuple[str, ...] = ABNORMAL) -> float | None:
        """Average precision of the given classes against N; None if either side is empty."""
        from sklearn.metrics import average_precision_score

        truth, score = self._against_normal(abnormal)
        return float(average_precision_score(truth, score)) if 0 < truth.sum() < len(truth) else None

    def roc(self) -> pd.DataFrame:
        """Points of the ROC curve, at most 400: false_positive_rate, sensitivity, threshold."""
        from sklearn.metrics import roc_curve

        truth, score = self._against_normal(ABNORMAL)
        rate, sensitivity, threshold = roc_curve(truth, score)
        frame = pd.DataFrame({"false_positive_rate": rate, "sensitivity": sensitivity, "threshold": threshold})
        return frame.iloc[1:].iloc[spread_evenly(rate[1:], sensitivity[1:])].reset_index(drop=True)

    def precision_recall(self) -> pd.DataFrame:
        """Points of the precision-recall curve, at most 400: sensitivity, positive_predictivity, threshold."""
        from sklearn.metrics import precision_recall_curve

        truth, score = self._against_normal(ABNORMAL)
        precision, recall, threshold = precision_recall_curve(truth, score)
        frame = pd.DataFrame({"sensitivity": recall, "positive_predictivity": precision}).iloc[:-1]
        frame["threshold"] = threshold
        return frame.iloc[spread_evenly(recall[:-1], precision[:-1])].reset_index(drop=True)

    @cached_property
    def class_areas(self) -> dict[str, Areas]:
        """Abnormal class -> areas against N; no threshold enters, so they are worked out once."""
        return {name: self.areas((name,)) for name in ABNORMAL}

    def areas(self, abnormal: tuple[str, ...] = ABNORMAL) -> Areas:
        """Both areas of the given classes against N."""
        return Areas(self.roc_auc(abnormal), self.average_precision(abnormal))

    @cached_property
    def class_records(self) -> dict[str, int]:
        """Class -> number of records that hold it."""
        names = np.unique(self.beat_class)
        return {str(name): len(np.unique(self.record[self.beat_class == name])) for name in names}

    def by_class(self, threshold: float) -> dict[str, DetectedClass]:
        """Class -> beats, records that hold it, how many are flagged, and how it stands against N."""
        rows: dict[str, DetectedClass] = {}
        for name in CLASSES:
            beats, flagged = len(self.sorted_scores[name]), self.flagged(name, threshold)
            areas = self.class_areas[name] if name in ABNORMAL else Areas(None, None)
            rows[name] = DetectedClass(
                beats,
                self.class_records.get(name, 0),
                flagged,
                _share(flagged, beats),
                areas.roc_auc,
                areas.average_precision,
            )
        return rows

    def by_record(self, threshold: float) -> dict[str, DetectedRecord]:
        """Record -> beats, abnormal ones, and what the threshold does to them."""
        rows: dict[str, DetectedRecord] = {}
        for name, (part, area) in self._records.items():
            point = part.at(threshold)
            rows[name] = DetectedRecord(
                len(part.score),
                point.abnormal,
                point.flagged,
                point.sensitivity,
                point.positive_predictivity,
                point.false_alarms_per_hour,
                area,
            )
        return rows

    @cached_property
    def _records(self) -> dict[str, tuple["Detection", float | None]]:
        """Record -> its rows alone, and their area under the ROC curve; no threshold enters."""
        found = {}
        for name, hours in self.hours.items():
            inside = self.record == name
            rows = (self.score[inside], self.beat_class[inside], self.record[inside])
            part = Detection(*rows, {name: hours}, self.complete)
            found[name] = part, part.roc_auc()
        return found

    def without(self, record: str) -> "Detection":
        """The same without one record."""
        kept = self.record != record
        hours = {name: value for name, value in self.hours.items() if name != record}
        return Detection(self.score[kept], self.beat_class[kept], self.record[kept], hours, self.complete)

    def _against_normal(self, abnormal: tuple[str, ...]) -> tuple[npt.NDArray[np.bool_], Scores]:
        rows = np.isin(self.beat_class, ("N", *abnormal))
        return self.beat_class[rows] != "N", self.score[rows]
