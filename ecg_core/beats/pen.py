"""A round pen on a grid of pixels: how much of each pixel it covers that follows a trace, or fills a bar or an area."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
SUBCOLUMNS = 4  # a pixel is as dark as the mean of this many exact columns side by side


@lru_cache(maxsize=16)
def reading(n_points: int, width: int) -> tuple[Rows, Floats, npt.NDArray[np.int64]]:
    """Where a trace of `n_points` that fills `width` pixels is read: at its points and at the edges of the subcolumns.

    Returns
    -------
    whole, part : (n_read,) point before each place and how far it is to the next, 0 to 1
    spans : (width x 4, 2) first and last place read of each subcolumn, the last one not counted
    """
    edges = np.linspace(0, n_points, width * SUBCOLUMNS + 1).clip(max=n_points - 1)  # in points
    at = np.sort(np.concatenate([edges, np.arange(n_points)]))
    whole = np.minimum(at.astype(np.int64), n_points - 2)
    spans = np.stack([np.searchsorted(at, edges[:-1], "left"), np.searchsorted(at, edges[1:], "right")], axis=1)
    return whole, (at - whole).astype(np.float32), spans


def trace_ink(y: Floats, width: int, height: int, radius: float) -> Floats:
    """How much of each pixel a round pen of `radius` px covers that follows each trace.

    (n, n_points) px below the top, spread evenly over the width with the last point held for one step, to
    (n, height, width), 0 to 1. Straight lines join the points; what would leave the grid runs along its edge.
    """
    y = np.clip(y.T, radius, height - radius)  # (n_points, n)
    whole, part, spans = reading(len(y), width)
    y = y[whole] + part[:, None] * (y[whole + 1] - y[whole])  # exact extremes
    y = np.concatenate([y, y[-1:]])  # so that the last span may end where the points do
    above = _swept(np.minimum.reduceat(y, spans.ravel())[::2], radius)  # (width x subcolumns, n)
    below = -_swept(-np.maximum.reduceat(y, spans.ravel())[::2], radius)

    rows = np.arange(height, dtype=np.float32)[:, None]
    ink = np.zeros((y.shape[1], height, width), np.float32)
    share = np.empty_like(ink)
    for edge, sign in ((below, np.add), (above, np.subtract)):
        by_column = edge.T.reshape(y.shape[1], 1, width, SUBCOLUMNS)
        for k in range(SUBCOLUMNS):
            np.subtract(np.ascontiguousarray(by_column[..., k]), rows, out=share)
            np.clip(share, 0, 1, out=share)
            sign(ink, share, out=ink)
    return np.clip(ink / SUBCOLUMNS, 0, 1, out=ink)


def reach(radius: float) -> Floats:
    """How far above its centre a round pen reaches at each subcolumn around it, (2 k + 1,) px."""
    steps = int(radius * SUBCOLUMNS)
    beside = np.arange(-steps, steps + 1) / SUBCOLUMNS
    return np.sqrt(radius**2 - beside**2).astype(np.float32)


def _swept(above: Floats, radius: float) -> Floats:
    """Upper edge, in px from the top, of what a round pen covers whose centre reaches up to `above` (subcolumns, n)."""
    halves = reach(radius)
    margin = len(halves) // 2
    padded = np.pad(above, ((margin, margin), (0, 0)), mode="edge")
    swept = np.full_like(above, np.inf)
    for k, half in enumerate(halves):
        np.minimum(swept, padded[k : k + len(above)] - half, out=swept)
    return swept


def area_ink(one: Floats, other: Floats, width: int, height: int) -> Floats:
    """How much of each pixel lies between two traces (n, n_points) px below the top: (n, height, width), 0 to 1."""
    at = np.clip((np.arange(width) + 0.5) * one.shape[1] / width, 0, one.shape[1] - 1)
    whole = np.minimum(at.astype(np.int64), one.shape[1] - 2)
    part = (at - whole).astype(np.float32)
    a, b = (np.clip(y[:, whole] + part * (y[:, whole + 1] - y[:, whole]), 0, height) for y in (one, other))
    return _within(np.minimum(a, b)[:, None, :], np.maximum(a, b)[:, None, :], np.arange(height)[:, None])


def bar_ink(start: Floats, end: Floats, width: int) -> Floats:
    """How much of each pixel of a row lies between `start` and `end` (n,) px from the left: (n, width), 0 to 1."""
    return _within(np.minimum(start, end)[:, None], np.maximum(start, end)[:, None], np.arange(width))


def _within(low: Floats, high: Floats, pixels: Rows) -> Floats:
    at = pixels.astype(np.float32)
    share: Floats = np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, 1)
    return share
