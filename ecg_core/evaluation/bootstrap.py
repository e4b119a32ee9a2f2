"""Intervals by resampling recordings, the unit that is independent; beats of one patient are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.classes import ABNORMAL
from ecg_core.errors import DataError
from ecg_core.evaluation.classification import Classified, Figures, figures, ratio
from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.figure import Interval
from ecg_core.evaluation.support import FEWEST_RECORDS

BINS = 4096  # scores are ranked into this many bins once, so that a resample is a sum of histograms
RESAMPLES = 1000
LEVEL = 0.95


@dataclass(frozen=True)
class AreaIntervals:
    """95 % intervals of the areas under the two curves of a detector; None where there is none."""

    roc_auc: Interval | None
    average_precision: Interval | None


@dataclass(frozen=True)
class FigureIntervals:
    """95 % intervals of one class's figures."""

    sensitivity: Interval | None
    ppv: Interval | None
    f1: Interval | None


@dataclass(frozen=True)
class ClassificationIntervals:
    """95 % intervals of a classifier's figures; of a class that is not scored there are none."""

    accuracy: Interval | None
    macro_f1: Interval | None
    classes: Mapping[str, FigureIntervals]


def interval(values: npt.NDArray[np.float64]) -> Interval | None:
    """The central 95 % of finite bootstrap values, or None if there are none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def detection_intervals(detection: Detection, seed: int = 0, abnormal: tuple[str, ...] = ABNORMAL) -> AreaIntervals:
    """95 % intervals of ROC AUC and average precision by bootstrap over records (Efron & Tibshirani 1993, ch. 13).

    None under five records, whose resampling says nothing, and where either side is empty.

    Scores are ranked into 4096 bins of equal count, ties within a bin counting half, which moves an area by less
    than 0.001.
    """
    rows = np.isin(detection.beat_class, ("N", *abnormal))
    score, positive = detection.score[rows], detection.beat_class[rows] != "N"
    names, record = np.unique(detection.record[rows], return_inverse=True)
    if not positive.any() or positive.all() or len(names) < FEWEST_RECORDS:
        return AreaIntervals(None, None)
    edges = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, score, side="right")
    counts = np.zeros((2, len(names), len(edges) + 1))
    np.add.at(counts, (positive.astype(int), record, bins), 1)
    draws = resamples(len(names), seed)
    normals, positives = draws @ counts[0], draws @ counts[1]  # (resamples, bins), ascending score
    with np.errstate(invalid="ignore", divide="ignore"):
        n, p = normals.sum(1), positives.sum(1)
        below = np.cumsum(normals, axis=1) - normals
        auc = (positives * (below + normals / 2)).sum(1) / (n * p)
        above = positives[:, ::-1].cumsum(1), normals[:, ::-1].cumsum(1)
        precision = np.divide(above[0], above[0] + above[1], out=np.zeros_like(above[0]), where=above[0] > 0)
        ap = (precision * positives[:, ::-1]).sum(1) / p
    return AreaIntervals(interval(auc), interval(ap))


def resamples(n_records: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """(1000, n_records): how often each record is drawn in each resample of as many records.

    Raises DataError if there is no record.
    """
    if n_records < 1:
        raise DataError("There is no beat to judge: no record holds one that has a class and is not excluded.")
    return np.random.default_rng(seed).multinomial(n_records, np.full(n_records, 1 / n_records), RESAMPLES)


def classification_intervals(classified: Classified, scored: Sequence[str], seed: int = 0) -> ClassificationIntervals:
    """95 % intervals of accuracy, macro-F1 and each scored class's sensitivity, ppv and F1, by bootstrap over records.

    A resample without a class has no figure of it, and its macro-F1 is the mean over the others.
    """
    columns = [classified.classes.index(name) for name in scored]
    drawn = np.tensordot(resamples(len(classified.records), seed), classified.counts, axes=1)
    values = figures(drawn, columns)
    classes = {
        name: FigureIntervals(interval(values.sensitivity[:, k]), interval(values.ppv[:, k]), interval(values.f1[:, k]))
        for name, k in zip(scored, columns, strict=True)
    }
    return ClassificationIntervals(interval(values.accuracy), interval(values.macro_f1), classes)


@dataclass(frozen=True)
class Change:
    """A difference between two ways of training, with its 95 % interval; None where nothing is to divide by."""

    before: float | None
    after: float | None
    low: float | None
    high: float | None

    @property
    def change(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or `no clear effect` where the interval holds zero."""
        if not self.clear or self.change is None:
            return "no clear effect"
        return "better" if self.change > 0 else "worse"


def paired_changes(
    before: npt.NDArray[np.integer],
    after: npt.NDArray[np.integer],
    classes: Sequence[str],
    scored: Sequence[str],
    seed: int = 0,
) -> dict[str, dict[str, Change]]:
    """What changes from one way of training to another, over the same test records and seeds.

    Both are (n_seeds, n_records, n_classes, n_classes) confusion matrices. A resample draws records, the same for both
    ways, and seeds, a pair at a time: the interval holds the spread between patients and between seeds. Figures are
    means over the drawn seeds.

    Returns
    -------
    class -> `sensitivity`, `ppv`, `f1`; and `all` -> `macro_f1`, `accuracy`
    """
    if before.shape != after.shape:
        raise DataError(f"Confusion matrices of shape {before.shape} and {after.shape} cannot be paired.")
    n_seeds, n_records = before.shape[:2]
    rng = np.random.default_rng([seed, 1])  # not the stream the records are drawn from
    drawn = resamples(n_records, seed)
    seeds = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), len(drawn)) / n_seeds  # (resamples, n_seeds)
    columns = [classes.index(name) for name in scored]

    def both(counts: npt.NDArray[np.integer]) -> tuple[Figures, Figures]:
        return (
            figures(counts.sum(axis=1), columns),
            figures(np.einsum("br,srij->bsij", drawn, counts), columns),
        )

    (first, first_drawn), (second, second_drawn) = both(before), both(after)

    def change(key: str, at: tuple[Any, ...]) -> Change:
        points = np.stack([getattr(values, key)[at] for values in (first, second)])  # (2, n_seeds)
        points = points[:, np.isfinite(points).all(axis=0)]
        resampled = getattr(second_drawn, key)[(slice(None), *at)] - getattr(first_drawn, key)[(slice(None), *at)]
        weight = np.where(np.isfinite(resampled), seeds, 0)
        total = np.where(np.isfinite(resampled), resampled, 0) * weight
        low, high = interval(ratio(total.sum(1), weight.sum(1))) or (None, None)
        means = points.mean(axis=1).tolist() if points.size else (None, None)
        return Change(means[0], means[1], low, high)

    found = {
        name: {key: change(key, (slice(None), k)) for key in ("sensitivity", "ppv", "f1")}
        for name, k in zip(scored, columns, strict=True)
    }
    found["all"] = {key: change(key, (slice(None),)) for key in ("macro_f1", "accuracy")}
    return found
