"""Which strips a report prints: those of the urgent list, and those a reader would look for, or a page has chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.rhythm_summary import RATE_INTERVALS, summarise_rhythm
from ecg_core.data.record import Record
from ecg_core.reports.finding import Answer, Finding, Line, decimals, length, rate, whole
from ecg_core.reports.reading import LayerReading, moments
from ecg_core.reports.urgent import RULES, Event, Rule

STRIP_S = 7.0
"""Whole seconds that fit the width of a page at 25 mm/s."""
LEADS = 2
"""Leads that a strip shows, the first of the recording."""
MOST_OF_A_RULE = 3
"""Strips of one entry of the urgent list."""
BEFORE_S = 1.0
"""What is seen before an event."""
SHORT_S = 60.0
"""Shorter events are timed to a tenth of a second."""

Parts = tuple[Finding | str, ...]


@dataclass(frozen=True)
class Strip:
    """One strip to print."""

    title: Line
    """Why it is printed, what is known of it, and when that was."""
    begins: Finding
    """When its first sample is; the value is that sample."""
    n_samples: int
    leads: tuple[int, ...]
    marked: tuple[int, int]
    """First and last sample of what it is printed for; the same where that is one place."""

    @property
    def start_sample(self) -> int:
        return int(self.begins.value or 0)


@dataclass(frozen=True)
class Chosen:
    """A place of which somebody wants a strip."""

    label: str
    sample: int
    """In the middle of the strip."""


def window_samples(record: Record) -> int:
    """Samples of a strip: `STRIP_S`, or the whole of a shorter recording."""
    return min(round(STRIP_S * record.fs), record.n_samples)


def window_start(record: Record, sample: int, before_s: float) -> int:
    """First sample of the strip that begins `before_s` before `sample`, or as close to that as the recording goes."""
    return max(0, min(sample - round(before_s * record.fs), record.n_samples - window_samples(record)))


def strip_at(record: Record, title: Line, sample: int, before_s: float, last: int | None = None) -> Strip:
    """The strip that begins `before_s` before a sample; what it shows lasts until the sample `last`."""
    answer = Answer.by(window_start, f"{sample} {before_s:g}", window_start(record, sample, before_s))
    leads = tuple(range(min(LEADS, len(record.leads))))
    marked = (sample, sample if last is None else last)
    return Strip(title, answer.finding("From", "", moments(record)), window_samples(record), leads, marked)


def urgent_strips(told_by: Mapping[str, LayerReading], found: Mapping[str, tuple[Event, ...]]) -> tuple[Strip, ...]:
    """Strips of the gravest events of each entry; name of a rule -> the layer it is told from, and its events."""
    strips = []
    for rule in RULES:
        reading = told_by[rule.name]
        record = reading.labelled.record
        for k, event in enumerate(found.get(rule.name, ())[:MOST_OF_A_RULE]):
            title = Line(rule.name, event_parts(reading, rule, found[rule.name], k))
            strips.append(strip_at(record, title, event.start_sample, BEFORE_S, event.stop_sample))
    return tuple(strips)


def event_parts(reading: LayerReading, rule: Rule, events: tuple[Event, ...], k: int) -> Parts:
    """What is known of the k-th of the events of a rule, and when it was."""
    answer, event = Answer.by(rule.find, reading.role, events), events[k]
    parts: list[Finding | str] = []
    if event.n_beats is not None:
        parts += [answer.finding(rule.name, f"{k}/n_beats", whole), " beats in "]
    parts.append(answer.finding(rule.name, f"{k}/seconds", decimals(1, "s") if event.seconds < SHORT_S else length))
    if event.per_minute is not None and np.isfinite(event.per_minute):
        parts += [", ", answer.finding(rule.name, f"{k}/per_minute", rate)]
    return (*parts, " at ", answer.finding(rule.name, f"{k}/start_sample", moments(reading.labelled.record)))


def usual_strips(reading: LayerReading) -> tuple[Strip, ...]:
    """Fastest and slowest rate, longest RR, and the first beat of each class."""
    record, summary = reading.labelled.record, reading.summary
    counted = Answer.by(summarise_rhythm, reading.role, summary)
    time, strips = moments(record), []
    for label, name, one in (
        ("Fastest rate", "fastest", summary.fastest),
        ("Slowest rate", "slowest", summary.slowest),
    ):
        if one is not None:
            value = counted.finding(label, f"{name}/per_minute", rate)
            title = Line(label, (value, " at ", counted.finding(label, f"{name}/sample", time)))
            begun = one.sample - round(RATE_INTERVALS * 60 / one.per_minute * record.fs)
            strip = strip_at(record, title, one.sample, STRIP_S - BEFORE_S)
            strips.append(replace(strip, marked=(begun, one.sample)))
    if summary.longest_rr is not None:
        label, sample = "Longest RR", summary.longest_rr.sample
        value = counted.finding(label, "longest_rr/seconds", decimals(2, "s"))
        at = counted.finding(label, "longest_rr/sample", time)
        stop = sample + round(summary.longest_rr.seconds * record.fs)
        strips.append(strip_at(record, Line(label, (value, " at ", at)), sample, STRIP_S / 4, stop))
    if reading.is_classed:
        first = Answer.by(first_of_class, reading.role, first_of_class(reading))
        for name, sample in first.value.items():
            label = f"First beat of class {name}"
            strips.append(strip_at(record, Line(label, (first.finding(label, name, time),)), sample, STRIP_S / 2))
    return tuple(strips)


def first_of_class(reading: LayerReading) -> dict[str, int]:
    """Class -> R peak of its first beat, of the classes that occur, in their usual order."""
    beats = reading.labelled.beats
    return {name: int(at[0]) for name in CLASSES if len(at := beats.samples_of(name))}


def chosen_strips(record: Record, chosen: Sequence[Chosen]) -> tuple[Strip, ...]:
    """Strips around the places that were chosen. Raises ValueError for one outside the recording."""
    for one in chosen:
        if not 0 <= one.sample < record.n_samples:
            raise ValueError(f"{one.label}: sample {one.sample} of {record.n_samples}")
    return tuple(strip_at(record, Line(one.label, ()), one.sample, STRIP_S / 2) for one in chosen)
