"""Figures of a beat-by-beat comparison: from one matrix, pooled over records (gross), and their mean (average).

ANSI/AAMI EC57:2012 with the rules of WFDB's `bxb` and `sumstats`. A matrix has a row for each class of reference beat
(N S V F Q, then O and X: none), and a column for each class of test beat (n s v f q, then o and x: none).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.typed_json import JsonObject, to_json, without_empty

ROWS = ("N", "S", "V", "F", "Q", "O", "X")
"""Class of the reference beat; O: there is none, X: there is none and the reference is unreadable."""
COLUMNS = ("n", "s", "v", "f", "q", "o", "x")
"""Class of the test beat; o: there is none, x: there is none and the test annotator is shut down."""

Matrix = npt.NDArray[np.int64]
"""(7, 7) counts, `ROWS` by `COLUMNS`."""
_N, _S, _V, _F, _Q, _O, _X = range(7)


@dataclass(frozen=True)
class BeatFigures:
    """How well one kind of beat was found. Rates are per cent, None where they would be 0 / 0."""

    sensitivity: float | None
    positive_predictivity: float | None
    true_positives: int
    false_negatives: int
    false_positives: int
    false_positive_rate: float | None = None
    """Of VEB: beats wrongly called V among all that are no V."""
    true_negatives: int | None = None

    @staticmethod
    def of(hits: int, missed: int, false: int, rejected: int | None = None) -> "BeatFigures":
        """Figures from counts; `rejected` gives the false positive rate too."""
        rate = None if rejected is None else _percent(false, false + rejected)
        return BeatFigures(
            _percent(hits, hits + missed), _percent(hits, hits + false), hits, missed, false, rate, rejected
        )

    def to_json(self) -> JsonObject:
        """All fields; the false positive rate only where it is asked for."""
        names = () if self.true_negatives is not None else ("false_positive_rate", "true_negatives")
        return without_empty(to_json(self), *names)


@dataclass(frozen=True)
class MatrixFigures:
    """What EC57 asks of one matrix."""

    qrs: BeatFigures
    """A beat of any class found as a beat of any class."""
    veb: BeatFigures
    """V found as V; a fusion or unclassifiable beat called V is neither right nor wrong."""
    sveb: BeatFigures
    """S found as S; an unclassifiable beat called S is neither right nor wrong."""

    def to_json(self, has_sveb: bool = True) -> JsonObject:
        """Kind of beat -> figures; no `sveb` where S is no class of its own."""
        kinds = {"qrs": self.qrs, "veb": self.veb, **({"sveb": self.sveb} if has_sveb else {})}
        return {kind: row.to_json() for kind, row in kinds.items()}


@dataclass(frozen=True)
class BeatMean:
    """Mean over the records where a rate is defined, in per cent, and how many those are."""

    sensitivity: float | None
    sensitivity_records: int
    positive_predictivity: float | None
    positive_predictivity_records: int
    false_positive_rate: float | None
    false_positive_rate_records: int

    @staticmethod
    def over(rows: Sequence[BeatFigures]) -> "BeatMean":
        """The mean of the rates of records."""
        return BeatMean(
            *_mean(row.sensitivity for row in rows),
            *_mean(row.positive_predictivity for row in rows),
            *_mean(row.false_positive_rate for row in rows),
        )

    def to_json(self) -> JsonObject:
        """All fields; the false positive rate only where it is asked for."""
        names = () if self.false_positive_rate_records else ("false_positive_rate",)
        value = without_empty(to_json(self), *names)
        if names:
            del value["false_positive_rate_records"]
        return value


@dataclass(frozen=True)
class Gross:
    """Figures of all records pooled: every beat counts alike."""

    matrix: Matrix
    rates: MatrixFigures
    """As `sumstats` has them: a fusion beat called S counts nowhere."""
    sveb_fusion_counted: BeatFigures
    """The same as in the lines of records: a fusion beat called S is a false positive."""

    def to_json(self, has_sveb: bool = True) -> JsonObject:
        """The matrix by row and column, and figures by kind of beat."""
        value = {"matrix": matrix_to_json(self.matrix, has_sveb), **self.rates.to_json(has_sveb)}
        return {**value, "sveb_fusion_counted": self.sveb_fusion_counted.to_json()} if has_sveb else value


@dataclass(frozen=True)
class Average:
    """Means over records: every record counts alike, however many beats it has."""

    qrs: BeatMean
    veb: BeatMean
    sveb: BeatMean
    sveb_fusion_counted: BeatMean
    rr_error_ms: float | None

    def to_json(self, has_sveb: bool = True) -> JsonObject:
        """Kind of beat -> means; and the mean of the RR errors in ms."""
        kinds = {"qrs": self.qrs, "veb": self.veb}
        if has_sveb:
            kinds |= {"sveb": self.sveb, "sveb_fusion_counted": self.sveb_fusion_counted}
        return {**{kind: mean.to_json() for kind, mean in kinds.items()}, "rr_error_ms": self.rr_error_ms}


def figures(matrix: Matrix, fusion_counted: bool = True) -> MatrixFigures:
    """The figures of one matrix, (7, 7) counts.

    `fusion_counted`: whether a fusion beat called S is a false positive of SVEB, as in the lines of records that `bxb`
    writes; `sumstats` leaves it out of gross and average.
    """
    beats = slice(_N, _Q + 1)
    qrs = BeatFigures.of(int(matrix[beats, beats].sum()), int(matrix[beats, _O:].sum()), int(matrix[_O:, beats].sum()))
    rejected = int(matrix[np.ix_([_N, _S, _F, _Q, _O, _X], [_N, _S, _F, _Q])].sum())
    veb = BeatFigures.of(*_counts_of(matrix, _V, [_N, _S, _O, _X]), rejected)
    punished = [_N, _V, *([_F] if fusion_counted else []), _O, _X]
    return MatrixFigures(qrs, veb, BeatFigures.of(*_counts_of(matrix, _S, punished)))


def gross(matrices: Sequence[Matrix]) -> Gross:
    """Figures of the sum of the matrices of all records."""
    total = np.zeros((len(ROWS), len(COLUMNS)), np.int64)
    for matrix in matrices:
        total += matrix
    return Gross(total, figures(total, fusion_counted=False), figures(total).sveb)


def average(matrices: Sequence[Matrix], rr_errors_ms: Sequence[float | None]) -> Average:
    """Means of the figures of records; what is not defined in a record (0 / 0, None) is left out of that mean.

    The mean RR error is that of errors rounded to 0.01 ms, as `sumstats` reads them from what `bxb` wrote.
    """
    counted = [figures(matrix) for matrix in matrices]
    uncounted = [figures(matrix, fusion_counted=False) for matrix in matrices]
    return Average(
        BeatMean.over([row.qrs for row in counted]),
        BeatMean.over([row.veb for row in counted]),
        BeatMean.over([row.sveb for row in uncounted]),
        BeatMean.over([row.sveb for row in counted]),
        _mean(None if error is None else round(error, 2) for error in rr_errors_ms)[0],
    )


def matrix_to_json(matrix: Matrix, has_sveb: bool = True) -> dict[str, dict[str, int]]:
    """Row -> column -> count. Rows O and X have no columns o and x, where there would be no beat at all; without
    `has_sveb` there is no row S and no column s."""
    left_out = () if has_sveb else (_S,)
    return {
        row: {
            column: int(matrix[k, j])
            for j, column in enumerate(COLUMNS)
            if j not in left_out and (k < _O or j < _O)
        }
        for k, row in enumerate(ROWS)
        if k not in left_out
    }  # fmt: skip


def _counts_of(matrix: Matrix, k: int, punished: list[int]) -> tuple[int, int, int]:
    """Hits, misses and false positives of class `k`, where beats of the classes `punished` must not be called it."""
    hits = int(matrix[k, k])
    return hits, int(matrix[k].sum()) - hits, int(matrix[punished, k].sum())


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _mean(values: Iterable[float | None]) -> tuple[float | None, int]:
    """Mean of the values that there are, and how many they are."""
    known = [value for value in values if value is not None]
    return (sum(known) / len(known) if known else None), len(known)
