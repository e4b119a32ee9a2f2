"""Beat-by-beat comparison of two annotations of one record, as WFDB's `bxb` does it for ANSI/AAMI EC57.

ANSI/AAMI EC57:2012; WFDB Applications Guide, bxb(1): https://physionet.org/physiotools/wag/bxb-1.htm
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.data.labels import Annotations
from ecg_core.evaluation.beat_figures import COLUMNS, ROWS, Matrix, MatrixFigures, figures, matrix_to_json
from ecg_core.evaluation.beat_matching import MATCH_WINDOW_MS, START_S, BeatMatches, Symbols, match_beats
from ecg_core.evaluation.label_maps import EC57_MAP, LabelMap
from ecg_core.typed_json import JsonObject


@dataclass(frozen=True)
class BeatComparison:
    """One record compared, its classes under one label map."""

    matches: BeatMatches = field(repr=False)
    matrix: Matrix
    """(7, 7) counts, reference N S V F Q O X by test n s v f q o x."""
    figures: MatrixFigures
    label_map: LabelMap = field(repr=False)

    def under(self, label_map: LabelMap) -> "BeatComparison":
        """The same matches with the classes of another map."""
        return _comparison(self.matches, label_map)

    def to_json(self) -> JsonObject:
        """Matrix by row and column, figures by kind of beat, RR error in ms, seconds of shutdown (None: to the end)."""
        shutdown = self.matches.shutdown_s
        return {
            "matrix": matrix_to_json(self.matrix, self.label_map.has_sveb),
            **self.figures.to_json(self.label_map.has_sveb),
            "rr_error_ms": self.matches.rr_error_ms,
            "shutdown_s": shutdown if math.isfinite(shutdown) else None,
        }


def compare_records(
    reference: Annotations,
    test: Annotations,
    fs: float,
    start_s: float = START_S,
    *,
    n_samples: int | None = None,
    match_window_ms: float = MATCH_WINDOW_MS,
    label_map: LabelMap = EC57_MAP,
) -> BeatComparison:
    """Compare the beats of `test` with those of `reference`, both of one record sampled at `fs` Hz.

    Arguments and errors are those of `match_beats`. Beats of which only the place is known: `peaks(r_sample)`.
    """
    matches = match_beats(reference, test, fs, start_s, n_samples=n_samples, match_window_ms=match_window_ms)
    return _comparison(matches, label_map)


def peaks(r_sample: npt.ArrayLike) -> Annotations:
    """R peaks without a class as annotations: each is called N. `r_sample`: (n,) whole samples, in any order."""
    sample = np.sort(np.asarray(r_sample, np.int64))
    return Annotations(sample, np.full(len(sample), "N", "<U1"), ("",) * len(sample))


def counts(matches: BeatMatches, label_map: LabelMap) -> Matrix:
    """(7, 7) counts, reference N S V F Q O X by test n s v f q o x, with the classes of `label_map`."""
    matrix = np.zeros((len(ROWS), len(COLUMNS)), np.int64)
    none, unread = COLUMNS.index("o"), COLUMNS.index("x")
    for reference, test in (
        (_rows(matches.matched_reference_symbol, label_map), _rows(matches.matched_test_symbol, label_map)),
        (_rows(matches.missed_symbol, label_map), np.where(matches.missed_in_shutdown, unread, none)),
        (np.where(matches.extra_in_unreadable, unread, none), _rows(matches.extra_symbol, label_map)),
    ):
        np.add.at(matrix, (reference, test), 1)
    return matrix


def _rows(symbols: Symbols, label_map: LabelMap) -> npt.NDArray[np.intp]:
    return np.array([ROWS.index(label_map.classes[symbol]) for symbol in symbols.tolist()], np.intp)


def _comparison(matches: BeatMatches, label_map: LabelMap) -> BeatComparison:
    matrix = counts(matches, label_map)
    return BeatComparison(matches, matrix, figures(matrix), label_map)
