"""Where a beat sits, found in the signal alone, whatever gave its position: annotations of one database lie at the R
peak, those of another a constant 40 ms before it, and a detector's jitter from beat to beat.

The rule, without labels: from the position given, climb to the nearest peak of the slope energy of all leads (the
squared change over 40 ms, each lead in units of its own, smoothed over about a beat's QRS). The median of these moves
is the recording's own offset: take it off first and climb again, so that a constant offset is gone to the sample. Then,
if asked for, move each beat by at most 30 ms to where its QRS fits the recording's usual QRS best.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats.fast_filters import gaussian, high_quantile
from ecg_core.beats.segment import cut, offsets

LAG_S = 0.02
SMOOTHING_S = 0.04
"""Standard deviation; below it a notched QRS has two peaks, and a shifted position may climb the other."""
UNIT_QUANTILE, MOST_UNITS = 0.98, 8.0
"""A lead's unit of energy, and how much of it an artefact may count."""
MOST_STEPS_S = 0.25
ALIGNED_S, REACH_S, GRID_HZ = 0.10, 0.03, 360.0
"""Half the length of the QRS that is compared, how far a beat may be moved, and how finely."""
ROUNDS = 2
TEMPLATE_BEATS = 400
FLOOR_MV = 1e-3

Positions = npt.NDArray[np.float64]


@dataclass(frozen=True)
class UsualQrs:
    """The median QRS that beats are aligned to."""

    mv: npt.NDArray[np.float32]
    """(n_leads, n_points) at `GRID_HZ`."""


def slope_energy(filtered: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.float32]:
    """Smoothed slope energy over all leads, (n_samples,), without unit.

    `filtered` is (n_samples, n_leads) mV, band-passed, without NaN. The order, polarity and gain of leads play no part.
    """
    lag = max(1, round(LAG_S * fs))
    energy = np.zeros(len(filtered), np.float32)
    for lead in filtered.T:
        change = np.zeros(len(lead), np.float32)
        if len(lead) > 2 * lag:
            change[lag:-lag] = (lead[2 * lag :] - lead[: -2 * lag]) ** 2
        unit = float(high_quantile(change, UNIT_QUANTILE)) if len(change) else 0.0
        if unit > 0:
            energy += np.minimum(change / unit, MOST_UNITS)
    return gaussian(energy, SMOOTHING_S * fs)


def nearest_peak(energy: npt.NDArray[np.float32], sample: npt.NDArray[np.int64], fs: float) -> Positions:
    """The peak of `energy` that each position climbs to, in samples and fractions of one, (n,)."""
    if len(energy) < 3:
        return sample.astype(np.float64)
    at = np.clip(sample, 1, len(energy) - 2)
    for _ in range(round(MOST_STEPS_S * fs)):
        right, left = energy[at + 1] > energy[at], energy[at - 1] > energy[at]
        step = np.where(right & ~(left & (energy[at - 1] > energy[at + 1])), 1, np.where(left, -1, 0))
        if not step.any():
            break
        at = np.clip(at + step, 1, len(energy) - 2)
    before, here, after = (energy[at + k].astype(np.float64) for k in (-1, 0, 1))
    curve = before - 2 * here + after  # of the parabola through the three
    fraction = np.where(curve < 0, np.clip((before - after) / np.minimum(2 * curve, -1e-12), -0.5, 0.5), 0.0)
    peak: Positions = at.astype(np.float64) + fraction
    return peak


def centres(energy: npt.NDArray[np.float32], sample: npt.NDArray[np.int64], fs: float) -> Positions:
    """The peak of `energy` that each position climbs to once the offset that most of them share is taken off, (n,)."""
    if not len(sample):
        return np.zeros(0)
    offset = round(float(np.median(nearest_peak(energy, sample, fs) - sample)))
    return nearest_peak(energy, sample + offset, fs)


def aligned(
    filtered: npt.NDArray[np.float32], fs: float, centre: Positions, usual: UsualQrs | None = None
) -> tuple[Positions, UsualQrs | None]:
    """Each centre moved by at most 30 ms to where its QRS fits the usual QRS best; and that of these beats.

    `usual` is that of the part of the recording before, if there is one, so that a day needs not be held at once.
    Without any beat it is given back as it is.
    """
    if not len(centre):
        return centre, usual
    reach = round(REACH_S * GRID_HZ)
    times_s = offsets(ALIGNED_S + REACH_S, ALIGNED_S + REACH_S, GRID_HZ)
    pieces = cut(filtered, fs, centre, times_s)  # (n, n_leads, n_points + 2 reach)
    n_points = pieces.shape[2] - 2 * reach
    moved = np.zeros(len(centre), np.int64)
    rows = np.arange(len(centre))[:, None]
    template = usual.mv if usual else None
    for _ in range(ROUNDS):
        if template is None:
            template = _median(pieces, moved + reach, n_points)
        unit = np.maximum(np.ptp(template, axis=1), FLOOR_MV)[:, None]
        misfit = np.empty((len(centre), 2 * reach + 1), np.float32)
        for shift in range(2 * reach + 1):
            misfit[:, shift] = (((pieces[:, :, shift : shift + n_points] - template) / unit) ** 2).sum(axis=(1, 2))
        moved = misfit.argmin(axis=1) - reach
        template = _median(pieces, moved + reach, n_points)
    inside = np.clip(moved + reach, 1, 2 * reach - 1)[:, None]
    before, here, after = (misfit[rows, inside + k][:, 0].astype(np.float64) for k in (-1, 0, 1))
    curve = before - 2 * here + after
    at_end = np.abs(moved) == reach
    fine = np.where((curve > 0) & ~at_end, np.clip((before - after) / np.maximum(2 * curve, 1e-12), -0.5, 0.5), 0.0)
    assert template is not None
    return centre + (moved + fine) * (fs / GRID_HZ), UsualQrs(template)


def _median(pieces: npt.NDArray[np.float32], first: npt.NDArray[np.int64], n_points: int) -> npt.NDArray[np.float32]:
    some = np.arange(0, len(pieces), max(1, -(-len(pieces) // TEMPLATE_BEATS)))
    columns = first[some, None] + np.arange(n_points)
    chosen = np.take_along_axis(pieces[some], columns[:, None, :], axis=2)
    median: npt.NDArray[np.float32] = np.median(chosen, axis=0)
    return median
