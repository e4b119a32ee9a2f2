"""The urgent list of a report: what a Holter laboratory rings up about, each with its rule, and what is not looked for.

The list is that of practice (VF, VT, frequent VE, sustained SVT, AF, block, pauses). Ventricular
flutter and block are told only where a person annotated them: nothing here measures P waves, PR or ST.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ecg_core.beats.atrial_fibrillation import METHOD
from ecg_core.beats.detection import unreadable_stretches
from ecg_core.beats.rhythm_summary import PAUSE_S, flutter_stretches
from ecg_core.beats.runs import LONG_RUN, EctopicKind
from ecg_core.data.labels import DETECTED
from ecg_core.data.rhythm import Rhythm
from ecg_core.reports.reading import LayerReading

TACHYCARDIA = 100.0
"""A minute; a slower ventricular rhythm is an escape or idioventricular one."""
MOST_VE = 0.10
"""Share of all beats above which ventricular ectopy is frequent."""
SUSTAINED_S = 30.0
LONG_UNREADABLE_S = 10.0
DENSE_S = 6.0
"""Window in which ventricular beats are densest: a printed strip holds it, with a second before it."""
FLUTTER = ("VFL", "VFIB")
ATRIAL = ("AFIB", "AFL")
BLOCK = ("BII",)

Needs = Literal["beats", "classes", "annotations"]
WHY_NOT: dict[Needs, str] = {
    "beats": "no beats",
    "classes": "not looked for: the beats have no classes",
    "annotations": "not looked for: nobody annotated rhythms in this layer",
}


@dataclass(frozen=True)
class Event:
    """One event, samples [start_sample, stop_sample]."""

    start_sample: int
    stop_sample: int
    seconds: float
    n_beats: int | None = None
    """Beats that make it, where they are counted."""
    per_minute: float | None = None
    """Mean rate within it."""


@dataclass(frozen=True)
class Rule:
    """One entry of the urgent list."""

    name: str
    words: str
    """What counts, in words."""
    find: Callable[[LayerReading], tuple[Event, ...]]
    """Its events, the gravest first."""
    needs: Needs

    def can_be_told(self, reading: LayerReading) -> bool:
        """Whether a layer holds what the rule is told from."""
        return {"beats": True, "classes": reading.is_classed, "annotations": reading.is_annotated}[self.needs]


def ventricular_flutter(reading: LayerReading) -> tuple[Event, ...]:
    """Ventricular flutter and fibrillation as annotated, by rhythm or from `[` to `]`, the longest first."""
    noted = [one for one in reading.labelled.rhythms if one.name in FLUTTER]
    between = [
        Rhythm(FLUTTER[0], start, stop)
        for start, stop in flutter_stretches(reading.labelled)
        if not any(start < one.stop_sample and stop > one.start_sample for one in noted)
    ]
    return _stretches(reading, [*noted, *between])


def ventricular_tachycardia(reading: LayerReading) -> tuple[Event, ...]:
    """Runs of `LONG_RUN` V (or F) beats and more at `TACHYCARDIA` and more, the longest first."""
    return _runs(reading, "V", lambda event: _is_long(event) and (event.per_minute or 0) >= TACHYCARDIA)


def slow_ventricular(reading: LayerReading) -> tuple[Event, ...]:
    """Runs of `LONG_RUN` V (or F) beats and more below `TACHYCARDIA`, the longest first."""
    return _runs(reading, "V", lambda event: _is_long(event) and (event.per_minute or 0) < TACHYCARDIA)


def frequent_ventricular(reading: LayerReading) -> tuple[Event, ...]:
    """The `DENSE_S` with most V beats, where more than `MOST_VE` of all beats are V; else nothing."""
    burden = next((one.burden for one in reading.summary.ectopy if one.kind == "V"), float("nan"))
    if not burden > MOST_VE:
        return ()
    at, width = reading.labelled.beats.samples_of("V"), round(DENSE_S * reading.labelled.record.fs)
    within = np.searchsorted(at, at + width) - np.arange(len(at))
    k = int(within.argmax())
    return (Event(int(at[k]), int(at[k]) + width, DENSE_S, int(within[k])),)


def sustained_supraventricular(reading: LayerReading) -> tuple[Event, ...]:
    """Runs of S beats of `SUSTAINED_S` and more from first to last R peak, the longest first."""
    return _runs(reading, "S", lambda event: event.seconds >= SUSTAINED_S)


def annotated_supraventricular(reading: LayerReading) -> tuple[Event, ...]:
    """Supraventricular tachyarrhythmia of `SUSTAINED_S` and more, as annotated."""
    return tuple(event for event in _annotated(reading, ("SVTA",)) if event.seconds >= SUSTAINED_S)


def annotated_fibrillation(reading: LayerReading) -> tuple[Event, ...]:
    """Atrial fibrillation and flutter as annotated, the longest first."""
    return _annotated(reading, ATRIAL)


def irregular(reading: LayerReading) -> tuple[Event, ...]:
    """Atrial fibrillation by the irregularity of RR intervals alone, the longest first."""
    return _stretches(reading, reading.fibrillation)


def pauses(reading: LayerReading) -> tuple[Event, ...]:
    """Intervals of `PAUSE_S` and more, of which every second could be read, the longest first."""
    fs = reading.labelled.record.fs
    found = [Event(one.sample, one.sample + round(one.seconds * fs), one.seconds) for one in reading.summary.pauses]
    return tuple(sorted(found, key=lambda event: -event.seconds))


def block(reading: LayerReading) -> tuple[Event, ...]:
    """Second-degree heart block as annotated, the longest first."""
    return _annotated(reading, BLOCK)


def unreadable(reading: LayerReading) -> tuple[Event, ...]:
    """Stretches of `LONG_UNREADABLE_S` and more that no R peak can be read from, the longest first."""
    record = reading.labelled.record
    layer = record.layers.get(DETECTED)
    found = unreadable_stretches(layer, record.n_samples) if layer else []
    events = [Event(start, stop, (stop - start) / record.fs) for start, stop in found]
    return tuple(sorted((one for one in events if one.seconds >= LONG_UNREADABLE_S), key=lambda one: -one.seconds))


RULES = (
    Rule("Ventricular flutter or fibrillation", "as annotated; it is not looked for here",
         ventricular_flutter, "annotations"),
    Rule("Ventricular tachycardia", f"{LONG_RUN} V (or F) beats and more in a row, {TACHYCARDIA:.0f} /min and more",
         ventricular_tachycardia, "classes"),
    Rule("Slow ventricular run", f"{LONG_RUN} V (or F) beats and more in a row, below {TACHYCARDIA:.0f} /min",
         slow_ventricular, "classes"),
    Rule("Frequent ventricular ectopy", f"V more than {100 * MOST_VE:.0f} % of all beats",
         frequent_ventricular, "classes"),
    Rule("Sustained SVT, by beats", f"S beats in a row for {SUSTAINED_S:.0f} s and more",
         sustained_supraventricular, "classes"),
    Rule("Sustained SVT, annotated", f"rhythm SVTA as annotated, {SUSTAINED_S:.0f} s and more",
         annotated_supraventricular, "annotations"),
    Rule("Atrial fibrillation or flutter", "as annotated (AFIB, AFL)", annotated_fibrillation, "annotations"),
    Rule("Atrial fibrillation by RR alone", f"{METHOD}; other irregular rhythms look the same",
         irregular, "beats"),
    Rule("Pause", f"RR interval of {PAUSE_S:g} s and more, all of it readable", pauses, "beats"),
    Rule("Second-degree AV block", "as annotated (BII)", block, "annotations"),
    Rule("Unreadable for long", f"{LONG_UNREADABLE_S:.0f} s and more; ventricular fibrillation can look so",
         unreadable, "beats"),
)  # fmt: skip
"""In the order of the list."""
NOT_LOOKED_FOR = "Not looked for: 2:1 and complete AV block, ST shift, QT, pacemaker faults."


def _is_long(event: Event) -> bool:
    return (event.n_beats or 0) >= LONG_RUN


def _runs(reading: LayerReading, kind: EctopicKind, counts: Callable[[Event], bool]) -> tuple[Event, ...]:
    fs = reading.labelled.record.fs
    found = [
        Event(one.first_sample, one.last_sample, (one.last_sample - one.first_sample) / fs, one.n_beats,
              one.rate_per_minute)
        for one in reading.summary.runs
        if one.kind == kind
    ]  # fmt: skip
    return tuple(sorted(filter(counts, found), key=lambda event: (-event.seconds, event.start_sample)))


def _annotated(reading: LayerReading, names: Sequence[str]) -> tuple[Event, ...]:
    return _stretches(reading, [one for one in reading.labelled.rhythms if one.name in names])


def _stretches(reading: LayerReading, stretches: Sequence[Rhythm]) -> tuple[Event, ...]:
    beats, fs = reading.labelled.beats, reading.labelled.record.fs
    events = []
    for one in stretches:
        rows = beats.rows_between(one.start_sample, one.stop_sample)
        r = beats.r_sample[rows.start : rows.stop]
        rate = 60 * fs * (len(r) - 1) / float(r[-1] - r[0]) if len(r) > 1 else None
        seconds = (one.stop_sample - one.start_sample) / fs
        events.append(Event(one.start_sample, one.stop_sample, seconds, None, rate))
    return tuple(sorted(events, key=lambda event: (-event.seconds, event.start_sample)))
