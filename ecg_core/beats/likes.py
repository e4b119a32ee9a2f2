"""The beats of a recording that are most like each of its beats."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

MOST_CANDIDATES = 5000
"""Beats, evenly spread, among which likes are sought: a day has as many of each shape as half an hour."""
MOST_FITTED = 4000
AT_ONCE, GROUPS, FEWEST_A_GROUP = 256, 128, 8
ROUNDING = 4e-6
"""Of a product of matrices in float32, as a share of the product of lengths; far more than thirty terms can lose."""


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
    n = len(placed)
    candidates = np.unique(np.linspace(0, n - 1, min(n, MOST_CANDIDATES)).astype(np.int64))
    rows = candidates[nearest(placed, placed[candidates], min(k + 1, len(candidates)))]
    if rows.shape[1] == 1:
        return Likes(rows, np.zeros(n))
    return Likes(rows[:, 1:], _apart(placed, rows)[:, 1:].mean(axis=1))


def nearest(points: Floats, others: Floats, k: int) -> Rows:
    """The `k` of the `others` (m, d), m at least k, that are nearest to each of the points (n, d), nearest first: what
    scikit-learn's brute force finds, in less time, and without the half second that importing it takes.

    A product of matrices in float32 leaves some twenty that can be among them, and these are compared in float64.
    """
    m, dimensions = others.shape
    groups = GROUPS if m >= GROUPS * FEWEST_A_GROUP and k <= GROUPS else 0
    width = -(-m // groups) * groups if groups else m
    exact = others.astype(np.float64)
    square = (exact**2).sum(axis=1)
    longest = np.sqrt(square.max(initial=0))
    factor = np.zeros((dimensions + 1, width), np.float32)  # of a product that gives |other|^2 - 2 point * other
    factor[:-1, :m], factor[-1] = -2 * others.T, np.inf
    factor[-1, :m] = square
    rows = np.empty((len(points), k), np.int64)
    for first in range(0, len(points), AT_ONCE):
        some = points[first : first + AT_ONCE]
        apart = np.concatenate([some, np.ones((len(some), 1), np.float32)], axis=1) @ factor
        far = np.full((len(some), 1), np.inf, np.float32)
        if groups:  # k groups hold something as near as the k-th least of the groups' minima
            least = np.partition(apart.reshape(len(some), -1, groups).min(axis=1), k - 1, axis=1)[:, k - 1]
            rounding = ROUNDING * longest * (np.linalg.norm(some, axis=1) + longest)
            far = (least + rounding).astype(np.float32)[:, None]
        point, other = np.divmod(np.flatnonzero(apart <= far), width)
        distance = square[other] - 2 * np.einsum("nd,nd->n", some[point].astype(np.float64), exact[other])
        order = np.lexsort((distance, point))
        begin = np.searchsorted(point, np.arange(len(some)))
        rows[first : first + AT_ONCE] = other[order][begin[:, None] + np.arange(k)]
    return rows


def _apart(placed: Floats, rows: Rows) -> npt.NDArray[np.float64]:
    """Distance of each point to those in its row, (n, k): exact, where the search by a product of matrices rounds."""
    square = np.zeros(rows.shape)
    for column in placed.T.astype(np.float64):
        square += (column[:, None] - column[rows]) ** 2
    apart: npt.NDArray[np.float64] = np.sqrt(square)
    return apart
