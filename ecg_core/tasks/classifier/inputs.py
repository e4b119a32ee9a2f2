"""From beats to what the classifier sees: the difference from the record's own usual beat, and numbers on the rhythm.

Both come from `beats.context`. Recorded beats are encoded recording by recording; a synthetic beat, which has no
recording, takes the context of the recording whose beat of its class it resembles most.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.context import RHYTHM_NAMES
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.synthetic import AugmentedBeats, SyntheticBeats
from ecg_core.errors import DataError

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
ROWS_AT_ONCE = 8192  # so that memory does not grow with the recording
QUARTERS = 4
FEWEST_IN_A_PART = 100
"""Beats below which a part of a recording has no usual beat of its own worth the name."""
NUMBERS_RANGE = 4.0  # standard deviations
N_NUMBERS = len(RHYTHM_NAMES)


@dataclass(frozen=True)
class Inputs:
    """What a network is shown, row by row."""

    signals: npt.NDArray[Any] = field(repr=False)
    """(n, n_leads, n_points) float32 in units of the recording's median QRS amplitude; or images, (n, channels, size,
    size) uint8."""
    numbers: Array = field(repr=False)
    """(n, 5) rhythm, in units of the recording's RR spread; (n, 0) without rhythm."""

    def __len__(self) -> int:
        return len(self.signals)

    def at(self, rows: Rows | npt.NDArray[np.bool_]) -> "Inputs":
        return Inputs(self.signals[rows], self.numbers[rows])

    def scaled(self, scaler: "NumberScaler") -> "Inputs":
        """The same with the numbers as the network sees them."""
        return Inputs(self.signals, scaler.transform(self.numbers))

    @staticmethod
    def joined(parts: list["Inputs"]) -> "Inputs":
        return Inputs(np.concatenate([p.signals for p in parts]), np.concatenate([p.numbers for p in parts]))


@dataclass(frozen=True)
class NumberScaler:
    """Mean and standard deviation of the numbers, fitted on training rows only."""

    mean: Array
    deviation: Array

    @classmethod
    def fit(cls, numbers: Array) -> "NumberScaler":
        return cls(numbers.mean(axis=0), numbers.std(axis=0) + np.float32(1e-3))

    def transform(self, numbers: Array) -> Array:
        scaled: Array = np.clip((numbers - self.mean) / self.deviation, -NUMBERS_RANGE, NUMBERS_RANGE)
        return scaled


class Encoder:
    """Knows the context of every recording in a set of beats, all of whose beats must be there."""

    def __init__(self, beats: BeatSet, rhythm: bool = True) -> None:
        self.beats, self.with_rhythm = beats, rhythm
        self.contexts = beats.contexts
        self.numbers = np.zeros((len(beats), len(RHYTHM_NAMES) if rhythm else 0), np.float32)
        pre_s, post_s = (beats.table[name].to_numpy() for name in ("rr_pre_s", "rr_post_s"))
        if rhythm:
            for name, rows in rows_by_record(beats.table).items():
                self.numbers[rows] = self.contexts[name].rhythm(pre_s[rows], post_s[rows])

    def blocks(self) -> Iterator[tuple[Rows, Inputs]]:
        """All rows, some at a time, each block of one recording."""
        for name, rows in rows_by_record(self.beats.table).items():
            for first in range(0, len(rows), ROWS_AT_ONCE):
                some = rows[first : first + ROWS_AT_ONCE]
                yield some, self._of_record(name, some)

    def encode(self, rows: Rows) -> Inputs:
        """Some rows, in their order."""
        signals = np.empty((len(rows), *self.beats.signals.shape[1:]), np.float32)
        names = self.beats.table["record"].to_numpy(dtype=str)[rows]
        for name in np.unique(names):
            own = np.flatnonzero(names == name)
            signals[own] = self._of_record(name, rows[own]).signals
        return Inputs(signals, self.numbers[rows])

    def _of_record(self, name: str, rows: Rows) -> Inputs:
        whole = len(rows) > 0 and bool((np.diff(rows) == 1).all())
        taken = self.beats.signals[rows[0] : rows[-1] + 1] if whole else self.beats.signals[rows]
        return Inputs(self.contexts[name].difference(np.asarray(taken, np.float32)), self.numbers[rows])

    def encode_synthetic(self, synthetic: SyntheticBeats) -> Inputs:
        """Synthetic beats, each in the context of the training recording it resembles most.

        That is the recording of the nearest recorded beat of its class, in mV. Raises DataError as `AugmentedBeats`,
        or if the set has no beat of a class.
        """
        AugmentedBeats(self.beats, synthetic)  # refuses another preparation and a generator that saw other records
        signals = np.empty(synthetic.signals.shape, np.float32)
        numbers = np.zeros((len(synthetic), self.numbers.shape[1]), np.float32)
        rhythm = np.maximum(synthetic.rhythm, np.float32(0.05))
        for name, host in self._hosts(synthetic):
            context = self.contexts[name]
            signals[host] = context.difference(synthetic.signals[host])
            if self.with_rhythm:
                pre, post, causal, whole = rhythm[host].T
                numbers[host] = context.rhythm_of_ratios(causal, whole, post / pre)
        return Inputs(signals, numbers)

    def _hosts(self, synthetic: SyntheticBeats) -> Iterator[tuple[str, Rows]]:
        from sklearn.neighbors import NearestNeighbors  # half a second, which pages need not wait for

        records = self.beats.table["record"].to_numpy(dtype=str)
        host = np.empty(len(synthetic), records.dtype)
        for beat_class in np.unique(synthetic.beat_class):
            rows = self.beats.rows_of(str(beat_class))
            if not len(rows):
                raise DataError(f"The training records hold no beat of class {beat_class} to liken synthetic ones to.")
            own = np.flatnonzero(synthetic.beat_class == beat_class)
            near = NearestNeighbors(n_neighbors=1).fit(self.beats.signals[rows].reshape(len(rows), -1))
            found = near.kneighbors(synthetic.signals[own].reshape(len(own), -1), return_distance=False)
            host[own] = records[rows[found[:, 0]]]
        for name in np.unique(host):
            yield str(name), np.flatnonzero(host == name)


def in_parts(beats: BeatSet, parts: int = QUARTERS) -> BeatSet:
    """The same beats with each recording cut into parts of as many beats, each a recording of its own with its own
    median beat and unit. Parts of fewer than 100 beats stay one. For training only."""
    names = beats.table["record"].to_numpy(dtype=object).copy()
    templates, units, leads, durations, digests = {}, {}, {}, {}, {}
    for name, rows in rows_by_record(beats.table).items():
        cut = parts if len(rows) >= parts * FEWEST_IN_A_PART else 1
        for k, some in enumerate(np.array_split(rows, cut)):
            part = f"{name}/{k + 1}"
            names[some] = part
            templates[part], units[part] = median_beat(beats.signals[some[beats.used[some]]], beats.config)
            leads[part], digests[part] = beats.leads[name], beats.digests[name]
            durations[part] = beats.durations_s[name] / cut
    table = beats.table.assign(record=pd.Series(names, index=beats.table.index))
    return replace(beats, table=table, templates=templates, units_mv=units, leads=leads, durations_s=durations,
                   digests=digests)  # fmt: skip
