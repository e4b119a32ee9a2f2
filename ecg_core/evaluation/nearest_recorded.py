"""The recorded beat, or image, that a synthetic one is nearest to: what anyone needs to see whether it copies.

Recorded ones are asked for in blocks and need not be in memory together, since an image of every beat may not fit.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.errors import DataError
from ecg_core.evaluation.neighbours import NEAR_QUANTILE, squared_distances

Rows = npt.NDArray[np.int64]
At = Callable[[Rows], npt.NDArray[np.floating] | npt.NDArray[np.uint8]]
"""Places to what is compared there, (n, ...) numbers of any one unit."""
BLOCK = 4096
COMPARED = 500
"""Recorded ones, evenly spread, whose nearest other one is looked up for the yardstick."""


@dataclass(frozen=True)
class Nearest:
    """The nearest recorded one of each synthetic one."""

    place: Rows = field(repr=False)
    """(n,) from 0 to the number of recorded ones."""
    rms: npt.NDArray[np.float64] = field(repr=False)
    """(n,) root mean square of the difference, in the unit compared."""


def nearest_recorded(made: npt.NDArray[np.generic], n_recorded: int, at: At) -> Nearest:
    """Look up the nearest of all recorded ones by Euclidean distance over all numbers: both leads of a beat, or all
    pixels of an image.

    Parameters
    ----------
    made : (n, ...) synthetic ones, as `at` gives recorded ones
    n_recorded : how many there are; `at` is asked for places from 0 on

    Raises DataError if there is no recorded one.
    """
    if n_recorded < 1:
        raise DataError("There is no recorded beat of this class to compare with.")
    return _nearest(_flat(made), n_recorded, at, None)


def near_rms(n_recorded: int, at: At, compared: int = COMPARED) -> float:
    """The yardstick of copying: 5 % of the recorded ones are nearer than this to another recorded one.

    It is the 5 % quantile as `neighbours.copying_share` has it, as root mean square of the difference, from at most
    `compared` recorded ones that are each held against all others. Raises DataError for fewer than two.
    """
    if n_recorded < 2:
        raise DataError(f"{n_recorded} recorded beats: too few to say how near they are to each other.")
    some = np.arange(0, n_recorded, -(-n_recorded // compared))
    return float(np.quantile(_nearest(_flat(at(some)), n_recorded, at, some).rms, NEAR_QUANTILE))


def _nearest(asked: npt.NDArray[np.float64], n_recorded: int, at: At, own: Rows | None) -> Nearest:
    """`own`: the place of each one asked for, if it is among the recorded ones: it is not its own neighbour."""
    place, least = np.zeros(len(asked), np.int64), np.full(len(asked), np.inf)
    for first in range(0, n_recorded, BLOCK):
        known = _flat(at(np.arange(first, min(first + BLOCK, n_recorded))))
        for rows, squared in squared_distances(asked, known):
            if own is not None:
                here = np.flatnonzero((own[rows] >= first) & (own[rows] < first + len(known)))
                squared[here, own[rows][here] - first] = np.inf
            best = squared.argmin(axis=1)
            found = squared[np.arange(len(best)), best]
            nearer = found < least[rows]
            place[rows] = np.where(nearer, best + first, place[rows])
            least[rows] = np.where(nearer, found, least[rows])
    return Nearest(place, np.sqrt(least / max(1, asked.shape[1])))


def _flat(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    return np.asarray(values, np.float64).reshape(len(values), math.prod(values.shape[1:]))
