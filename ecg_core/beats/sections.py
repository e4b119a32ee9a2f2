"""A set of beats recording by recording, and a long recording section by section, so that memory stays flat.

A day is not read as one: what is usual in the morning is not what is usual at night, and everything that a model
compares a beat with (the usual beat, the rhythm, the likest beats) is sought in some hours around. So a recording of
more than 5,000 beats, about an hour, is cut into sections of as many beats each, and each is judged by itself, as if
it were a recording. Whatever scores beats goes by these sections, so that it says the same everywhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from joblib import Parallel, cpu_count, delayed

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.stacked import StackedSignals, rows_as_views
from ecg_core.data.mapping import release

MOST_BEATS = 5_000
LONG = MOST_BEATS // 2
"""Beats from which it pays to work on two sections at a time, and to give memory back."""
THREADS = 2

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
    threads = min(THREADS, cpu_count()) if sum(len(one.rows) > LONG for one in every) > 1 else 1
    if threads == 1:
        yield from ((section.rows, done(section)) for section in every)
        return
    # threads of this process, wherever it is: on a cluster joblib would send every section to another machine
    outcomes = Parallel(n_jobs=threads, backend="threading", return_as="generator")(delayed(done)(one) for one in every)
    for section, found in zip(every, outcomes, strict=True):
        yield section.rows, found
