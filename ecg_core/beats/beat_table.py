"""The beats of one layer of labels as arrays, one row a beat.

Columns are called as in the table of a `BeatSet`: the same name means the same from the store to a plot.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.rr import rr_intervals
from ecg_core.data.labels import Annotations

_CODES = np.array(sorted(BY_CODE), "<U1")
_CLASSES = np.array([BY_CODE[code].beat_class for code in _CODES.tolist()], "<U1")


@dataclass(frozen=True, eq=False)
class BeatTable:
    """Every beat of a layer, in time order. Annotations that mark no beat are not in it."""

    r_sample: npt.NDArray[np.int64] = field(repr=False)
    """(n_beats,) sample of each beat's annotation, at its R peak."""
    symbol: npt.NDArray[np.str_] = field(repr=False)
    """(n_beats,) annotation code, one character."""
    beat_class: npt.NDArray[np.str_] = field(repr=False)
    """(n_beats,) AAMI class of the code."""
    rr_pre_s: npt.NDArray[np.float64] = field(repr=False)
    """(n_beats,) interval from the beat before in s; NaN for the first."""
    rr_post_s: npt.NDArray[np.float64] = field(repr=False)
    """(n_beats,) interval to the next beat in s; NaN for the last."""

    def __len__(self) -> int:
        return len(self.r_sample)

    def samples_of(self, beat_class: str) -> npt.NDArray[np.int64]:
        """`r_sample` of the beats of one class, shape (n,), in time order."""
        samples: npt.NDArray[np.int64] = self.r_sample[self.beat_class == beat_class]
        return samples

    def rows_between(self, start: float, stop: float) -> range:
        """Rows of the beats at samples [start, stop)."""
        low, high = np.searchsorted(self.r_sample, [start, stop])
        return range(int(low), int(high))

    def class_at(self, sample: int) -> str | None:
        """Class of the beat at exactly this sample; None if there is none."""
        row = int(np.searchsorted(self.r_sample, sample))
        if row == len(self) or self.r_sample[row] != sample:
            return None
        return str(self.beat_class[row])


def beat_table(annotations: Annotations, fs: float) -> BeatTable:
    """The beats among `annotations` of a signal sampled at `fs` Hz. RR intervals run from beat to beat."""
    rows = np.flatnonzero(np.isin(annotations.symbol, _CODES))
    r_sample, symbol = annotations.sample, annotations.symbol
    if len(rows) < len(annotations):  # of a week of beats alone there is no second copy
        r_sample, symbol = r_sample[rows], symbol[rows]
    del rows
    pre_s, post_s = rr_intervals(r_sample, fs)
    return BeatTable(r_sample, symbol, _CLASSES[np.searchsorted(_CODES, symbol)], pre_s, post_s)
