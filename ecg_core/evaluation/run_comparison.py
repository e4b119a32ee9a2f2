"""Run-by-run comparison of two annotations of one record, as WFDB's `rxr` does it for ANSI/AAMI EC57.

A run is one ectopic beat after another, of any number from one. Every run of one side is looked for on the other: how
long is the longest run there, from 150 ms before its first beat to 150 ms after its last? Ventricular flutter is a run
of more than five ventricular beats, atrial fibrillation one of supraventricular beats.
ANSI/AAMI EC57:2012; WFDB Applications Guide, rxr(1): https://physionet.org/physiotools/wag/rxr-1.htm
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecg_core.data.labels import Annotations
from ecg_core.evaluation.beat_matching import MATCH_WINDOW_MS, START_S
from ecg_core.evaluation.rhythm_events import Event, Kind, events
from ecg_core.typed_json import JsonObject

RunKind = Literal["VE", "SVE"]
RUN_KINDS: tuple[RunKind, ...] = ("VE", "SVE")
LONGEST = 6
"""Runs of six and more are one length."""
LENGTHS: dict[str, range] = {"couplet": range(2, 3), "short_run": range(3, 6), "long_run": range(LONGEST, LONGEST + 1)}
"""Name -> lengths of run: two, three to five, six and more."""

Matrix = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rate:
    """Found of all."""

    found: int
    of: int

    @property
    def share(self) -> float | None:
        return self.found / self.of if self.of else None

    def to_json(self) -> JsonObject:
        return {"found": self.found, "of": self.of, "share": self.share}


@dataclass(frozen=True)
class RunComparison:
    """Runs of one kind of one record, or of several added up."""

    kind: RunKind
    sensitivity_matrix: Matrix
    """(7, 7): of each run of the reference (row: its length, 6 is more than five) the longest one of the test there."""
    predictivity_matrix: Matrix
    """(7, 7), reference by test too: of each run of the test (column) the longest one of the reference there."""

    def sensitivity(self, name: str) -> Rate:
        """Of the reference's runs of a length those where the test has one as long, or longer."""
        rows = LENGTHS[name]
        block = self.sensitivity_matrix[rows.start : rows.stop]
        return Rate(int(block[:, rows.start :].sum()), int(block.sum()))

    def positive_predictivity(self, name: str) -> Rate:
        """Of the test's runs of a length those where the reference has one as long, or longer."""
        columns = LENGTHS[name]
        block = self.predictivity_matrix[:, columns.start : columns.stop]
        return Rate(int(block[columns.start :].sum()), int(block.sum()))

    def __add__(self, other: "RunComparison") -> "RunComparison":
        return RunComparison(
            self.kind,
            self.sensitivity_matrix + other.sensitivity_matrix,
            self.predictivity_matrix + other.predictivity_matrix,
        )

    def to_json(self) -> JsonObject:
        rates = {
            f"{name}_{which}": rate(name).to_json()
            for name in LENGTHS
            for which, rate in (
                ("sensitivity", self.sensitivity),
                ("positive_predictivity", self.positive_predictivity),
            )
        }
        return {
            "sensitivity_matrix": self.sensitivity_matrix.tolist(),
            "predictivity_matrix": self.predictivity_matrix.tolist(),
            **rates,
        }


def compare_runs(
    reference: Annotations, test: Annotations, fs: float, start_s: float = START_S
) -> dict[RunKind, RunComparison]:
    """Compare the runs of both annotations of a record at `fs` Hz; what ends before `start_s` does not count."""
    window = math.floor(MATCH_WINDOW_MS / 1000 * fs + 0.5)
    start = math.floor(start_s * fs + 0.5)
    true, said = events(reference), events(test)
    found: dict[RunKind, RunComparison] = {}
    for kind in RUN_KINDS:
        sensitivity, predictivity = (np.zeros((LONGEST + 1, LONGEST + 1), np.int64) for _ in range(2))
        for length, other in _runs_and_longest(true, said, kind, start, window):
            sensitivity[length, other] += 1
        for length, other in _runs_and_longest(said, true, kind, start, window):
            predictivity[other, length] += 1
        found[kind] = RunComparison(kind, sensitivity, predictivity)
    return found


@dataclass(frozen=True)
class _Marks:
    """Which events make, begin and end what is looked for."""

    beat: Kind
    begins: Kind
    ends: Kind
    stops: frozenset[Kind]
    """What the search for the end of an episode on the other side stops at."""
    breaks: frozenset[Kind]
    """Beats and shutdowns that end a run."""


_MARKS = {
    "VE": _Marks(
        Kind.VENTRICULAR, Kind.FLUTTER_BEGINS, Kind.FLUTTER_ENDS,
        frozenset({Kind.FLUTTER_ENDS, Kind.FIBRILLATION_BEGINS, Kind.SHUTDOWN}),
        frozenset({Kind.NORMAL, Kind.SUPRAVENTRICULAR, Kind.UNCLASSIFIED, Kind.SHUTDOWN}),
    ),
    "SVE": _Marks(
        Kind.SUPRAVENTRICULAR, Kind.FIBRILLATION_BEGINS, Kind.FIBRILLATION_ENDS,
        frozenset({Kind.FIBRILLATION_ENDS, Kind.FLUTTER_BEGINS, Kind.SHUTDOWN}),
        frozenset({Kind.NORMAL, Kind.VENTRICULAR, Kind.UNCLASSIFIED, Kind.SHUTDOWN}),
    ),
}  # fmt: skip


def _runs_and_longest(
    leading: list[Event], other: list[Event], kind: RunKind, start: int, window: int
) -> list[tuple[int, int]]:
    """Length of each run of the leading side, and of the longest on the other side within its window."""
    marks, search = _MARKS[kind], _Search(other, _MARKS[kind])
    found: list[tuple[int, int]] = []
    length = first = last = 0
    for event in leading:
        if event.sample < start:  # only whether an episode is on when the test begins
            if event.kind is marks.begins:
                length, first, last = LONGEST, start - window, start + window
            elif event.kind in (Kind.FLUTTER_ENDS, Kind.FIBRILLATION_ENDS):
                length = 0
        elif event.kind is marks.beat:
            first = first if length else event.sample - window
            length, last = min(length + 1, LONGEST), event.sample + window
        elif event.kind in marks.breaks:
            if length:
                found.append((length, search.longest(first, last)))
            length = 0
        elif event.kind is marks.begins and not length:  # its window ends where that of the run before did, until
            length, first = LONGEST, event.sample - window  # a beat or its end moves it
        elif event.kind is marks.ends and length:
            last = event.sample + window
    if length:
        found.append((length, search.longest(first, last)))
    return found


class _Search:
    """Looks through one side once, from window to window."""

    def __init__(self, side: list[Event], marks: _Marks) -> None:
        self.side, self.marks = side, marks
        self.at = 0
        self.episode_until = 0.0
        """End of the last episode that was met."""

    def longest(self, first: int, last: int) -> int:
        """Length of the longest run in a window; an episode in it is one of more than five."""
        if self.episode_until > first:
            return LONGEST
        while (event := self._event()) and event.sample < first:
            if event.kind is self.marks.begins:
                self._to_end_of_episode()
                if self.episode_until > first:
                    return LONGEST
                continue
            self.at += 1
        longest = length = 0
        while (event := self._event()) and event.sample <= last:
            if event.kind is self.marks.begins:
                self._to_end_of_episode()
                return LONGEST
            if event.kind is self.marks.beat:
                length = min(length + 1, LONGEST)
                longest = max(longest, length)
            elif event.kind not in (Kind.FLUTTER_ENDS, Kind.FIBRILLATION_ENDS):
                length = 0
            self.at += 1
        return longest

    def _event(self) -> Event | None:
        return self.side[self.at] if self.at < len(self.side) else None

    def _to_end_of_episode(self) -> None:
        """Go to the mark that ends the episode that begins here; without one it lasts for ever."""
        self.at += 1
        while (event := self._event()) and event.kind not in self.marks.stops:
            self.at += 1
        self.episode_until = event.sample if event else math.inf
