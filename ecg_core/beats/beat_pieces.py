"""The beats of a recording in pieces of an hour, every lead, so that a day needs no more memory than an hour.

Cut as `beats.prepare` cuts them, at their slope energy's peak, but in all leads the recording has, in ADC units, and
not kept. In ADC units no gain and no baseline enters, so none can change by its rounding which beats are found alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import BLOCK_S, filtered_beats
from ecg_core.beats.quality import bad_samples, reasons
from ecg_core.data.mapping import release
from ecg_core.data.record import Record
from ecg_core.errors import DataError

CONFIG = BeatConfig()
ASIDE_S = 2.0
"""Looked at to either side of a piece's beats; more than half a beat and its move to the centre."""
DRAWN_BLOCK_S = 60.0


@dataclass(frozen=True, eq=False)
class Piece:
    """Beats that follow each other."""

    first: int
    """Row of the first of them among all beats."""
    signals: npt.NDArray[np.float32] = field(repr=False)
    """(n, n_leads, n_points) ADC units, band-passed."""
    centre: npt.NDArray[np.float64] = field(repr=False)
    """(n,) where each was cut, in samples."""
    excluded: npt.NDArray[np.str_] = field(repr=False)
    """(n,) `beats.quality`'s reason, empty for a beat that can be judged. Whether it is flat is not asked here: that
    needs the whole recording."""

    @property
    def rows(self) -> slice:
        return slice(self.first, self.first + len(self.signals))


def pieces(record: Record, r_sample: npt.NDArray[np.int64], block_s: float = BLOCK_S) -> Iterator[Piece]:
    """Cut the beats at `r_sample`, (n_beats,) ascending, piece by piece.

    Raises DataError if a position lies outside the recording or before the one in front of it.
    """
    check(record, r_sample)
    block, aside = round(block_s * record.fs), round(ASIDE_S * record.fs)
    leads = tuple(range(len(record.leads)))
    unscaled = _unscaled(record)
    for start in range(0, record.n_samples, block):
        first, last = (int(row) for row in np.searchsorted(r_sample, [start, start + block]))
        if first == last:
            continue
        signals, centre = filtered_beats(unscaled, leads, r_sample[first:last], CONFIG, block_s)
        origin = max(0, int(r_sample[first]) - aside)
        adc = record.signals[origin : int(r_sample[last - 1]) + aside + 1]
        missing, clipped = bad_samples(adc, record.invalid, record.fs)
        middle = np.rint(centre).astype(np.int64) - origin
        excluded = reasons(
            middle - round(CONFIG.before_s * record.fs),
            middle + round(CONFIG.after_s * record.fs),
            np.full((last - first, 1), np.inf, np.float32),
            missing,
            clipped,
        )
        release(record.signals)
        yield Piece(first, signals, centre, excluded)


def drawn_beats(record: Record, centre: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """A few beats of a recording, cut where they were cut before to the sample: (n, n_leads, n_points) mV.

    `centre`: (n,) ascending, in samples. Only what lies around them is read and filtered.
    """
    at = np.clip(np.rint(centre).astype(np.int64), 0, record.n_samples - 1)
    leads = tuple(range(len(record.leads)))
    signals, _ = filtered_beats(record, leads, at, replace(CONFIG, centre="label"), DRAWN_BLOCK_S)
    return signals


def check(record: Record, r_sample: npt.NDArray[np.int64]) -> None:
    """Raise DataError unless R peaks lie within the recording and in time order."""
    outside = np.flatnonzero((r_sample < 0) | (r_sample >= record.n_samples))
    if len(outside):
        raise DataError(
            f"Record {record.name}: beat {outside[0] + 1:,} is at sample {r_sample[outside[0]]:,}, outside the "
            f"recording of {record.n_samples:,} samples. Detect its R peaks anew."
        )
    back = np.flatnonzero(np.diff(r_sample) < 0)
    if len(back):
        raise DataError(
            f"Record {record.name}: beat {back[0] + 2:,} lies before the one in front of it. Put the R peaks in time "
            "order."
        )


def _unscaled(record: Record) -> Record:
    """The recording with ADC units in place of mV, about 0 for each lead at its beginning."""
    begin = record.signals[: max(1, round(record.fs))]
    level = tuple(int(value) for value in np.median(begin, axis=0))
    return replace(record, gain=(1.0,) * len(record.leads), baseline=level)
