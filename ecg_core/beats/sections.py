"""A set of beats recording by recording, and a long recording section by section, so that memory stays flat.

A day is not read as one: what is usual in the morning is not what is usual at night, and everything that a model
compares a beat with (the usual beat, the rhythm, the likest beats) is sought in some hours around. So a recording of
more than 4,000 beats, about an hour, is cut into sections of as many beats each, and each is judged by itself, as if
it were a recording. Whatever scores beats goes by these sections, so that it says the same everywhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.record_store import StoredRecord
from ecg_core.beats.stacked import StackedSignals, rows_as_views
from ecg_core.data.mapping import release
from ecg_core.parallel.threads import in_threads

MOST_BEATS = 4_000
LONG = MOST_BEATS // 2
"""Beats from which it pays to work on two sections at a time, and to give memory back."""

T = TypeVar("T")


@dataclass(frozen=True)
class Section:
    """Some beats of one recording that follow each other."""

    rows: npt.NDArray[np.int64] = field(repr=False)
    """Their rows in the whole set."""
    beats: BeatSet = field(repr=False)
    """They alone, with the usual beat of these."""


def sections(beats: BeatSet, most_beats: int = MOST_BEATS) -> Iterator[Section]:
    """Every recording of a set that holds all of their beats, or the sections of a long one, in order."""
    for name, rows in rows_by_record(beats.table).items():
        parts = np.array_split(rows, max(1, -(-len(rows) // most_beats)))
        for part in parts:
            signals = rows_as_views(beats.signals, part)
            used = np.flatnonzero(beats.used[part])
            template, unit = beats.templates[name], beats.units_mv[name]
            if len(parts) > 1:
                template, unit = median_beat(np.asarray(signals), beats.config, used)
            yield Section(
                part,
                replace(
                    beats,
                    signals=signals,
                    table=beats.table.iloc[part].reset_index(drop=True),
                    templates={name: template},
                    units_mv={name: unit},
                    leads={name: beats.leads[name]},
                    durations_s={name: beats.durations_s[name] * len(part) / len(rows)},
                    digests={name: beats.digests[name]},
                    left_out={},
                    patients=beats.patients.only([name]),
                ),
            )


def stored_sections(stored: StoredRecord, config: BeatConfig, most_beats: int = MOST_BEATS) -> Iterator[StoredRecord]:
    """The same of one prepared recording that is no set of beats yet: of a week a set would take more than its beats
    do while they are scored."""
    n, facts = len(stored.rows), stored.facts
    size, longer = divmod(n, n_parts := max(1, -(-n // most_beats)))
    for part in range(n_parts):
        first, last = (each * size + min(each, longer) for each in (part, part + 1))
        rows, signals = stored.rows[first:last], stored.signals[first:last]
        own = replace(facts, duration_s=facts.duration_s * len(rows) / max(n, 1))
        if n_parts > 1:
            template, unit = median_beat(np.asarray(signals), config, np.flatnonzero(rows["excluded"] == 0))
            own = replace(own, template=tuple(map(tuple, template.tolist())), unit_mv=tuple(unit.tolist()))
        yield StoredRecord(own, rows, signals)


def by_section(beats: BeatSet, work: Callable[[BeatSet], T]) -> Iterator[tuple[npt.NDArray[np.int64], T]]:
    """What `work` makes of each section, with its rows, in order; two at a time where there are several long ones.

    What was read of beats in a mapped file is given back after each.
    """

    def done(section: Section) -> T:
        found = work(section.beats)
        signals = section.beats.signals
        if len(section.rows) > LONG and not isinstance(signals, StackedSignals):
            release(signals)
        return found

    every = list(sections(beats))
    outcomes = in_threads(done, every, sum(len(one.rows) > LONG for one in every) > 1)
    for section, found in zip(every, outcomes, strict=True):
        yield section.rows, found
