"""Which beats of two annotations of one record are the same, as WFDB's `bxb` matches them for ANSI/AAMI EC57.

Both lists of beats are walked in time; a test beat within 150 ms of a reference beat may match it. The walk is neither
a nearest-neighbour nor an optimal assignment, and it is kept as it is because published figures come from it.
ANSI/AAMI EC57:2012; WFDB Applications Guide, bxb(1): https://physionet.org/physiotools/wag/bxb-1.htm
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.data.annotation_file import FileAnnotations
from ecg_core.data.labels import Annotations
from ecg_core.evaluation.label_maps import BEAT_SYMBOLS

MATCH_WINDOW_MS = 150.0
START_S = 300.0
"""EC57 leaves the first five minutes of a record to a detector to learn in."""

_NEVER = 1 << 62  # the time of the next beat where there is none
UNREADABLE = 0x30
"""Both bits of a `~` set: no lead can be read."""

Samples = npt.NDArray[np.int64]
Symbols = npt.NDArray[np.str_]


@dataclass(frozen=True)
class BeatMatches:
    """Which beats of a reference and of a test are the same; every class is still as it was annotated."""

    matched_reference: Samples
    """(m,) sample of each reference beat that has a test beat,"""
    matched_test: Samples
    """(m,) and of that test beat."""
    matched_reference_symbol: Symbols
    matched_test_symbol: Symbols
    missed: Samples
    """(k,) reference beats without a test beat."""
    missed_symbol: Symbols
    missed_in_shutdown: npt.NDArray[np.bool_]
    """(k,) whether the test annotator had declared that it cannot read."""
    extra: Samples
    """(l,) test beats without a reference beat; those in ventricular flutter are not among them, they count nowhere."""
    extra_symbol: Symbols
    extra_in_unreadable: npt.NDArray[np.bool_]
    """(l,) whether the reference declares the signal unreadable there."""
    rr_error_ms: float | None
    """Root mean square difference of RR intervals over the steps of the walk; None where no step has both."""
    shutdown_s: float
    """How long the test annotator is shut down in the whole record; infinite if it does not come back."""


def match_beats(
    reference: Annotations,
    test: Annotations,
    fs: float,
    start_s: float = START_S,
    *,
    n_samples: int | None = None,
    match_window_ms: float = MATCH_WINDOW_MS,
) -> BeatMatches:
    """Which beats of `test` are beats of `reference`, both of one record sampled at `fs` Hz.

    Beats before `start_s` are not judged. With `n_samples`, the length of the record, what lies beyond its end is not
    judged either. A test beat within `match_window_ms` of a reference beat may match it.

    Raises ValueError if either is not in time order, or `fs` or the window is not positive.
    """
    if not (0 < fs < math.inf and 0 < match_window_ms < math.inf and 0 <= start_s < math.inf):
        raise ValueError(f"{fs=}, {match_window_ms=}: expected positive numbers; {start_s=}: expected 0 or more")
    window = math.floor(match_window_ms / 1000 * fs + 0.5)
    start = math.floor(start_s * fs + 0.5)
    end = _NEVER - 1 if n_samples is None else n_samples
    walk = _Walk(_side(reference, window), _side(test, window), window, end)
    if start:
        walk.begin(start)
    walk.go()
    return walk.matches(fs)


@dataclass(frozen=True)
class _Side:
    """The beats of one annotator as the walk meets them."""

    time: list[int]
    symbol: list[str]
    rr: list[int | None]
    """Samples since the beat before; None for the first one, and where flutter or a shutdown began in between."""
    flutter: list[tuple[int, int]]
    unreadable: list[tuple[int, int]]

    def time_at(self, k: int) -> int:
        return self.time[k] if k < len(self.time) else _NEVER


def _side(annotations: Annotations, window: int) -> _Side:
    """Read marks in time order. Flutter: `[` to `]`, in which nothing else is read. Unreadable: `~` with both bits set
    to the next without; if a mark that is no `~` comes first, from a window after the last beat to one before it."""
    if np.any(np.diff(annotations.sample) < 0):
        raise ValueError("annotations are not in time order")
    subtypes = annotations.subtype.tolist() if isinstance(annotations, FileAnnotations) else [0] * len(annotations)
    side = _Side([], [], [], [], [])
    flutter_from = unreadable_from = None
    interrupted = True
    for time, symbol, subtype in zip(annotations.sample.tolist(), annotations.symbol.tolist(), subtypes, strict=True):
        if flutter_from is not None:
            if symbol == "]":
                side.flutter.append((flutter_from, time))
                flutter_from = None
            continue
        off = symbol == "~" and subtype & UNREADABLE == UNREADABLE
        if unreadable_from is not None and not off:
            stretch = (unreadable_from, time)
            if symbol != "~":
                stretch = (side.time[-1] + window if side.time else unreadable_from, time - window)
            side.unreadable.append(stretch)
            unreadable_from = None
        if off:
            unreadable_from = time if unreadable_from is None else unreadable_from
            interrupted = True
        elif symbol == "[":
            flutter_from = time
            interrupted = True
        elif symbol in BEAT_SYMBOLS:
            side.rr.append(None if interrupted else time - side.time[-1])
            side.time.append(time)
            side.symbol.append(symbol)
            interrupted = False
    if flutter_from is not None:
        side.flutter.append((flutter_from, _NEVER))
    if unreadable_from is not None:
        side.unreadable.append((unreadable_from, _NEVER))
    return side


class _Walk:
    """Both lists of beats, walked once. `i` and `j` are the current beats of reference and test."""

    def __init__(self, reference: _Side, test: _Side, window: int, end: int) -> None:
        self.reference, self.test, self.window, self.end = reference, test, window, end
        self.i = self.j = 0
        self.pairs: list[tuple[int, int]] = []
        self.missed: list[int] = []
        self.extra: list[int] = []
        self.rr_squares = self.rr_steps = 0

    def begin(self, start: int) -> None:
        """Go to the first beats at or after `start`; a test beat just before it may belong to the first reference."""
        reference, test = self.reference, self.test
        self.i = int(np.searchsorted(reference.time, start))
        self.j = int(np.searchsorted(test.time, start))
        beat, following = reference.time_at(self.i), test.time_at(self.j)
        if beat == _NEVER:
            return
        gap = beat - test.time[self.j - 1] if self.j else _NEVER
        if gap <= self.window and gap < abs(beat - following):
            self.j -= 1
            self.pair()
        elif following - start <= self.window and abs(beat - test.time_at(self.j + 1)) < abs(beat - following):
            self.j += 1

    def go(self) -> None:
        """Pair, miss or pass over beats until both lists are past the end."""
        reference, test, window = self.reference, self.test, self.window
        while (beat := reference.time_at(self.i)) <= self.end or test.time_at(self.j) <= self.end:
            candidate = test.time_at(self.j)
            next_beat, next_candidate = reference.time_at(self.i + 1), test.time_at(self.j + 1)
            rivals = abs(next_beat - next_candidate)
            if candidate < beat:
                gap = beat - candidate
                if gap <= window and (gap < abs(beat - next_candidate) or rivals < abs(beat - next_candidate)):
                    self.pair()
                else:
                    self.add_rr()
                    self.extra.append(self.j)
                    self.j += 1
            else:
                gap = candidate - beat
                if gap <= window and (gap < abs(candidate - next_beat) or rivals < abs(candidate - next_beat)):
                    self.pair()
                else:
                    self.add_rr()
                    self.missed.append(self.i)
                    self.i += 1

    def pair(self) -> None:
        self.add_rr()
        self.pairs.append((self.i, self.j))
        self.i += 1
        self.j += 1

    def add_rr(self) -> None:
        """The difference of both current RR intervals, at every step: a beat that is missed weighs twice."""
        i, j = self.i, self.j
        if self.reference.time_at(i) > self.end or self.test.time_at(j) > self.end:
            return
        first, second = self.reference.rr[i], self.test.rr[j]
        if first is not None and second is not None:
            self.rr_squares += (first - second) ** 2
            self.rr_steps += 1

    def matches(self, fs: float) -> BeatMatches:
        times, symbols = np.array(self.reference.time, np.int64), np.array(self.reference.symbol, "<U1")
        test_times, test_symbols = np.array(self.test.time, np.int64), np.array(self.test.symbol, "<U1")
        pairs = np.array(self.pairs, np.intp).reshape(-1, 2)
        missed = np.array(self.missed, np.intp)
        extra = np.array(self.extra, np.intp)
        extra = extra[~_within(test_times[extra], self.reference.flutter)]
        rms = math.sqrt(self.rr_squares / self.rr_steps) if self.rr_steps else None
        lengths = [math.inf if stop == _NEVER else max(0, stop - start) for start, stop in self.test.unreadable]
        return BeatMatches(
            matched_reference=times[pairs[:, 0]],
            matched_test=test_times[pairs[:, 1]],
            matched_reference_symbol=symbols[pairs[:, 0]],
            matched_test_symbol=test_symbols[pairs[:, 1]],
            missed=times[missed],
            missed_symbol=symbols[missed],
            missed_in_shutdown=_within(times[missed], self.test.unreadable),
            extra=test_times[extra],
            extra_symbol=test_symbols[extra],
            extra_in_unreadable=_within(test_times[extra], self.reference.unreadable),
            rr_error_ms=None if rms is None else 1000 * rms / fs,
            shutdown_s=sum(lengths) / fs,
        )


def _within(times: Samples, stretches: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Whether each time lies in one of the stretches, ends included."""
    if not stretches:
        return np.zeros(len(times), np.bool_)
    first, last = np.array(sorted(stretches), np.int64).T
    latest = np.concatenate([[-1], np.maximum.accumulate(last)])  # end of the longest that began before
    return times <= latest[np.searchsorted(first, times, side="right")]
