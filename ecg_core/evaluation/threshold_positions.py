"""What every threshold that can be chosen does, counted once: a page follows a moving threshold without asking again.

Thresholds lie on a grid of two decimals (of one or none where scores reach far). The model's own, which has more
decimals, takes the place of the one it would be rounded to.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.evaluation.detection import Detection

MOST = 4_000
"""Positions, about; more would be sent to a browser than it has pixels for."""
FINEST = 0.01


@dataclass(frozen=True)
class Positions:
    """Thresholds from 0 to a highest one, and how many beats each of them flags."""

    step: float
    """Distance of neighbours, nats."""
    own: int
    """Position of the model's own threshold."""
    values: npt.NDArray[np.float64] = field(repr=False)
    """(n,) thresholds, ascending; at `own` with all its decimals, else multiples of `step`."""
    flagged: Mapping[str, npt.NDArray[np.int64]] = field(repr=False)
    """Class -> (n,) scores at or above each threshold, for classes that have any; `all` for beats of every class."""

    @property
    def highest(self) -> float:
        return float(self.values[-1])

    def nearest(self, threshold: float) -> int:
        """Position of the threshold that is nearest, 0 or the last one where it lies beyond."""
        return int(min(max(round(threshold / self.step), 0), len(self.values) - 1))


def positions_of(detection: Detection, own: float, top: float) -> Positions:
    """Positions from 0 to `top` or, where that is higher, the model's own threshold `own` (both nats)."""
    highest = max(top, own, FINEST)
    step = FINEST * 10.0 ** max(0, math.ceil(math.log10(highest / FINEST / MOST)))
    values = np.round(np.arange(math.ceil(round(highest / step, 6)) + 1) * step, 2)
    place = min(round(own / step), len(values) - 1)
    values[place] = own
    sorted_scores = {name: scores for name, scores in detection.sorted_scores.items() if len(name) == 1 and len(scores)}
    sorted_scores["all"] = np.sort(detection.score)
    flagged = {name: len(one) - np.searchsorted(one, values, side="left") for name, one in sorted_scores.items()}
    return Positions(step, place, values, flagged)
