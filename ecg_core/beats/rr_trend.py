"""RR intervals over a whole recording, a few hundred columns wide however long it is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats.detection import unreadable_stretches
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.beats.rhythm_summary import LONGEST_BEATS_APART_S
from ecg_core.data.labels import DETECTED

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RrTrend:
    """RR intervals of each column, in s; NaN where none ends in it."""

    edges_s: Floats
    """(n_columns + 1,) from the beginning of the recording."""
    lowest_s: Floats
    """(n_columns,)"""
    median_s: Floats
    highest_s: Floats
    unreadable_s: tuple[tuple[float, float], ...]
    """Stretches that cannot be read, from and to, across which no interval counts."""


def rr_trend(labelled: LabelledRecord, columns: int) -> RrTrend:
    """Least, median and greatest interval of each of `columns` equal parts of a recording, by the beats of a layer.

    An interval of more than 20 s is a gap in the labels, as `rhythm_summary` has it.
    """
    record, beats = labelled.record, labelled.beats
    layer = labelled.layer if labelled.layer.is_detected else record.layers.get(DETECTED)
    stretches = unreadable_stretches(layer, record.n_samples) if layer else []
    marks = np.sort(np.array([at for stretch in stretches for at in stretch], np.int64))
    r = beats.r_sample
    whole = np.searchsorted(marks, r[1:]) == np.searchsorted(marks, r[:-1])
    rr_s = np.diff(r) / record.fs
    counted = np.flatnonzero(whole & (rr_s <= LONGEST_BEATS_APART_S) & (rr_s > 0))
    rr_s, ends = rr_s[counted], r[1:][counted] / record.fs
    edges = np.linspace(0, record.duration_s, columns + 1)
    low, median, high = (np.full(columns, np.nan) for _ in range(3))
    bounds = np.searchsorted(ends, edges)
    for k in np.flatnonzero(np.diff(bounds)).tolist():
        part = rr_s[bounds[k] : bounds[k + 1]]
        low[k], median[k], high[k] = part.min(), np.median(part), part.max()
    unreadable = tuple((start / record.fs, stop / record.fs) for start, stop in stretches)
    return RrTrend(edges, low, median, high, unreadable)
