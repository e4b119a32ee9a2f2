"""The beats of a recording that are most like each of its beats."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

MOST_CANDIDATES = 5000
"""Beats, evenly spread, among which likes are sought: a day has as many of each shape as half an hour."""
MOST_FITTED = 4000


@dataclass(frozen=True, eq=False)
class Likes:
    """For each of n beats."""

    rows: Rows = field(repr=False)
    """(n, k) the likest others; itself where it is alone."""
    distance: npt.NDArray[np.float64] = field(repr=False)
    """(n,) mean distance to them."""


def components(points: Floats, n_components: int, fitted: Rows | None = None) -> Floats:
    """Places (n, up to n_components) of points (n, d) along their principal axes, or those of the rows `fitted`.
    Deterministic."""
    own = np.arange(len(points)) if fitted is None else fitted
    n = len(own)
    some = points[own[np.linspace(0, n - 1, min(n, MOST_FITTED)).astype(np.int64)]]
    mean = some.mean(axis=0)
    apart = (some - mean).astype(np.float64)
    axes = np.linalg.eigh(apart.T @ apart)[1].T[::-1][:n_components].astype(np.float32)
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    placed: Floats = (points - mean) @ axes.T
    return placed


def likes(placed: Floats, k: int) -> Likes:
    """The `k` nearest of each of the points (n, d), n at least 1."""
    from sklearn.neighbors import NearestNeighbors  # half a second, which the first page need not wait for

    n = len(placed)
    candidates = np.unique(np.linspace(0, n - 1, min(n, MOST_CANDIDATES)).astype(np.int64))
    nearest = NearestNeighbors(n_neighbors=min(k + 1, len(candidates)), algorithm="brute").fit(placed[candidates])
    rows = candidates[nearest.kneighbors(placed, return_distance=False)]
    if rows.shape[1] == 1:
        return Likes(rows, np.zeros(n))
    return Likes(rows[:, 1:], _apart(placed, rows)[:, 1:].mean(axis=1))


def _apart(placed: Floats, rows: Rows) -> npt.NDArray[np.float64]:
    """Distance of each point to those in its row, (n, k): exact, where the search by a product of matrices rounds."""
    square = np.zeros(rows.shape)
    for column in placed.T.astype(np.float64):
        square += (column[:, None] - column[rows]) ** 2
    apart: npt.NDArray[np.float64] = np.sqrt(square)
    return apart
