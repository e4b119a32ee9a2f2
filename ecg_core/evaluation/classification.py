"""How well classes are told apart: confusion in counts, sensitivity, positive predictivity and F1 by class and record.

Everything is worked out from one confusion matrix a record, so that a figure, its value without a record and its
interval over records come from the same counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.errors import DataError
from ecg_core.evaluation.curve_points import spread_evenly

Counts = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Areas:
    """Areas under two curves; None where either side is empty."""

    roc_auc: float | None
    average_precision: float | None


@dataclass(frozen=True)
class ClassFigures:
    """One class among classified beats. Figures are None where nothing is to divide by, or the class is not scored."""

    support: int
    """Reference beats of the class."""
    records: int
    """Records that hold one."""
    predicted: int
    """Beats predicted as the class."""
    scored: bool
    """Whether the class has figures at all: of class Q too few beats are known."""
    sensitivity: float | None = None
    ppv: float | None = None
    f1: float | None = None


@dataclass(frozen=True)
class ClassInRecord:
    """One class among the beats of one record."""

    support: int
    sensitivity: float | None
    ppv: float | None
    f1: float | None


@dataclass(frozen=True)
class RecordFigures:
    """One record among classified beats."""

    beats: int
    wrong: int
    accuracy: float | None
    classes: Mapping[str, ClassInRecord]
    """Scored class -> its figures."""


@dataclass(frozen=True)
class Overall:
    """The few figures that stand for all."""

    accuracy: float | None
    macro_f1: float | None
    f1: Mapping[str, float | None]
    """Scored class -> F1."""


@dataclass(frozen=True)
class Classified:
    """Beats (or images) with their reference classes and a classifier's probabilities. Only what is to be judged."""

    classes: tuple[str, ...]
    """Names of the columns of `probability`."""
    truth: npt.NDArray[np.str_] = field(repr=False)
    """(n,) reference class, one of `classes`."""
    probability: npt.NDArray[np.float32] = field(repr=False)
    """(n, n_classes); the greatest of a row is the prediction."""
    record: npt.NDArray[np.str_] = field(repr=False)

    def __post_init__(self) -> None:
        shape = (len(self.truth), len(self.classes))
        if self.probability.shape != shape or len(self.record) != len(self.truth):
            raise DataError(f"Probabilities of shape {self.probability.shape} for {shape[0]} beats, {shape} expected.")
        unknown = sorted({str(name) for name in np.unique(self.truth)} - set(self.classes))
        if unknown:
            raise DataError(f"Reference class {', '.join(unknown)} is none of {', '.join(self.classes)}.")
        if not np.isfinite(self.probability).all():
            raise DataError(f"{np.count_nonzero(~np.isfinite(self.probability).all(1))} rows are not numbers.")

    @cached_property
    def true_column(self) -> npt.NDArray[np.int64]:
        """(n,) column of each row's reference class."""
        order = np.argsort(self.classes)
        return order[np.searchsorted(np.asarray(self.classes)[order], self.truth)].astype(np.int64)

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """(n,) column of each row's greatest probability."""
        found: npt.NDArray[np.int64] = self.probability.argmax(axis=1)
        return found

    @cached_property
    def records(self) -> tuple[str, ...]:
        return tuple(str(name) for name in np.unique(self.record))

    @cached_property
    def counts(self) -> Counts:
        """(n_records, n_classes, n_classes): beats by record, reference class (rows) and prediction (columns)."""
        found = np.zeros((len(self.records), len(self.classes), len(self.classes)), np.int64)
        np.add.at(found, (np.searchsorted(self.records, self.record), self.true_column, self.predicted), 1)
        return found

    @cached_property
    def confusion(self) -> Counts:
        """(n_classes, n_classes): rows are reference classes, columns predictions."""
        found: Counts = self.counts.sum(axis=0)
        return found

    def only(self, rows: npt.NDArray[np.bool_]) -> "Classified":
        """Some of the rows."""
        return Classified(self.classes, self.truth[rows], self.probability[rows], self.record[rows])

    def without(self, record: str) -> "Classified":
        """The same without one record."""
        return self.only(self.record != record)

    def areas(self) -> dict[str, Areas]:
        """Class -> areas under the curves of its probability against all other classes; None without both."""
        from sklearn.metrics import (  # 1 s, which counting beats need not wait for
            average_precision_score,
            roc_auc_score,
        )

        areas: dict[str, Areas] = {}
        for column, name in enumerate(self.classes):
            own, score = self.true_column == column, self.probability[:, column]
            both = 0 < own.sum() < len(own)
            areas[name] = Areas(
                float(roc_auc_score(own, score)) if both else None,
                float(average_precision_score(own, score)) if both else None,
            )
        return areas

    def curve(self, name: str, roc: bool = False) -> pd.DataFrame:
        """Points of a class's curve against all others, at most 400, as shares `x` and `y`; `area` in its attributes.

        Precision-recall: x sensitivity, y positive predictivity, area average precision. ROC: x 1 - specificity, y
        sensitivity.
        """
        from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

        column = self.classes.index(name)
        own, score = self.true_column == column, self.probability[:, column]
        if roc:
            x, y, _ = roc_curve(own, score)
        else:
            y, x, _ = precision_recall_curve(own, score)
        rows = spread_evenly(x, y)
        table = pd.DataFrame({"x": x[rows], "y": y[rows]})
        table.attrs["area"] = float(roc_auc_score(own, score) if roc else average_precision_score(own, score))
        return table


@dataclass(frozen=True)
class Figures:
    """Figures of one or many confusion matrices at once, shape (..., n_classes); NaN where nothing is to divide by."""

    sensitivity: Array
    ppv: Array
    f1: Array
    macro_f1: Array
    """Mean F1 over the classes that occur among the reference beats, shape (...)."""
    accuracy: Array
    """Plain: beats predicted right over all beats, shape (...). Not the mean of one-against-rest accuracies."""


def figures(confusion: npt.NDArray[np.integer] | Array, scored: Sequence[int] | None = None) -> Figures:
    """Sensitivity, positive predictivity, F1 and their summary from confusion matrices (..., n_classes, n_classes).

    `scored` are the columns that count for macro-F1 (all by default). A class nobody predicts has F1 0 and no
    positive predictivity.
    """
    matrix = np.asarray(confusion, np.float64)
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    true, predicted = matrix.sum(axis=-1), matrix.sum(axis=-2)
    f1 = np.where(true > 0, ratio(2 * right, true + predicted), np.nan)
    columns = list(range(matrix.shape[-1]) if scored is None else scored)
    there = true[..., columns] > 0
    macro = ratio(np.where(there, f1[..., columns], 0).sum(-1), there.sum(-1))
    return Figures(ratio(right, true), ratio(right, predicted), f1, macro, ratio(right.sum(-1), true.sum(-1)))


def ratio(part: Array, whole: Array) -> Array:
    """Part over whole, NaN where the whole is nothing."""
    shape = np.broadcast(part, whole).shape
    found: Array = np.divide(part, whole, out=np.full(shape, np.nan), where=np.asarray(whole) > 0)
    return found


def by_class(classified: Classified, scored: Sequence[str]) -> dict[str, ClassFigures]:
    """Class -> figures. A class not in `scored` has counts only."""
    values = figures(classified.confusion)
    rows: dict[str, ClassFigures] = {}
    for k, name in enumerate(classified.classes):
        counts = {
            "support": int(classified.confusion[k].sum()),
            "records": int((classified.counts[:, k].sum(axis=1) > 0).sum()),
            "predicted": int(classified.confusion[:, k].sum()),
        }
        if name in scored:
            shares = plain(values.sensitivity[k]), plain(values.ppv[k]), plain(values.f1[k])
            rows[name] = ClassFigures(**counts, scored=True, sensitivity=shares[0], ppv=shares[1], f1=shares[2])
        else:
            rows[name] = ClassFigures(**counts, scored=False)
    return rows


def by_record(classified: Classified, scored: Sequence[str]) -> dict[str, RecordFigures]:
    """Record -> figures, of all classes and of each scored one."""
    values = figures(classified.counts)
    rows: dict[str, RecordFigures] = {}
    for r, record in enumerate(classified.records):
        beats, right = int(classified.counts[r].sum()), int(np.trace(classified.counts[r]))
        classes = {
            name: ClassInRecord(
                int(classified.counts[r, k].sum()),
                plain(values.sensitivity[r, k]),
                plain(values.ppv[r, k]),
                plain(values.f1[r, k]),
            )
            for k, name in enumerate(classified.classes)
            if name in scored
        }
        rows[record] = RecordFigures(beats, beats - right, plain(values.accuracy[r]), classes)
    return rows


def overall(classified: Classified, scored: Sequence[str]) -> Overall:
    """Accuracy, macro-F1, and the F1 of each scored class."""
    columns = [classified.classes.index(name) for name in scored]
    values = figures(classified.confusion, columns)
    f1 = {name: plain(values.f1[k]) for name, k in zip(scored, columns, strict=True)}
    return Overall(plain(values.accuracy), plain(values.macro_f1), f1)


def plain(value: "float | np.floating[Any] | Array") -> float | None:
    """A number as JSON has it: None where there is none."""
    return float(value) if np.isfinite(value) else None


def confusion_table(classified: Classified) -> dict[str, dict[str, int]]:
    """Reference class -> prediction -> beats."""
    return {
        true: {name: int(classified.confusion[i, j]) for j, name in enumerate(classified.classes)}
        for i, true in enumerate(classified.classes)
    }
