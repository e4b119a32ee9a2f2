"""Which seconds of a recording no R peak can be read from, and why.

Missing: no lead has samples. Flat: no lead moves. Clipped: every lead stays at its outermost value. Noise: what lies
between the beats is nearly as tall as the beats, in all leads together, or no two beats around are alike; ventricular
fibrillation looks like that too.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from ecg_core.beats.quality import CLIPPED, FLAT, MISSING, in_long_runs

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]
Stretch = tuple[int, int, str]
"""First sample, sample after the last, reason."""
NOISE, UNLIKE = "noise as tall as beats", "no two beats alike"
REASONS = (UNLIKE, NOISE, CLIPPED, FLAT, MISSING)
"""Code k + 1 stands for the k-th; the last that applies is given."""
TALL = 0.6  # of a usual beat, mean over NOISE_S
NOISE_S = 5
TELLING = 0.75  # correlation with the likest neighbours: above it, what is tall between beats are their T waves
NOISE_POWER = 5  # so the share of wrong beats grew with noise that was added to recordings of DS1
ALIKE = 0.5  # correlation with the likest neighbours: below it where there is nothing but noise
FLAT_S = 5  # longer than a pause that goes without an escape beat, where the line between beats is free of noise


def reasons_by_second(
    mv: npt.NDArray[np.float32], noise: npt.NDArray[np.float32], likeness: npt.NDArray[np.float32], width: int
) -> Codes:
    """Why each second cannot be read, shape (ceil(n_samples / width),); 0 where it can.

    Parameters
    ----------
    mv : (n_samples, n_leads) mV, NaN where missing
    noise : (n_whole_seconds,) noise around, as a share of a usual beat, from `noise_around`
    likeness : (n_whole_seconds,) how much the beats around are like one another
    width : samples that a second has
    """
    n, n_leads = mv.shape
    n_seconds = -(-n // width)
    whole = np.full((n_leads, n_seconds * width), np.nan, np.float32)
    whole[:, :n] = mv.T
    by_second = whole.reshape(n_leads, n_seconds, width)
    low, high = np.fmin.reduce(by_second, axis=2).T, np.fmax.reduce(by_second, axis=2).T  # NaN only where all are
    missing = np.isnan(low)
    still = low == high
    outermost = (low == np.fmin.reduce(low, axis=0)) | (high == np.fmax.reduce(high, axis=0))
    moves_elsewhere = ~(still | missing).all(axis=0)
    clipped = still & outermost & moves_elsewhere
    flat = np.stack([in_long_runs(lead, FLAT_S) for lead in still.T], axis=1)
    codes = np.zeros(n_seconds, np.uint8)
    for code, hit in enumerate(
        (
            _to_the_end(likeness < ALIKE, n_seconds),
            _to_the_end((noise > TALL) & (likeness < TELLING), n_seconds),
            (missing | clipped).all(axis=1),
            (missing | clipped | flat).all(axis=1) & (flat & ~clipped).any(axis=1),
            missing.all(axis=1),
        ),
        start=1,
    ):
        codes[hit] = code
    return codes


def stretches(codes: Codes, width: int, n_samples: int) -> tuple[Stretch, ...]:
    """Runs of seconds that cannot be read for one reason; `codes` are those of `reasons_by_second`, all of them."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]]).tolist()
    return tuple(
        (first * width, min(last * width, n_samples), REASONS[codes[first] - 1])
        for first, last in pairwise(edges)
        if last > first and codes[first]
    )


def noise_around(noise: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Mean over 5 s of the fused noise of each second, same shape."""
    return uniform_filter1d(noise, NOISE_S, mode="reflect").astype(np.float32)


def legibility(noise: npt.NDArray[np.float32], likeness: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """How far beats around can be trusted, 0 to 1: by the noise between them or, if better, by how alike they are."""
    quiet = 1 / (1 + (noise / TALL) ** NOISE_POWER)
    return np.asarray(np.maximum(quiet, np.maximum(likeness, 0) ** 2), np.float32)


def _to_the_end(hit: Bools, n_seconds: int) -> Bools:
    """`hit` of whole seconds, with the last also for the second that is not whole."""
    return np.pad(hit, (0, n_seconds - len(hit)), mode="edge") if len(hit) else np.zeros(n_seconds, bool)
