"""How much a QRS complex is going on, moment by moment, lead by lead: the length of the curve within 120 ms.

The band in which QRS complexes hold most of their energy and P and T waves little is 5 to 20 Hz. The length of the
curve (Zong, Moody, Jiang 2003, Computers in Cardiology 30:737-740) knows no polarity, and grows with the height of a
beat, not with its square, so that a tall ventricular beat does not hide the small beats beside it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d

from ecg_core.beats.filters import bandpass

Floats = npt.NDArray[np.float32]
BAND_HZ = (5.0, 20.0)
WINDOW_S = 0.12  # as long as a wide normal QRS complex
GRID_HZ = 120.0  # the length over 120 ms is smooth: no more samples of it are needed
BIN_S = 2.0  # holds a beat down to 30 a minute
LEVEL_BINS = 11  # the level is that of about 20 s
FLAT_SHARE = 1e-3  # of a lead's usual level: below it nothing is measured


@dataclass(frozen=True)
class Energy:
    """The curve length of all leads on a coarse grid of time."""

    length: Floats
    """(n_leads, n) in units of the lead's level around: about 1 at a usual beat, 0 where the lead is flat."""
    step: int
    """Samples of the recording from one moment of the grid to the next."""
    rate: float
    """Moments a second."""
    band: Floats
    """(n_leads, n_samples) mV, 5 to 20 Hz."""

    def per_bin(self, values: Floats, how: str = "max") -> Floats:
        """Largest (or median) value in each whole second, shape (n_leads, n_seconds)."""
        width = round(self.rate)
        n_bins = values.shape[1] // width
        cut = values[:, : n_bins * width].reshape(len(values), n_bins, width)
        found: Floats = cut.max(axis=2) if how == "max" else np.median(cut, axis=2)
        return found


def second_of(fs: float) -> int:
    """Samples of the recording in what is counted as one second: a whole number of moments of the grid."""
    step = max(1, round(fs / GRID_HZ))
    return step * round(fs / step)


def qrs_energy(mv: Floats, fs: float) -> Energy:
    """Curve length of each lead, in units of its level around.

    Parameters
    ----------
    mv : (n_samples, n_leads) mV, no NaN
    fs : sampling frequency in Hz
    """
    step = max(1, round(fs / GRID_HZ))
    band = np.ascontiguousarray(bandpass(mv, fs, BAND_HZ).T)  # (n_leads, n_samples)
    slope = np.abs(np.diff(band, axis=1, prepend=band[:, :1]))
    length = uniform_filter1d(slope, max(1, round(WINDOW_S * fs)), axis=1, mode="reflect")[:, step // 2 :: step]
    rate = fs / step
    return Energy(np.asarray(length / _level(length, rate), np.float32), step, rate, band)


def _level(length: Floats, rate: float) -> Floats:
    """Median over 20 s of the largest value in 2 s, on the grid: what a usual beat there reaches."""
    width = max(1, round(BIN_S * rate))
    n = length.shape[1]
    n_bins = -(-n // width)
    padded = np.zeros((len(length), n_bins * width), np.float32)
    padded[:, :n] = length
    largest = padded.reshape(len(length), n_bins, width).max(axis=2)
    if n_bins > 1 and n % width:  # the last bin is not whole
        largest[:, -1] = np.maximum(largest[:, -1], largest[:, -2])
    level = median_filter(largest, size=(1, LEVEL_BINS), mode="reflect")
    usual = np.median(level, axis=1, keepdims=True)
    highest = level.max(axis=1, keepdims=True)
    floor = FLAT_SHARE * np.where(usual > 0, usual, highest)
    centre = (np.arange(n_bins) + 0.5) * width
    smooth = np.stack([np.interp(np.arange(n), centre, row) for row in np.maximum(level, floor)]).astype(np.float32)
    return np.where(smooth > 0, smooth, np.float32(np.inf))


def local_peaks(curve: Floats, apart: int) -> npt.NDArray[np.int64]:
    """Indices of positive maxima that nothing within `apart` moments exceeds; of equal ones the first."""
    largest = maximum_filter1d(curve, 2 * apart + 1, mode="reflect")
    peak = np.flatnonzero((curve == largest) & (curve > 0))
    if len(peak) > 1:
        peak = peak[np.concatenate([[True], np.diff(peak) > apart])]
    return peak.astype(np.int64)
