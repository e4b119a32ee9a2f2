"""What an ECG image is drawn from: a beat, what is usual in its recording, and its rhythm."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.context import RHYTHM_NAMES
from ecg_core.beats.images import Form

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scenes:
    """Everything some images are drawn from, row by row."""

    beats: Floats = field(repr=False)
    """(n, n_leads, n_points) in units of the recording's median QRS amplitude."""
    usual: Floats = field(repr=False)
    """(n, n_leads, n_points) the recording's median beat, in the same units."""
    unit_mv: Floats = field(repr=False)
    """(n, n_leads) that QRS amplitude, peak to peak."""
    rhythm: Floats = field(repr=False)
    """(n, 5) how early the beat comes and how late the next, in spreads of the RR interval (`context.RHYTHM_NAMES`)."""
    times_s: npt.NDArray[np.float64] = field(repr=False)
    """(n_points,) relative to the R peak."""

    def __post_init__(self) -> None:
        n, n_leads, n_points = self.beats.shape
        shapes = [one.shape for one in (self.usual, self.unit_mv, self.rhythm, self.times_s)]
        expected = [(n, n_leads, n_points), (n, n_leads), (n, len(RHYTHM_NAMES)), (n_points,)]
        if shapes != expected or n_points < 2:
            raise ValueError(f"usual, unit_mv, rhythm and times_s of shapes {shapes}, expected {expected}")

    def __len__(self) -> int:
        return len(self.beats)

    def at(self, rows: slice | npt.NDArray[np.int64]) -> "Scenes":
        return Scenes(self.beats[rows], self.usual[rows], self.unit_mv[rows], self.rhythm[rows], self.times_s)


def scenes(beats: BeatSet, rows: npt.NDArray[np.int64], form: Form) -> Scenes:
    """What images of some rows are drawn from.

    `beats` must hold whole recordings: each gives its own usual beat, over which the beats are laid, moved by up to
    45 ms to where they match it best. In the form `beat`, where nothing lies under it, a beat stays where it is.
    """
    shown, usual = (np.empty((len(rows), *beats.signals.shape[1:]), np.float32) for _ in range(2))
    unit_mv = np.empty(shown.shape[:2], np.float32)
    rhythm = np.empty((len(rows), len(RHYTHM_NAMES)), np.float32)
    record = beats.table["record"].to_numpy(dtype=str)
    pre_s, post_s = (beats.table[name].to_numpy() for name in ("rr_pre_s", "rr_post_s"))
    for name in np.unique(record[rows]):
        context, whole = beats.contexts[name], np.flatnonzero(record == name)
        own = np.flatnonzero(record[rows] == name)
        signals = np.asarray(beats.signals[rows[own]], np.float32)
        shown[own] = signals / context.unit_mv[:, None] if form == "beat" else context.aligned(signals)
        usual[own] = context.template
        unit_mv[own] = context.unit_mv
        rhythm[own] = context.rhythm(pre_s[whole], post_s[whole])[np.searchsorted(whole, rows[own])]
    return Scenes(shown, usual, unit_mv, rhythm, beats.config.times_s)
