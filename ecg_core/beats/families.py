"""Families: the beats of a recording that have one shape, found without labels, to be read family by family.

The rule. Each beat is its QRS complex, ST segment and early T wave in all leads (`beats.shape_cells`). K-means makes
about a hundred cells of them; average linkage joins cells to families as long as they lie nearer than 0.4, where the
distance of two shapes is that of their points over the mean length of the two: 0 for the same, about 1.4 for two that
have nothing in common, 2 for a shape and its inverse. If more than 30 families are left, the smallest joins the nearest
until there are 30: in noise every beat is a shape of its own, and nobody reads a thousand of them.

0.4, 30 and the number of cells were chosen on DS1. Beats are grouped before anybody names them as in Holter reading;
Lagerholm M et al. 2000, doi 10.1109/10.846677, has Hermite functions and a self-organising map in this place, and 25
groups a recording.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import cut_tree, fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from ecg_core.beats.beat_pieces import CONFIG, check, drawn_beats, pieces
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.prepare import BLOCK_S
from ecg_core.beats.quality import FLAT
from ecg_core.beats.shape_cells import (
    SHAPE_POINTS,
    Cells,
    cells_of,
    centres_of,
    mean_of,
    raw_shapes,
    refined,
    summed,
    weighted,
)
from ecg_core.data.labels import Annotations
from ecg_core.data.record import Record
from ecg_core.errors import DataError

CUT = 0.4
MOST_FAMILIES = 30
FLAT_SHARE, USUAL_QUANTILE = 0.02, 0.75
"""Flat: below this share of the recording's usual peak to peak in every lead, or of one step of the converter."""
DRAWN = 20

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Family:
    """Beats of one shape."""

    number: int
    """Its name: 1 for the largest when the recording was grouped. It stays when families are merged or split."""
    beats: Rows = field(repr=False)
    """Rows of the beats, in time order."""
    template: Floats = field(repr=False)
    """Mean beat, (n_leads, n_points) mV at `Families.times_s`."""
    spread: Floats = field(repr=False)
    """Standard deviation around it, (n_leads, n_points) mV."""
    oddness: float
    """Distance of its shape from that of the largest family: 0 for this, about 1.4 for one that has nothing in common
    with it, 2 for its inverse."""
    likeness: Floats = field(repr=False)
    """(n_beats,) correlation of each beat with the mean shape, -1 to 1."""
    rarity: float
    """-ln of its share of the beats, in nats: 0 for all of them, 4.6 for one in a hundred."""

    def __len__(self) -> int:
        return len(self.beats)

    @property
    def interest(self) -> float:
        """Rarity times oddness: what the rarest and oddest come first by."""
        return self.rarity * self.oddness


@dataclass(frozen=True)
class LeftOut:
    """Beats that are in no family."""

    reason: str
    """As `beats.quality` has it."""
    n_beats: int


@dataclass(frozen=True, eq=False)
class Families:
    """The beats of one recording in families. Made by `families`."""

    record: str
    leads: tuple[str, ...]
    centre: npt.NDArray[np.float64] = field(repr=False)
    """(n_beats,) where each beat was cut, in samples."""
    excluded: npt.NDArray[np.str_] = field(repr=False)
    """(n_beats,) why a beat is in no family; empty for one that is."""
    cells: Cells | None = field(repr=False)
    """None if no beat is in a family."""
    number_of_cell: npt.NDArray[np.int32] = field(repr=False)
    """(n_cells,) number of the family that each cell belongs to."""

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Times of a template's points relative to the centre of its QRS complex, in s, (n_points,)."""
        return CONFIG.times_s

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The rarest and oddest first: by `Family.interest`, falling. The largest family is last."""
        made = sorted(self._made(), key=lambda one: (one.interest, len(one), -one.number))
        return tuple(made[::-1])

    @property
    def largest_first(self) -> tuple[Family, ...]:
        return tuple(sorted(self.families, key=lambda one: (-len(one), one.number)))

    @cached_property
    def number_of(self) -> npt.NDArray[np.int32]:
        """(n_beats,) number of each beat's family, -1 for a beat that is in none."""
        if self.cells is None:
            return np.full(len(self.excluded), -1, np.int32)
        return np.append(self.number_of_cell, -1).astype(np.int32)[self.cells.cell_of]

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """How many beats are in no family and why, the commonest reason first."""
        reason, n = np.unique(self.excluded[self.excluded != ""], return_counts=True)
        order = np.argsort(-n, kind="stable")
        return tuple(LeftOut(str(reason[k]), int(n[k])) for k in order)

    def __len__(self) -> int:
        return len(np.unique(self.number_of_cell))

    def family(self, number: int) -> Family:
        """The family of that number. Raises DataError if there is none."""
        for one in self.families:
            if one.number == number:
                return one
        raise DataError(f"Record {self.record} has no family {number}: it may have been merged into another.")

    def merged(self, a: int, b: int) -> "Families":
        """Families `a` and `b` as one, called `a`. Raises DataError if they are the same or either is not there."""
        if self.family(a).number == self.family(b).number:
            raise DataError(f"Family {a} cannot be merged with itself: choose another one.")
        return replace(self, number_of_cell=np.where(self.number_of_cell == b, a, self.number_of_cell))

    def split(self, number: int) -> "Families":
        """A family in two, by the linkage that joined it: the larger part keeps its number, the other gets a new one.

        Raises DataError if there is no such family, or if its beats are too alike to be told apart.
        """
        family = self.family(number)
        cells = np.flatnonzero(self.number_of_cell == number)
        assert self.cells is not None
        tree = _tree(self.cells.centres[cells])
        if not len(tree) or tree[-1, 2] <= 0:
            one = "it has one beat" if len(family) == 1 else f"its {len(family):,} beats have one shape"
            raise DataError(f"Family {number} cannot be split: {one}.")
        second = cut_tree(tree, n_clusters=[2])[:, 0].astype(bool)
        n = self.cells.count[cells]
        if n[second].sum() > n[~second].sum():
            second = ~second
        numbers = self.number_of_cell.copy()
        numbers[cells[second]] = numbers.max() + 1
        return replace(self, number_of_cell=numbers)

    def superimposed(self, record: Record, number: int, most: int = DRAWN) -> Floats:
        """Up to `most` beats of a family, evenly spread, to draw over each other: (n, n_leads, n_points) mV.

        `record` is the recording that was grouped. Raises DataError if there is no such family.
        """
        beats = self.family(number).beats
        some = beats[np.unique(np.linspace(0, len(beats) - 1, min(most, len(beats))).astype(np.int64))]
        return drawn_beats(record, np.sort(self.centre[some]))

    def _made(self) -> list[Family]:
        if self.cells is None:
            return []
        numbers, n_beats = np.unique(self.number_of[self.number_of >= 0], return_counts=True)
        n_used = int(n_beats.sum())
        members = {int(number): np.flatnonzero(self.number_of_cell == number) for number in numbers}
        usual = self.cells.centre(members[int(numbers[n_beats.argmax()])])
        order = np.argsort(self.number_of, kind="stable")
        starts = np.searchsorted(self.number_of[order], numbers)
        made = []
        for number, start, n in zip(numbers.tolist(), starts.tolist(), n_beats.tolist(), strict=True):
            beats = order[start : start + n].astype(np.int64)
            shape = self.cells.centre(members[number])
            template, spread = self.cells.mean_and_spread(members[number])
            likeness = _correlation(self.cells.shapes[beats], shape)
            oddness = float(distances(np.stack([usual, shape]))[0, 1])
            made.append(Family(number, beats, template, spread, oddness, likeness, float(np.log(n_used / n))))
        return made


def families(record: Record, r_sample: npt.NDArray[np.int64], block_s: float = BLOCK_S) -> Families:
    """Group the beats of a recording by their shape, in all leads it has, at any sampling frequency.

    No label enters. Multiplying the recording by a positive factor, or shifting it, changes nothing; nor does the gain
    of one lead against another's, or their order. A recording longer than `block_s` is read in blocks of it, twice.

    Parameters
    ----------
    record : the recording
    r_sample : (n_beats,) sample of each R peak, ascending; rows of `Family.beats` count them

    Raises
    ------
    DataError : a position lies outside the recording or out of time order
    """
    r_sample = np.asarray(r_sample, np.int64)
    check(record, r_sample)
    held = list(pieces(record, r_sample, block_s)) if record.duration_s <= block_s else None
    n, n_leads = len(r_sample), len(record.leads)
    raw = np.zeros((n, n_leads, SHAPE_POINTS), np.float32)
    swing = np.zeros((n, n_leads), np.float32)
    centre = r_sample.astype(np.float64)
    excluded = np.full(n, "", "<U16")
    for piece in held if held is not None else pieces(record, r_sample, block_s):
        raw[piece.rows] = raw_shapes(piece.signals)
        swing[piece.rows] = np.ptp(piece.signals, axis=2)
        centre[piece.rows], excluded[piece.rows] = piece.centre, piece.excluded
    excluded[(excluded == "") & _flat(swing)] = FLAT
    used = np.flatnonzero(excluded == "")
    if not len(used):
        return Families(record.name, record.leads, centre, excluded, None, np.zeros(0, np.int32))
    points = weighted(raw[used])
    coarse = cells_of(points)
    cell_of = np.full(n, -1, np.int32)
    cell_of[used], number_of_cell = refined(points, coarse, _joined(centres_of(points, coarse), np.bincount(coarse)))
    shapes = np.zeros((n, points.shape[1]), np.float32)
    shapes[used] = points
    del raw, points
    cells = summed(
        shapes, cell_of, held if held is not None else pieces(record, r_sample, block_s), np.array(record.gain)
    )
    return Families(record.name, record.leads, centre, excluded, cells, number_of_cell)


def relabelled(annotations: Annotations, beats: Rows, symbol: str) -> Annotations:
    """The annotations with another symbol at some of their beats, such as all of a family.

    `beats`: rows among the annotations that mark a beat, as in the table of these annotations. Raises DataError for a
    symbol that marks no beat.
    """
    if symbol not in BY_CODE:
        raise DataError(f"{symbol!r} is no annotation symbol of a beat: choose one of {' '.join(BY_CODE)}.")
    changed = annotations.symbol.copy()
    changed[np.flatnonzero(np.isin(changed, list(BY_CODE)))[beats]] = symbol
    return replace(annotations, symbol=changed)


def distances(points: Floats) -> npt.NDArray[np.float64]:
    """Distance of each two shapes over the mean length of the two, (n, n), 0 to 2; `points` is (n, n_features)."""
    length = np.linalg.norm(points.astype(np.float64), axis=1)
    apart = squareform(pdist(points.astype(np.float64)))
    mean = (length[:, None] + length[None]) / 2
    relative: npt.NDArray[np.float64] = np.divide(apart, mean, out=np.zeros_like(apart), where=mean > 0)
    return relative


def _joined(centres: Floats, count: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Number of the family of each cell, from 1 for the largest, from the cells' centres and numbers of beats."""
    tree = _tree(centres)
    group = fcluster(tree, CUT, "distance") if len(tree) else np.ones(len(centres), np.int32)
    while len(alive := np.unique(group)) > MOST_FAMILIES:
        members = [np.flatnonzero(group == number) for number in alive]
        smallest = int(np.argmin([count[each].sum() for each in members]))
        apart = distances(np.stack([mean_of(centres[each], count[each]) for each in members]))[smallest]
        apart[smallest] = np.inf
        group[members[smallest]] = alive[int(apart.argmin())]
    _, place = np.unique(group, return_inverse=True)
    size = np.bincount(place, weights=count)
    rank = np.empty(len(size), np.int32)
    rank[np.argsort(-size, kind="stable")] = np.arange(1, len(size) + 1)
    return rank[place]


def _tree(centres: Floats) -> npt.NDArray[np.float64]:
    """Average linkage of shapes as scipy has it; without a row for a single one."""
    if len(centres) < 2:
        return np.zeros((0, 4))
    tree: npt.NDArray[np.float64] = linkage(squareform(distances(centres), checks=False), "average")
    return tree


def _flat(swing: Floats) -> npt.NDArray[np.bool_]:
    """Which beats move in no lead, from their peak to peak (n, n_leads) in ADC units."""
    if not len(swing):
        return np.zeros(0, bool)
    least = np.maximum(FLAT_SHARE * np.quantile(swing, USUAL_QUANTILE, axis=0), 1.0)
    flat: npt.NDArray[np.bool_] = (swing <= least).all(axis=1)
    return flat


def _correlation(points: Floats, shape: Floats) -> Floats:
    length = np.linalg.norm(points, axis=1) * np.linalg.norm(shape)
    correlation: Floats = np.divide(points @ shape, length, out=np.zeros(len(points), np.float32), where=length > 0)
    return correlation
