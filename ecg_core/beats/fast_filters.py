"""Two of scipy's and numpy's functions of a whole recording, number for number the same and several times faster.

They take a third of the time in which a recording is prepared, and what they give must not change: a model knows its
own preparation again to the bit.
"""

import numpy as np
import numpy.typing as npt

BLOCK = 128
"""Values smoothed by one row of the product of matrices."""
BLOCKS_AT_ONCE = 512
TRUNCATE = 4.0
"""Standard deviations, as scipy has it."""
GLANCE, SLACK = 32, 0.01
"""Every so many-th value is looked at for where a quantile must lie, and how far below it is safe."""

Floats = npt.NDArray[np.float32]


def gaussian(values: Floats, sigma: float) -> Floats:
    """`scipy.ndimage.gaussian_filter1d(values, sigma)` of values (n,), as one product of matrices.

    Summed in float64, as scipy does; the ends are reflected.
    """
    n, radius = len(values), int(TRUNCATE * sigma + 0.5)
    if not n:
        return values.copy()
    x = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 / (sigma * sigma) * x**2)
    kernel /= kernel.sum()
    n_blocks = -(-n // BLOCK)
    padded = np.pad(values, (radius, radius + n_blocks * BLOCK - n), mode="symmetric").astype(np.float64)
    shifted = np.zeros((BLOCK + 2 * radius, BLOCK))
    for k in range(BLOCK):
        shifted[k : k + len(kernel), k] = kernel
    windows = np.lib.stride_tricks.sliding_window_view(padded, BLOCK + 2 * radius)[::BLOCK]
    smoothed = np.empty((n_blocks, BLOCK), np.float32)
    for first in range(0, n_blocks, BLOCKS_AT_ONCE):
        smoothed[first : first + BLOCKS_AT_ONCE] = windows[first : first + BLOCKS_AT_ONCE] @ shifted
    return smoothed.reshape(-1)[:n]


def high_quantile(values: Floats, share: float) -> np.float32:
    """`numpy.quantile(values, share)` of values (n,), n at least 1: near 1 only the greatest are sorted."""
    place = share * (len(values) - 1)
    first = int(np.floor(place))
    top = values[values >= np.quantile(values[::GLANCE], max(0.0, share - SLACK))]
    below = len(values) - len(top)
    if first < below or len(values) <= GLANCE:
        return np.float32(np.quantile(values, share))
    near = np.minimum(np.array([first, first + 1]) - below, len(top) - 1)
    return np.float32(np.quantile(np.partition(top, near)[near], place - first))
