"""The table of a report with a column for each layer of labels: beats, rates, runs, burdens, fibrillation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.rhythm_summary import PAUSE_S, RATE_INTERVALS, summarise_rhythm
from ecg_core.beats.runs import COUPLET, LONG_RUN, SHORT_RUN
from ecg_core.reports.finding import Answer, Finding, Line, decimals, length, rate, share, whole
from ecg_core.reports.reading import (
    ROLES,
    LayerReading,
    Role,
    annotated_fibrillation_s,
    class_counts,
    irregular_s,
    moments,
)

KINDS = {"V": "Ventricular (V; among runs, F too)", "S": "Supraventricular (S)"}

NOTE = (
    f"Slowest and fastest rate: mean of {RATE_INTERVALS} RR intervals in a row, the time that of the last R peak. "
    f"Burden: share of all beats. A run: {COUPLET} beats of the kind and more. A dash: none, or this layer cannot tell."
)

Parts = tuple[Finding | str, ...]
Form = Callable[[float], str]


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    label: str
    cells: tuple[Line, ...]
    """One a column, in their order."""
    heading: bool = False
    """Whether it only opens a group of rows."""


@dataclass(frozen=True)
class Counts:
    """The table."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = NOTE


@dataclass(frozen=True, eq=False)
class Column:
    """One layer, with what its cells are taken from."""

    reading: LayerReading
    summary: Answer
    classes: Answer

    @classmethod
    def of(cls, reading: LayerReading) -> "Column":
        role = reading.role
        summary = Answer.by(summarise_rhythm, role, reading.summary)
        return cls(reading, summary, Answer.by(class_counts, role, class_counts(reading)))

    def value(self, label: str, path: str, form: Form) -> Parts:
        """One value of the summary."""
        return (self.summary.finding(label, path, form),)

    def of_class(self, label: str, name: str) -> Parts:
        """Beats of one class."""
        return (self.classes.finding(label, name, whole),)

    def at(self, label: str, path: str, form: Form) -> Parts:
        """A value, and when it was."""
        value = self.summary.finding(label, path, form)
        if value.value is None:
            return (value,)
        sample = f"{path.rpartition('/')[0]}/sample"
        return value, " at ", self.summary.finding(label, sample, moments(self.reading.labelled.record))

    def run(self, label: str, path: str) -> Parts:
        """A run: its beats, its rate and when it began."""
        beats = self.summary.finding(label, f"{path}/n_beats", whole)
        if beats.value is None:
            return (beats,)
        fast = self.summary.finding(label, f"{path}/rate_per_minute", rate)
        time = moments(self.reading.labelled.record)
        return beats, " beats, ", fast, " at ", self.summary.finding(label, f"{path}/first_sample", time)

    def seconds(self, label: str, function: Callable[[LayerReading], float | None]) -> Parts:
        """A time that a function gives."""
        return (Answer.by(function, self.reading.role, function(self.reading)).finding(label, "", length),)


def counts_table(readings: Mapping[Role, LayerReading]) -> Counts:
    """Model, corrected and reference side by side, as far as they are there."""
    columns = [Column.of(readings[role]) for role in ROLES if role in readings]
    heads = [heading_of(one.reading) for one in columns]
    rows: list[Row] = []

    def add(label: str, cell: Callable[..., Parts], **of: Any) -> None:
        rows.append(Row(label, tuple(Line(label, cell(column, label, **of)) for column in columns)))

    add("Beats", Column.value, path="n_beats", form=whole)
    for name in CLASSES:
        add(f"of class {name}", Column.of_class, name=name)
    add("Mean rate", Column.value, path="mean_rate", form=rate)
    add("Slowest rate", Column.at, path="slowest/per_minute", form=rate)
    add("Fastest rate", Column.at, path="fastest/per_minute", form=rate)
    add("Longest RR", Column.at, path="longest_rr/seconds", form=decimals(2, "s"))
    add(f"Pauses of {PAUSE_S:g} s and more", Column.value, path="pauses/#", form=whole)
    classed = any(one.reading.is_classed for one in columns)
    for k, (kind, title) in enumerate(KINDS.items()) if classed else ():
        rows.append(Row(title, (), heading=True))
        for label, path, form in _of_ectopy(kind):
            add(label, Column.value, path=f"ectopy/{k}/{path}", form=form)
        for which in ("longest", "fastest"):
            add(f"{kind} {which} run", Column.run, path=f"ectopy/{k}/{which}")
    rows.append(Row("Atrial fibrillation and flutter", (), heading=True))
    add("as annotated", Column.seconds, function=annotated_fibrillation_s)
    add("by RR intervals alone", Column.seconds, function=irregular_s)
    return Counts(tuple(heads), tuple(rows))


def _of_ectopy(kind: str) -> tuple[tuple[str, str, Form], ...]:
    """Label, name and form of what is counted of one kind of ectopic beat."""
    return (
        (f"{kind} burden", "burden", share),
        (f"{kind} an hour", "per_hour", decimals(1)),
        (f"{kind} isolated", "isolated", whole),
        (f"{kind} couplets", "couplets", whole),
        (f"{kind} runs of {SHORT_RUN} to {LONG_RUN - 1}", "short_runs", whole),
        (f"{kind} runs of {LONG_RUN} and more", "long_runs", whole),
        (f"{kind} bigeminy, stretches", "bigeminy", whole),
        (f"{kind} trigeminy, stretches", "trigeminy", whole),
    )


def heading_of(reading: LayerReading) -> str:
    """What a column, or what is read from its layer, is called."""
    layer, title = reading.labelled.layer, ROLES[reading.role]
    whose = {"model": layer.name, "corrected": layer.made_by}.get(reading.role, "")
    return f"{title} ({whose})" if whose else title
