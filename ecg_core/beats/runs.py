"""Runs, bigeminy and trigeminy of ectopic beats, by one set of rules for any layer of labels.

- A *run* is one ectopic beat after another: two are a couplet, three to five a short run, six and more a long one.
  Ventricular: V, and F among them, as EC57 counts runs. Supraventricular: S.
- *Bigeminy*: three ectopic beats or more, each after exactly one other beat; *trigeminy*: each after exactly two.
- Nothing goes on across a stretch that cannot be read, ventricular flutter, or an interval of more than 3 s.

ANSI/AAMI EC57:2012 for what a run is; the rules of bigeminy are the usual ones of Holter reading.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_table import BeatTable

EctopicKind = Literal["V", "S"]
ECTOPIC: dict[EctopicKind, tuple[str, ...]] = {"V": ("V", "F"), "S": ("S",)}
"""Kind -> classes of its beats."""
LONGEST_RR_S = 3.0
COUPLET, SHORT_RUN, LONG_RUN = 2, 3, 6
LEAST_OF_PATTERN = 3
"""Ectopic beats that make bigeminy or trigeminy."""
PATTERNS = {"bigeminy": 2, "trigeminy": 3}
"""Name -> beats from one ectopic beat to the next."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Run:
    """One run, or one stretch of bigeminy or trigeminy."""

    kind: EctopicKind
    name: str
    """`run`, `bigeminy` or `trigeminy`."""
    first_sample: int
    """R peak of its first ectopic beat."""
    last_sample: int
    n_beats: int
    """Ectopic beats in it."""
    rate_per_minute: float
    """From the mean interval between its beats; NaN for a single one."""


def runs(beats: BeatTable, fs: float, joined: Mask) -> tuple[Run, ...]:
    """Every run of two beats or more, V before S, each in time order.

    `joined`: (n_beats,) whether a beat follows the one before, from `following`.
    """
    found: list[Run] = []
    for kind, classes in ECTOPIC.items():
        ectopic = np.isin(beats.beat_class, classes)
        goes_on = ectopic[1:] & ectopic[:-1] & joined[1:]
        for first, last in _stretches(goes_on):
            found.append(_run(kind, "run", beats, fs, first, last, last - first + 1))
    return tuple(found)


def patterns(beats: BeatTable, fs: float, joined: Mask) -> tuple[Run, ...]:
    """Every stretch of bigeminy and trigeminy."""
    found: list[Run] = []
    for kind, classes in ECTOPIC.items():
        ectopic = np.isin(beats.beat_class, classes)
        at = np.flatnonzero(ectopic)
        breaks = np.cumsum(~joined)
        for name, apart in PATTERNS.items():
            goes_on = (np.diff(at) == apart) & (np.diff(breaks[at]) == 0)
            for first, last in _stretches(goes_on):
                if last - first + 1 >= LEAST_OF_PATTERN:
                    found.append(_run(kind, name, beats, fs, int(at[first]), int(at[last]), last - first + 1))
    return tuple(found)


def following(beats: BeatTable, fs: float, interruptions: npt.NDArray[np.int64]) -> Mask:
    """(n_beats,) whether a beat follows the one before: by no more than 3 s, and without any of the samples of
    `interruptions` between the two. The first follows none."""
    joined = np.zeros(len(beats), np.bool_)
    joined[1:] = uninterrupted(beats.r_sample, interruptions) & (np.diff(beats.r_sample) <= LONGEST_RR_S * fs)
    return joined


def uninterrupted(r_sample: npt.NDArray[np.int64], interruptions: npt.NDArray[np.int64]) -> Mask:
    """(n_beats - 1,) between which beats and the next none of the samples of `interruptions` lies; at the first of the
    two is between them, at the second not."""
    whole = np.ones(max(0, len(r_sample) - 1), np.bool_)
    before = np.searchsorted(r_sample, interruptions, side="right") - 1
    whole[before[(before >= 0) & (before < len(whole))]] = False
    return whole


def _stretches(goes_on: Mask) -> list[tuple[int, int]]:
    """First and last place of each stretch in which each place goes on to the next."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], goes_on.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _run(kind: EctopicKind, name: str, beats: BeatTable, fs: float, first: int, last: int, n_beats: int) -> Run:
    start, stop = int(beats.r_sample[first]), int(beats.r_sample[last])
    rate = 60 * fs * (last - first) / (stop - start) if stop > start else float("nan")
    return Run(kind, name, start, stop, n_beats, rate)
