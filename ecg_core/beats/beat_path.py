"""Which of the moments that might be beats are beats: the best path through all of them, with the whole rhythm known.

Each candidate brings a gain, ln(strength / usual noise peak), positive where it looks more like a QRS complex than like
a T wave or noise. Each interval between neighbouring beats costs, if it is much shorter or much longer than the RR
interval around. A T wave, a P wave or a spike of noise splits a usual interval into two short ones, which costs more
than it brings; a small beat in a long gap brings more than it costs; an early ectopic beat is tall enough to pay for
itself. So search-back, blanking of T waves and removal of extra beats are one decision. The best path is found exactly,
by dynamic programming (Bellman 1952, doi:10.1073/pnas.38.8.716).
"""

import math
from dataclasses import dataclass
from operator import sub

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

Array = npt.NDArray[np.float64]
NOISE_STRENGTH = 0.28  # of a usual beat: where noise and T waves end and beats begin
GAIN_RANGE = (-1.5, 1.0)  # a giant is no more a beat than a tall beat
SHORT, LONG = 0.8, 1.5  # of the RR interval around: between them an interval costs nothing
SHORT_S = 0.6  # an interval longer than this is never too short: no T wave comes so late
COST = 0.75  # of a path, for an interval e times too short or too long
REACH = 12  # candidates within which the next beat comes: 2.4 s at least, as no two are closer than 0.2 s
RHYTHM_BEATS = 17  # intervals over which the RR interval around is the median
RR_RANGE_S = (0.25, 2.0)
CLEARLY_A_BEAT = 0.4  # strength from which candidates tell the rhythm around
AT_ONCE, MARGIN = 12_000, 500
CERTAINTY = 4.0  # slope of the logistic curve from advantage to confidence


@dataclass(frozen=True)
class Path:
    """The candidates that are beats."""

    chosen: npt.NDArray[np.int64]
    """(n_beats,) indices of candidates, ascending."""
    advantage: npt.NDArray[np.float32]
    """(n_beats,) by how much the best path beats the best path without this beat."""

    @property
    def confidence(self) -> npt.NDArray[np.float32]:
        """(n_beats,) 0.5 where the beat is a matter of chance, towards 1 where no other reading comes near."""
        sure: npt.NDArray[np.float32] = (1 / (1 + np.exp(-CERTAINTY * self.advantage))).astype(np.float32)
        return sure


def beat_path(time_s: Array, strength: Array) -> Path:
    """Choose the beats among candidates.

    Parameters
    ----------
    time_s : (n,) float64, ascending
    strength : (n,) float64 > 0; 1 is a usual beat
    """
    if not len(time_s):
        return Path(np.zeros(0, np.int64), np.zeros(0, np.float32))
    gain, cost, before_first, after_last = _worth(time_s, strength)
    until, back = _forward(gain.tolist(), cost.tolist(), before_first.tolist())
    chosen = _walked(until - after_last, back)
    n = len(time_s)
    backward_cost = np.full_like(cost, np.inf)  # the same edges, walked from the end
    for k in range(min(REACH, n - 1)):
        backward_cost[: n - k - 1, k] = cost[k + 1 :, k]
    onward, _ = _forward(gain[::-1].tolist(), backward_cost[::-1].tolist(), after_last[::-1].tolist())
    advantage = _advantage(until, onward[::-1], cost, before_first, after_last)
    return Path(chosen, advantage[chosen].astype(np.float32))


class LongPath:
    """`beat_path` of a recording of any length, whose candidates come part by part, in memory that does not grow with
    it.

    Up to `at_once` candidates, some hours, have one path. Of more, each stretch of so many has its own, which begins
    and ends `margin` candidates, some minutes, outside: so far away no end is felt. A stretch is searched as soon as
    its candidates are there, while others look for the next.
    """

    def __init__(self, at_once: int = AT_ONCE, margin: int = MARGIN) -> None:
        self._at_once, self._margin = at_once, margin
        self._time_s = self._strength = np.zeros(0)
        self._start = self._first = 0  # what is kept begins at candidate `_start`, the next stretch at `_first`
        self._chosen: list[npt.NDArray[np.int64]] = []
        self._advantage: list[npt.NDArray[np.float32]] = []

    def add(self, time_s: Array, strength: Array) -> None:
        """The next candidates, as `beat_path` takes them."""
        self._time_s = np.concatenate([self._time_s, time_s])
        self._strength = np.concatenate([self._strength, strength])
        while self._start + len(self._time_s) >= self._first + self._at_once + self._margin:
            self._search()

    def path(self) -> Path:
        """Of all candidates; to be asked for once, at the end."""
        while self._first < self._start + len(self._time_s) or not self._chosen:
            self._search()
        return Path(np.concatenate(self._chosen), np.concatenate(self._advantage))

    def _search(self) -> None:
        first, after = self._first, self._first + self._at_once
        some = slice(0, after + self._margin - self._start)
        path = beat_path(self._time_s[some], self._strength[some])
        chosen = path.chosen + self._start
        mine = (chosen >= first) & (chosen < after)
        self._chosen.append(chosen[mine])
        self._advantage.append(path.advantage[mine])
        self._first = after
        forgotten = max(0, after - self._margin - self._start)
        self._time_s, self._strength = self._time_s[forgotten:], self._strength[forgotten:]
        self._start += forgotten


def likely_beats(time_s: Array, strength: Array) -> npt.NDArray[np.int64]:
    """Only which candidates `beat_path` chooses, in half the time."""
    if not len(time_s):
        return np.zeros(0, np.int64)
    gain, cost, before_first, after_last = _worth(time_s, strength)
    until, back = _forward(gain.tolist(), cost.tolist(), before_first.tolist())
    return _walked(until - after_last, back)


def rhythm(time_s: Array, beats_s: Array) -> Array:
    """The RR interval around each moment in s, shape of `time_s`: a running median over beats; 0.8 s where unknown."""
    if len(beats_s) < 3:
        return np.full(len(time_s), 0.8)
    around = median_filter(np.diff(beats_s), RHYTHM_BEATS, mode="reflect")
    return np.clip(np.interp(time_s, (beats_s[1:] + beats_s[:-1]) / 2, around), *RR_RANGE_S)


def _worth(time_s: Array, strength: Array) -> tuple[Array, Array, Array, Array]:
    """Of each candidate: gain; cost of coming to it from the k-th before (n, REACH), of beginning, of ending there."""
    rr_s = rhythm(time_s, time_s[strength > CLEARLY_A_BEAT])
    gain = np.clip(np.log(strength / NOISE_STRENGTH), *GAIN_RANGE)
    before_first = _long_cost((time_s - time_s[0]) / rr_s)
    after_last = _long_cost((time_s[-1] - time_s) / rr_s[-1])
    return gain, _costs(time_s, rr_s), before_first, after_last


def _walked(worth: Array, back: list[int]) -> npt.NDArray[np.int64]:
    """The candidates of the path that is worth most at its end."""
    chosen = []
    at = int(np.argmax(worth))
    while at >= 0:
        chosen.append(at)
        at = back[at]
    return np.array(chosen[::-1], np.int64)


def _costs(time_s: Array, rr_s: Array) -> Array:
    cost = np.full((len(time_s), REACH), np.inf)
    for k in range(min(REACH, len(time_s) - 1)):
        interval_s, around_s = time_s[k + 1 :] - time_s[: -k - 1], rr_s[k + 1 :]
        too_short = np.maximum(np.log(np.minimum(SHORT * around_s, SHORT_S) / interval_s), 0)
        cost[k + 1 :, k] = COST * too_short + _long_cost(interval_s / around_s)
    return cost


def _long_cost(interval: Array) -> Array:
    return COST * np.log(np.maximum(interval / LONG, 1))


def _forward(gain: list[float], cost: list[list[float]], before_first: list[float]) -> tuple[Array, list[int]]:
    """Of the best path that ends at each candidate: its worth, and the candidate before (-1: none).

    Plain lists: one step depends on the last, and numpy's overhead a step is larger than the step.
    """
    until: list[float] = []
    back: list[int] = []
    for i, costs in enumerate(cost):
        worth = list(map(sub, until[: -REACH - 1 : -1], costs))  # from the nearest before on
        best = max(worth, default=-math.inf)
        if best > -before_first[i]:
            until.append(best + gain[i])
            back.append(i - 1 - worth.index(best))
        else:
            until.append(gain[i] - before_first[i])
            back.append(-1)
    return np.array(until), back


def _advantage(until: Array, onward: Array, cost: Array, before_first: Array, after_last: Array) -> Array:
    """Of each candidate: worth of the best path of all less that of the best path that leaves it out."""
    n = len(until)
    without = np.full(n, 0.0)  # a path of no beats is worth nothing
    without[1:] = np.maximum(without[1:], np.maximum.accumulate(until - after_last)[:-1])
    starting = np.maximum.accumulate((onward - before_first)[::-1])[::-1]
    without[:-1] = np.maximum(without[:-1], starting[1:])
    for k in range(1, min(REACH, n - 1)):
        over = until[: -k - 1] - cost[k + 1 :, k] + onward[k + 1 :]  # from i straight to i + k + 1
        for passed in range(1, k + 1):
            without[passed : n - k - 1 + passed] = np.maximum(without[passed : n - k - 1 + passed], over)
    best = float(np.max(until - after_last))
    return best - without
