"""One recording's beats as the chain sees them: laid over the usual beat, in units of its QRS amplitude."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.context import RecordContext
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.rr import RR_RANGE_S

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HELD = 8.0
"""Signals are held within this many QRS amplitudes."""
ROWS_AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class RecordBeats:
    """All beats of one recording, or of a part of it, in time order."""

    signals: Floats = field(repr=False)
    """(n, n_leads, n_points) aligned, in units of each lead's QRS amplitude; zeros for a lead that is not there."""
    times_s: Numbers = field(repr=False)
    """(n_points,) relative to the R peak."""
    pre_s: Numbers = field(repr=False)
    """(n,) RR interval before, NaN where there is none."""
    post_s: Numbers = field(repr=False)
    """(n,) RR interval after."""
    used: Mask = field(repr=False)
    """(n,) beats whose signal can be judged."""

    def __len__(self) -> int:
        return len(self.pre_s)

    @classmethod
    def of(cls, beats: BeatSet, rows: Rows) -> "RecordBeats":
        """The beats of one recording at `rows` of a set, which must be in time order."""
        pre_s, post_s = (beats.table[name].to_numpy()[rows] for name in ("rr_pre_s", "rr_post_s"))
        whole = len(rows) > 0 and rows[-1] - rows[0] == len(rows) - 1
        signals = beats.signals[rows[0] : rows[-1] + 1] if whole else beats.signals[rows]
        return cls.cut(np.asarray(signals), pre_s, post_s, beats.used[rows], beats.config)

    @classmethod
    def cut(cls, signals_mv: Floats, pre_s: Numbers, post_s: Numbers, used: Mask, config: BeatConfig) -> "RecordBeats":
        """From beats (n, n_leads, n_points) mV. What is usual is found among these beats alone."""
        template, unit = median_beat(signals_mv[used], config)
        context = RecordContext.of(signals_mv[used], pre_s, template, unit, config.times_s)
        aligned = np.empty(signals_mv.shape, np.float32)
        for first in range(0, len(aligned), ROWS_AT_ONCE):
            some = slice(first, first + ROWS_AT_ONCE)
            aligned[some] = np.clip(context.aligned(np.asarray(signals_mv[some], np.float32)), -HELD, HELD)
        return cls(aligned, config.times_s, pre_s, post_s, used)

    def first_lead(self) -> "RecordBeats":
        """The same as if only the first lead had been recorded."""
        signals = self.signals.copy()
        signals[:, 1:] = 0
        return replace(self, signals=signals)

    def window(self, span_s: tuple[float, float]) -> slice:
        """The points from `span_s[0]` up to `span_s[1]`."""
        first, last = np.searchsorted(self.times_s, span_s)
        return slice(int(first), int(last))

    def joint(self, span_s: tuple[float, float]) -> Floats:
        """A part of every beat, all leads in a row, (n, n_leads * n_points)."""
        part = self.signals[:, :, self.window(span_s)]
        return np.ascontiguousarray(part).reshape(len(part), -1)

    @property
    def ln_pre(self) -> Numbers:
        """ln RR before in s, that of the mean RR where there is none."""
        return _ln(self.pre_s)

    @property
    def ln_post(self) -> Numbers:
        return _ln(self.post_s)


def _ln(rr_s: Numbers) -> Numbers:
    known = np.isfinite(rr_s)
    usual = rr_s[known].mean() if known.any() else 1.0
    logarithm: Numbers = np.log(np.clip(np.where(known, rr_s, usual), *RR_RANGE_S))
    return logarithm
