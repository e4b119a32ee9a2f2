"""Fewer points for a curve of tens of thousands, so that a browser need not load them all."""

import numpy as np
import numpy.typing as npt

CURVE_POINTS = 400


def spread_evenly(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """At most 400 rows of a curve, evenly along its length, both ends among them."""
    if len(x) <= CURVE_POINTS:
        return np.arange(len(x))
    length = np.concatenate([[0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    wanted = np.linspace(0, length[-1], CURVE_POINTS)
    return np.unique(np.clip(np.searchsorted(length, wanted), 0, len(x) - 1))
