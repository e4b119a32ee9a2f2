"""Do beats look like one another? In noise no two do; in any rhythm that has beats, most have a likeness near by.

Template matching as a measure of quality: Orphanidou et al. 2015, doi:10.1109/JBHI.2014.2338351. Here each beat is its
neighbours' template, so that a patient with several kinds of beats is no worse off.
"""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from ecg_core.beats.qrs_energy import Energy, Floats

HALF_S = 0.1  # to either side of the R peak: the QRS complex
NEIGHBOURS = 5  # to either side
BEST = 2  # of the neighbours: a beat is like others, not like all
BEATS = 11  # over which likeness is averaged


def likeness_by_second(beats: npt.NDArray[np.int64], energy: Energy, weight: Floats, n_seconds: int) -> Floats:
    """Mean correlation of the beats around each second with the two most alike of their ten neighbours.

    1 if there are too few beats to tell.

    Parameters
    ----------
    beats : (n_beats,) moments of the energy's grid, ascending
    weight : (n_leads, n_weights) of each lead, second by second

    Returns
    -------
    (n_seconds,) float32, -1 to 1
    """
    if len(beats) <= 2 * NEIGHBOURS:
        return np.ones(n_seconds, np.float32)
    shape = _shapes(beats, energy, weight)
    n = len(shape)
    alike = np.full((2 * NEIGHBOURS, n), -1.0, np.float32)
    for apart in range(1, NEIGHBOURS + 1):
        correlation = np.einsum("bt,bt->b", shape[:-apart], shape[apart:])
        alike[2 * apart - 2, :-apart] = correlation
        alike[2 * apart - 1, apart:] = correlation
    best = np.partition(alike, 2 * NEIGHBOURS - BEST, axis=0)[-BEST:].mean(axis=0)
    around = uniform_filter1d(best.astype(np.float64), BEATS, mode="reflect")
    centre = (np.arange(n_seconds) + 0.5) * round(energy.rate)
    return np.asarray(np.interp(centre, beats, around), np.float32)


def _shapes(beats: npt.NDArray[np.int64], energy: Energy, weight: Floats) -> Floats:
    """QRS complexes of all leads in one row, aligned at the largest deflection, of length 1: (n_beats, n_leads * n)."""
    band = energy.band[:, energy.step // 2 :: energy.step]
    root = np.sqrt(weight[:, np.minimum(beats // round(energy.rate), weight.shape[1] - 1)])  # (n_leads, n_beats)
    half = round(HALF_S * energy.rate)
    every = np.arange(-half, half + 1)
    near = np.clip(beats[:, None] + every, 0, band.shape[1] - 1)
    usual = np.array([np.median(np.abs(lead[near]).max(axis=1)) for lead in band])
    scale = np.divide(root, usual[:, None], out=np.zeros_like(root), where=usual[:, None] > 0)

    def cut(middle: npt.NDArray[np.int64]) -> Floats:
        inside = np.clip(middle[:, None] + every, 0, band.shape[1] - 1)
        return np.stack([lead[inside] * s[:, None] for lead, s in zip(band, scale, strict=True)], axis=1)

    tallest = np.abs(cut(beats)).max(axis=1).argmax(axis=1) - half
    row = cut(beats + tallest).reshape(len(beats), -1)
    length = np.linalg.norm(row, axis=1, keepdims=True)
    shapes: Floats = np.divide(row, length, out=np.zeros_like(row), where=length > 0)
    return shapes
