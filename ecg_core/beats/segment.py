"""Cutting pieces of signal around R peaks."""

import numpy as np
import numpy.typing as npt


def offsets(before_s: float, after_s: float, fs: float) -> npt.NDArray[np.float64]:
    """Times in s, relative to the R peak, of the points of a piece sampled at `fs` Hz; `after_s` is left out."""
    return np.arange(-round(before_s * fs), round(after_s * fs)) / fs


def cut(
    signal: npt.NDArray[np.float32],
    fs: float,
    r_sample: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    times_s: npt.NDArray[np.float64],
) -> npt.NDArray[np.float32]:
    """Read `signal` at `times_s` around each position, by linear interpolation where a time falls between samples.

    Parameters
    ----------
    signal : (n_samples, n_leads) float32
    fs : its sampling frequency in Hz
    r_sample : (n_beats,) positions in samples, or in fractions of one
    times_s : (n_points,) times relative to the R peak in s

    Returns
    -------
    (n_beats, n_leads, n_points) float32; beyond the ends of the recording the outermost sample is repeated
    """
    if np.issubdtype(r_sample.dtype, np.integer):
        steps = times_s * fs
        whole = np.floor(steps + 1e-9).astype(np.int64)
        at = r_sample[:, None] + whole  # (n_beats, n_points)
    else:
        steps = r_sample[:, None] + times_s * fs
        at = whole = np.floor(steps + 1e-9).astype(np.int64)
    fraction = np.clip(steps - whole, 0, 1).astype(np.float32)
    fraction[fraction < 1e-6] = 0
    last = len(signal) - 1
    pieces = signal[np.clip(at, 0, last)]  # (n_beats, n_points, n_leads)
    if fraction.any():
        following = signal[np.clip(at + 1, 0, last)]
        pieces = pieces + fraction[..., None] * (following - pieces)
    return np.ascontiguousarray(pieces.transpose(0, 2, 1))
