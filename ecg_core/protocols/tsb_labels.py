"""Labels of the MIT-BIH series in TSB-UAD and TSB-AD, one a sample, rebuilt from a record's annotations.

Both sets took the series, cut from the records that we hold, from the TimeEval collection (TimeEval/TimeEval, notebook
"notebooks/data-prep/MIT-BIH Arrhythmia Database.ipynb"); number and lengths of the segments equal the published ones.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ecg_core.data.labels import Annotations

DROPPED, USUAL, ODD, AROUND = '+~"', "NLR/", "FfSAaVJjEe", "Q|"


@dataclass(frozen=True)
class SeriesLabels:
    """What is anomalous in a recording."""

    label: npt.NDArray[np.bool_] = field(repr=False)
    """(n_samples,)"""
    window: int
    """Median distance of usual beats, odd, in samples."""


def series_labels(annotations: Annotations, n_samples: int) -> SeriesLabels:
    """Label the samples of a recording. Raises ValueError if it has no two usual beats in a row."""
    marks = [
        (int(t), s) for t, s in zip(annotations.sample, annotations.symbol.tolist(), strict=True) if s not in DROPPED
    ]
    usual = [b[0] - a[0] for a, b in pairwise(marks) if a[1] in USUAL and b[1] in USUAL]
    if not usual:
        raise ValueError("no two usual beats in a row: there is no window")
    window = int(np.median(usual))
    window += window % 2 == 0
    half, last = (window - 1) // 2, n_samples - 1
    label = np.zeros(n_samples, np.bool_)
    starts: dict[int, int] = {}

    def mark(first: int, end: int) -> None:
        label[max(0, first) : min(last, end) + 1] = True

    beats = [one for one in marks if one[1] not in "|[]"]
    for (before, _), (at, symbol), (after, _) in zip(beats, beats[1:], beats[2:], strict=False):
        if symbol in ODD:
            starts[at] = max(0, min(at - half, before + half))
            mark(starts[at], max(at + half, after - half))
    for at, symbol in marks:
        if symbol in AROUND:
            starts[at] = max(0, at - half)
            mark(at - half, at + half)
    opened, closed = ([at for at, symbol in marks if symbol == sign] for sign in "[]")
    for first, end in zip(opened, closed, strict=False):
        mark(first, end)
    for k, (at, symbol) in enumerate(marks):
        if symbol == "x":
            following = next((one for one in marks[k + 1 :] if one[1] != "x"), None)
            mark(at, max(at, _start(following, starts, half, at)))
    return SeriesLabels(label, window)


def _start(mark: tuple[int, str] | None, starts: dict[int, int], half: int, otherwise: int) -> int:
    """Where the window of a mark begins."""
    if mark is None:
        return otherwise
    at, symbol = mark
    if symbol in USUAL:
        return max(0, at - half)
    return at if symbol == "[" else starts.get(at, otherwise)
