"""Where a window on a recording lies, and what is worth seeing first: arithmetic only."""

import numpy as np

from ecg_core.beats.beat_table import BeatTable
from ecg_core.beats.classes import ABNORMAL, CLASSES, SET_ASIDE
from ecg_core.beats.labelled_record import LabelledRecord

SETTLED_S = 5.0  # a beat this far in can stand in the middle of a window


def clamp(start_s: float, length_s: float, duration_s: float) -> float:
    """`start_s` moved so that the window lies inside the recording; rounded to 0.01 s."""
    return round(min(max(start_s, 0.0), max(duration_s - length_s, 0.0)), 2)


def centred(middle_s: float, length_s: float, duration_s: float) -> float:
    """Start of the window whose middle is `middle_s`, as far as the recording's ends allow."""
    return clamp(middle_s - length_s / 2, length_s, duration_s)


def first_sight(labelled: LabelledRecord) -> int | None:
    """Sample of the first thing worth seeing: the first S, V or F beat from 5 s on, or else the first change of rhythm.

    None if the recording has neither.
    """
    beats = labelled.beats
    if labelled.layer.is_detected:
        return None
    ectopic = beats.r_sample[np.isin(beats.beat_class, ABNORMAL)]
    if len(ectopic):
        settled = ectopic[ectopic >= SETTLED_S * labelled.record.fs]
        return int(settled[0] if len(settled) else ectopic[0])
    return labelled.rhythms[1].start_sample if len(labelled.rhythms) > 1 else None


def default_class(beats: BeatTable) -> str | None:
    """The class to step through at first: the commonest of S, V and F, else of Q and N; None without beats."""
    counts: dict[str, int] = {c: int((beats.beat_class == c).sum()) for c in CLASSES}
    for group in (ABNORMAL, (*SET_ASIDE, "N")):
        best = max(group, key=lambda c: counts[c])
        if counts[best]:
            return best
    return None
