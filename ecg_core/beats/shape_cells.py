"""Beats as points of a space of shapes, and cells of it: small groups of beats that are nearly one another.

A family is a union of cells. A cell keeps its beats' number, sum and sum of squares, so that the mean and the spread of
any union are known without reading the recording again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ecg_core.beats.beat_pieces import CONFIG, Piece
from ecg_core.one_thread import one_thread

SHAPE_S = (-0.11, 0.24)
"""What is compared: QRS complex, ST segment and the beginning of the T wave."""
POOLED = 3
"""Points averaged to one: 60 a second are left, which hold what tells one QRS complex from another."""
NEIGHBOURS = 4
"""Beats before and after, the likest of which says how much of a lead is noise."""
LEAST_WEIGHT = 0.01
STEPS = 4096.0
"""Steps of a feature in one unit: what differs by rounding only is the same."""
CELLS, PER_BEATS, GROWTH = 96, 2500, 0.25
"""Cells of a recording of so many beats; of n beats (n / 2500) ** 0.25 times as many, at least 96."""
CELLS_OF_FAMILY = 8
"""A family has at least so many cells, or one a beat."""
ROUNDS = 20
SEED = 0

Floats = npt.NDArray[np.float32]
_COLUMNS = np.flatnonzero((CONFIG.times_s >= SHAPE_S[0]) & (CONFIG.times_s < SHAPE_S[1]))
_COLUMNS = _COLUMNS[: len(_COLUMNS) // POOLED * POOLED]
SHAPE_POINTS = len(_COLUMNS) // POOLED


@dataclass(frozen=True, eq=False)
class Cells:
    """The beats of a recording in cells."""

    shapes: Floats = field(repr=False)
    """(n_beats, n_features) each beat as a point, without unit; zeros where it was left out."""
    cell_of: npt.NDArray[np.int32] = field(repr=False)
    """(n_beats,) the cell of each beat, -1 where it was left out."""
    count: npt.NDArray[np.int64]
    """(n_cells,) beats, at least one."""
    total: npt.NDArray[np.float64] = field(repr=False)
    """(n_cells, n_leads, n_points) sum of the beats, ADC units."""
    squares: npt.NDArray[np.float64] = field(repr=False)
    """(n_cells, n_leads, n_points) sum of their squares."""
    gain: npt.NDArray[np.float64]
    """(n_leads,) ADC units per mV."""

    def __len__(self) -> int:
        return len(self.count)

    @cached_property
    def centres(self) -> Floats:
        """(n_cells, n_features) mean of each cell's beats."""
        used = self.cell_of >= 0
        return centres_of(self.shapes[used], self.cell_of[used])

    def centre(self, cells: npt.NDArray[np.intp]) -> Floats:
        """Mean shape of the beats of some cells, (n_features,)."""
        return mean_of(self.centres[cells], self.count[cells])

    def mean_and_spread(self, cells: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the beats of some cells, (n_leads, n_points) mV each."""
        n = self.count[cells].sum()
        mean = self.total[cells].sum(axis=0) / n
        variance = np.maximum(self.squares[cells].sum(axis=0) / n - mean**2, 0)
        gain = self.gain[:, None]
        return (mean / gain).astype(np.float32), (np.sqrt(variance) / np.abs(gain)).astype(np.float32)


def raw_shapes(signals: Floats) -> Floats:
    """The part of beats (n, n_leads, n_points) that is compared, its mean taken off: (n, n_leads, n_pooled)."""
    n, n_leads, _ = signals.shape
    pooled = signals[:, :, _COLUMNS].reshape(n, n_leads, -1, POOLED).mean(axis=3)
    return np.asarray(pooled - pooled.mean(axis=2, keepdims=True), np.float32)


def weighted(shapes: Floats) -> Floats:
    """Each lead in units of its usual beat times how little of it is noise: (n, n_leads * n_pooled), no unit.

    A lead's noise is the median squared distance of a beat from the likest of its eight neighbours, so a lead that
    shows several kinds of beats is not taken for a noisy one. Where beats are noise, that is about their own power.
    """
    n, n_leads, _ = shapes.shape
    unit = np.median(np.sqrt((shapes**2).mean(axis=2)), axis=0)
    scaled = np.divide(shapes, unit[:, None], out=np.zeros_like(shapes), where=unit[:, None] > 0)
    nearest = np.full((n, n_leads), np.inf, np.float32)
    for apart in range(1, min(NEIGHBOURS, n - 1) + 1):
        square = ((scaled[apart:] - scaled[:-apart]) ** 2).mean(axis=2)
        np.minimum(nearest[apart:], square, out=nearest[apart:])
        np.minimum(nearest[:-apart], square, out=nearest[:-apart])
    noise = np.median(nearest, axis=0) if n > 1 else np.zeros(n_leads)
    weight = np.maximum(1 - noise, LEAST_WEIGHT).astype(np.float32)
    order = np.argsort(noise, kind="stable")  # the leads' own order would enter by the rounding of sums
    points = (scaled * weight[:, None])[:, order].reshape(n, -1)
    return np.asarray(np.rint(points * STEPS) / STEPS + 0.0, np.float32)


def cells_of(points: Floats) -> npt.NDArray[np.int32]:
    """Cell of each point (n, n_features), by k-means: (n,), numbered without a gap. The same points, the same cells."""
    return _k_means(points, round(CELLS * max(1.0, len(points) / PER_BEATS) ** GROWTH))


def refined(
    points: Floats, cell_of: npt.NDArray[np.int32], number_of_cell: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Cells of points and family of each cell, as given, but each family of fewer than eight cells in eight anew.

    So that it can be split, however small it is.
    """
    number_of = number_of_cell[cell_of]
    finer = cell_of.copy()
    numbers, n_cells = np.unique(number_of_cell, return_counts=True)
    after = int(cell_of.max()) + 1
    for number in numbers[n_cells < CELLS_OF_FAMILY]:
        rows = np.flatnonzero(number_of == number)
        finer[rows] = after + _k_means(points[rows], CELLS_OF_FAMILY)
        after += CELLS_OF_FAMILY
    _, first, place = np.unique(finer, return_index=True, return_inverse=True)
    return place.astype(np.int32), number_of[first]


def centres_of(points: Floats, cell_of: npt.NDArray[np.int32]) -> Floats:
    """Mean of the points (n, n_features) of each cell, (n_cells, n_features); no cell is empty."""
    count = np.bincount(cell_of)
    total = _membership(cell_of, len(count)) @ points.astype(np.float64)
    return np.asarray(total / count[:, None], np.float32)


def mean_of(centres: Floats, count: npt.NDArray[np.int64]) -> Floats:
    """Mean of the points of several cells from their means (n_cells, n_features) and numbers, (n_features,)."""
    return np.asarray(count / count.sum() @ centres.astype(np.float64), np.float32)


def summed(
    shapes: Floats, cell_of: npt.NDArray[np.int32], beats: Iterable[Piece], gain: npt.NDArray[np.float64]
) -> Cells:
    """Cells with the sums of their beats, of which `beats` has all, piece by piece; at least one is in a cell."""
    n_cells = int(cell_of.max()) + 1
    total = squares = np.zeros(0)
    shape: tuple[int, ...] = (0, 0)
    for piece in beats:
        inside = np.flatnonzero(cell_of[piece.rows] >= 0)
        shape = piece.signals.shape[1:]
        flat = piece.signals[inside].reshape(len(inside), -1).astype(np.float64)
        member = _membership(cell_of[piece.rows][inside], n_cells)
        total = member @ flat + (total if total.size else 0)
        squares = member @ flat**2 + (squares if squares.size else 0)
    count = np.bincount(cell_of[cell_of >= 0], minlength=n_cells)
    return Cells(shapes, cell_of, count, total.reshape(-1, *shape), squares.reshape(-1, *shape), gain)


def _k_means(points: Floats, n_cells: int) -> npt.NDArray[np.int32]:
    from sklearn.cluster import KMeans  # half a second to import

    distinct = np.unique(np.ascontiguousarray(points).view(f"V{points.itemsize * points.shape[1]}"))
    with one_thread():  # threads would add up in an order of their own
        model = KMeans(min(n_cells, len(distinct)), n_init=1, max_iter=ROUNDS, random_state=SEED).fit(points)
    _, cell_of = np.unique(model.labels_, return_inverse=True)
    return cell_of.astype(np.int32)


def _membership(cell_of: npt.NDArray[np.int32], n_cells: int) -> csr_array:
    """(n_cells, n) 1 where a point belongs to a cell."""
    n = len(cell_of)
    return csr_array((np.ones(n), (cell_of, np.arange(n))), shape=(n_cells, n))
