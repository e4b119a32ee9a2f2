"""The report of a recording as a value: what was recorded, counted, found urgent, and by which model.

Whatever is laid out on paper or on a page stands here first: findings with the function each comes from
(`ecg_core.reports.finding`), fixed words, and which strips are drawn. Nothing is counted later.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecg_core import workspace
from ecg_core.beats.rhythm_summary import summarise_rhythm
from ecg_core.beats.usual_beat import usual_beat_of
from ecg_core.data.record import Record
from ecg_core.reports.finding import COUNT, Answer, Finding, Line, hertz, length, listed, share, whole
from ecg_core.reports.reading import LayerReading, Role, leading, moments, read_layer
from ecg_core.reports.recording_counts import Counts, counts_table, heading_of
from ecg_core.reports.report_inputs import BeatFamily, ModelUsed, ReportInputs, ReviewCounts
from ecg_core.reports.report_strips import Chosen, Strip, chosen_strips, event_parts, urgent_strips, usual_strips
from ecg_core.reports.trend import Trend, trend_of
from ecg_core.reports.urgent import NOT_LOOKED_FOR, RULES, WHY_NOT, Event, Rule, frequent_ventricular
from ecg_core.typed_json import JsonObject

if TYPE_CHECKING:
    from ecg_core.reports.model_section import ModelSection

UNFILTERED = "none: strips show samples as recorded"
NOBODY = "Nobody has reviewed this recording here."
OF_DAY = "of day, by the start in the header"
ELAPSED = "since the beginning; no start in the header"


@dataclass(frozen=True)
class Urgent:
    """One entry of the urgent list."""

    name: str
    rule: str
    """What counts, in words."""
    outcome: Line
    """How many were found and the gravest of them, `none found`, or why it was not looked for."""
    found: bool


@dataclass(frozen=True, eq=False)
class Family:
    """One family of beats."""

    line: Line
    family: BeatFamily = field(repr=False)


@dataclass(frozen=True, eq=False)
class RecordingReport:
    """Made by `recording_report`."""

    name: str
    simulated: bool
    made: Line
    recording: tuple[Line, ...]
    notes: tuple[str, ...]
    """What was assumed or left out in reading, and how far the model can be believed on this record."""
    review: Line
    usual_beat: Line | None
    """A caution where the recording's usual beat may not be sinus, which a model's classes are relative to."""
    counts: Counts
    read_from: str
    """Layer that the urgent list, the strips and the trend are of."""
    urgent: tuple[Urgent, ...]
    not_looked_for: str
    urgent_strips: tuple[Strip, ...]
    trend: Trend
    families: tuple[Family, ...]
    strips: tuple[Strip, ...]
    model: "ModelSection | None"
    comments: tuple[str, ...]
    """The header's, which may tell who the patient is; empty unless they were asked for."""

    def lines(self) -> Iterator[Line]:
        """Every line that holds a finding, as far as they are printed."""
        yield self.made
        yield from self.recording
        yield self.review
        if self.usual_beat:
            yield self.usual_beat
        for row in self.counts.rows:
            yield from row.cells
        yield from (one.outcome for one in self.urgent)
        for strip in (*self.urgent_strips, *self.strips):
            yield strip.title
            yield Line("From", (strip.begins,))
        yield from (one.line for one in self.families)
        if self.model:
            yield from self.model.lines()

    def findings(self) -> Iterator[Finding]:
        """Every printed value."""
        for line in self.lines():
            yield from line.findings

    def to_json(self) -> JsonObject:
        """Every finding with where it comes from."""
        return {
            "record": self.name,
            "simulated": self.simulated,
            "read_from": self.read_from,
            "urgent": {one.name: one.outcome.text for one in self.urgent},
            "findings": [
                {
                    "label": one.label,
                    "value": None if one.value != one.value else one.value,
                    "text": one.text,
                    "function": one.origin.function,
                    "of": one.origin.of,
                    "path": one.origin.path,
                }
                for one in self.findings()
            ],
        }


def recording_report(
    inputs: ReportInputs, made: str = "", chosen: Sequence[Chosen] | None = None, comments: bool = False
) -> RecordingReport:
    """Read every layer and put the report together (a day takes about a second).

    Parameters
    ----------
    made : when it is made, ISO 8601 in UTC; now if empty
    chosen : places to print strips of; None: fastest and slowest rate, longest RR, first beat of each class
    comments : whether the header's comments, which may tell who the patient is, are printed
    """
    record = inputs.record
    readings = {role: read_layer(role, layer) for role, layer in inputs.layers.items()}
    main = leading(readings)
    told_by = {rule.name: _telling(rule, main, readings) for rule in RULES}
    events = {rule.name: rule.find(told_by[rule.name]) for rule in RULES if rule.can_be_told(told_by[rule.name])}
    cautions = [f"{inputs.model.id}: {inputs.model.caution}"] if inputs.model and inputs.model.caution else []
    now = Answer.by(workspace.now, "report", made or workspace.now())
    return RecordingReport(
        name=record.name,
        simulated=record.simulated,
        made=Line("Made", (now.finding("Made", "", _minute), " UTC")),
        recording=_recording(record, main),
        notes=(*record.notes, *cautions),
        review=_review(inputs.review),
        usual_beat=_usual_beat(main),
        counts=counts_table(readings),
        read_from=heading_of(main),
        urgent=tuple(_urgent(told_by[rule.name], rule, events.get(rule.name)) for rule in RULES),
        not_looked_for=NOT_LOOKED_FOR,
        urgent_strips=urgent_strips(told_by, events),
        trend=trend_of(main.labelled),
        families=_families(inputs.families),
        strips=usual_strips(main) if chosen is None else chosen_strips(record, chosen),
        model=_model(inputs.model),
        comments=record.comments if comments else (),
    )


def _recording(record: Record, main: LayerReading) -> tuple[Line, ...]:
    of_record = Answer.by(Record, "record", record)
    counted = Answer.by(summarise_rhythm, main.role, main.summary)
    readable = counted.finding("Analysed", "analysed_s", length)
    return (
        Line("Record", (of_record.finding("Record", "name"),)),
        Line(
            "Times",
            (ELAPSED,)
            if record.start_of_day_s is None
            else (OF_DAY, ", ", Answer.by(first_sample, "record", 0).finding("Begins", "", moments(record))),
        ),
        Line("Duration", (counted.finding("Duration", "duration_s", length),)),
        Line("Analysed", (readable, "; unreadable ", counted.finding("Unreadable", "unreadable_s", length))),
        Line("Leads", (of_record.finding("Leads", "leads", listed),)),
        Line("Sampling", (of_record.finding("Sampling", "fs", hertz),)),
        Line("Filter", (UNFILTERED,)),
        Line("Integrity", (of_record.finding("Integrity", "integrity"),)),
    )


def first_sample(_record: Record) -> int:
    """Where a recording begins."""
    return 0


def _usual_beat(main: LayerReading) -> Line | None:
    usual = Answer.by(usual_beat_of, main.role, usual_beat_of(main.labelled))
    said = usual.finding("Usual beat", "sentence")
    return Line("Usual beat", (said,)) if said.value else None


def _review(review: ReviewCounts | None) -> Line:
    if review is None:
        return Line("Review", (NOBODY,))
    given = Answer.by(ReviewCounts, "review", review)
    take: Callable[[str], Finding] = lambda name: given.finding(name, name, whole)  # noqa: E731
    by = (" by ", given.finding("reviewers", "reviewers", listed)) if review.reviewers else ()
    return Line("Review", (
        take("flagged"), " flagged, ", take("reviewed"), " reviewed", *by, " (", take("corrected"), " corrected), ",
        take("alone"), " by the model alone",
    ))  # fmt: skip


def _telling(rule: Rule, main: LayerReading, readings: Mapping[Role, LayerReading]) -> LayerReading:
    """The layer a rule is told from: that of the report; where it has no rhythms, the reference for what is noted."""
    reference = readings.get("reference", main)
    return reference if rule.can_be_told(reference) and not rule.can_be_told(main) else main


def _urgent(main: LayerReading, rule: Rule, events: tuple[Event, ...] | None) -> Urgent:
    if events is None:
        return Urgent(rule.name, rule.words, Line(rule.name, (WHY_NOT[rule.needs],)), found=False)
    answer = Answer.by(rule.find, main.role, events)
    if not events:
        return Urgent(rule.name, rule.words, Line(rule.name, ("none found",)), found=False)
    gravest = event_parts(main, rule, events, 0)
    if rule.find is frequent_ventricular:
        burden = Answer.by(summarise_rhythm, main.role, main.summary).finding(rule.name, "ectopy/0/burden", share)
        return Urgent(rule.name, rule.words, Line(rule.name, (burden, " of all beats; most: ", *gravest)), found=True)
    many = answer.finding(rule.name, COUNT, whole)
    first = " found: " if len(events) == 1 else " found, the longest: "
    return Urgent(rule.name, rule.words, Line(rule.name, (many, first, *gravest)), found=True)


def _families(families: tuple[BeatFamily, ...]) -> tuple[Family, ...]:
    given = Answer.by(BeatFamily, "families", families)
    return tuple(
        Family(
            Line(one.name, (
                given.finding(one.name, f"{k}/name"), ": ", given.finding(one.name, f"{k}/count", whole),
                " beats, class ", given.finding(one.name, f"{k}/beat_class"),
            )),
            one,
        )
        for k, one in enumerate(families)
    )  # fmt: skip


def _model(used: ModelUsed | None) -> "ModelSection | None":
    if used is None:
        return None
    from ecg_core.reports.model_section import model_section  # what judges models takes a second to import

    return model_section(used)


def _minute(created: str) -> str:
    return created[:16].replace("T", " ")
