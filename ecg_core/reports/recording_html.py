"""The report of a recording as one page of HTML that needs nothing else. It lays out and counts nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.catalogue import ATTRIBUTION
from ecg_core.reports.html_page import Table, drawing, heading, page, paragraph
from ecg_core.reports.recording_report import RecordingReport
from ecg_core.reports.recording_svg import family_svg, strip_svg, trend_svg
from ecg_core.reports.report_strips import Strip
from ecg_core.reports.report_words import EC57_COLUMNS, NO_MODEL, SIMULATED, foot, is_published, strip_title, title
from ecg_core.text import RESEARCH_USE

if TYPE_CHECKING:
    from ecg_core.reports.model_section import ModelSection


def recording_html(report: RecordingReport, labelled: LabelledRecord) -> str:
    """The page. `labelled`: the layer the report is read from, for the letters over the strips."""
    parts = [heading(title(report), 1), paragraph(RESEARCH_USE, "headline")]
    if report.simulated:
        parts.append(paragraph(SIMULATED, "mark"))
    rows = {
        line.label: line.text
        for line in (*report.recording, *filter(None, (report.review, report.usual_beat)), report.made)
    }
    parts.append(Table.of(rows).html())
    parts += [paragraph(note) for note in report.notes]
    parts += _urgent(report)
    parts += _counts(report)
    if report.urgent_strips:
        parts.append(heading("Urgent findings"))
        parts += _strips(labelled, report.urgent_strips)
    trend = report.trend
    parts += [heading("RR intervals over the recording"), drawing(trend_svg(trend), trend.caption)]
    parts.append(paragraph(f"{trend.time_axis}. {trend.caption}", "quiet"))
    if report.families:
        parts.append(heading("Families of beats"))
        for one in report.families:
            parts += [heading(one.line.text, 3), drawing(family_svg(one), one.line.text)]
    if report.strips:
        parts.append(heading("Strips"))
        parts += _strips(labelled, report.strips)
    parts.append(heading("Model"))
    parts += _model(report.model) if report.model else [paragraph(NO_MODEL)]
    if report.comments:
        parts.append(heading("Comments of the header"))
        parts += [paragraph(comment) for comment in report.comments]
    parts.append(paragraph(f"{foot(labelled.record)} {RESEARCH_USE}", "quiet"))
    if is_published(labelled.record):
        parts.append(paragraph(ATTRIBUTION, "quiet"))
    return page(title(report), parts)


def _urgent(report: RecordingReport) -> Iterator[str]:
    yield heading("Urgent list")
    rows = [[one.name, f"▲ {one.outcome.text}" if one.found else one.outcome.text, one.rule] for one in report.urgent]
    yield Table(["Finding", "Found", "Rule"], rows).html()
    yield paragraph(f"{report.not_looked_for} Read from: {report.read_from}.", "quiet")


def _counts(report: RecordingReport) -> Iterator[str]:
    yield heading("Counts")
    rows: list[list[str]] = []
    for row in report.counts.rows:
        if row.heading:
            yield Table(["", *report.counts.columns], rows).html()
            yield heading(row.label, 3)
            rows = []
        else:
            rows.append([row.label, *(line.text for line in row.cells)])
    yield Table(["", *report.counts.columns], rows).html()
    yield paragraph(report.counts.note, "quiet")


def _strips(labelled: LabelledRecord, strips: tuple[Strip, ...]) -> Iterator[str]:
    for strip in strips:
        yield heading(strip_title(strip), 3)
        yield drawing(strip_svg(labelled, strip), strip_title(strip))


def _model(model: "ModelSection") -> Iterator[str]:
    yield Table.of({line.label: line.text for line in model.card}).html()
    yield heading("Figures after EC57", 3)
    if model.ec57:
        yield Table(EC57_COLUMNS, [[name, *(cell.text for cell in cells)] for name, cells in model.ec57]).html()
    yield from (paragraph(note, "quiet") for note in model.notes)
    yield heading("Limits", 3)
    yield from (paragraph(limit) for limit in model.limits)
