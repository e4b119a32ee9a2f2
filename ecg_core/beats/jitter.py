"""The same beats as if their positions had been read less exactly: so training learns what does not hang on them."""

from dataclasses import replace

import numpy as np

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.context import Rows, moved

JITTER_S = 0.010
"""Standard deviation, about that of a detector or of another annotator; no beat moves by more than three of them."""


def jittered(beats: BeatSet, seed: int, deviation_s: float = JITTER_S) -> BeatSet:
    """Every beat moved by a normal random time, to the point, with the RR intervals around it; signals are copied.

    Deterministic for a seed. For training only: what is validated and tested stays where it is.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.normal(0, deviation_s, len(beats)).clip(-3 * deviation_s, 3 * deviation_s)
    points: Rows = np.rint(drawn * beats.config.fs).astype(np.int64)
    shift_s = points / beats.config.fs
    signals = np.empty(beats.signals.shape, np.float32)
    pre_s, post_s = beats.table["rr_pre_s"].to_numpy().copy(), beats.table["rr_post_s"].to_numpy().copy()
    for rows in rows_by_record(beats.table).values():
        signals[rows] = moved(np.asarray(beats.signals[rows]), points[rows])
        longer = np.diff(shift_s[rows])  # of the interval between a beat and the next
        pre_s[rows[1:]] += longer
        post_s[rows[:-1]] += longer
    return replace(beats, signals=signals, table=beats.table.assign(rr_pre_s=pre_s, rr_post_s=post_s))
