"""The report of a recording on paper: portrait A4, strips at 25 mm/s and 10 mm/mV. It lays out and counts nothing."""

from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.plots.print_strip import LEFT_MM, write
from ecg_core.plots.sheets import (
    MARGIN_MM,
    SCALE,
    SMALL_PT,
    WIDTH_MM,
    Cell,
    Sheets,
    height_of,
    small_paper,
    wrapped,
)
from ecg_core.plots.theme import LIGHT
from ecg_core.reports.recording_counts import Counts
from ecg_core.reports.recording_report import Family, RecordingReport
from ecg_core.reports.report_strips import STRIP_S, Strip
from ecg_core.reports.report_words import EC57_COLUMNS, NO_MODEL, foot, strip_title, title
from ecg_core.reports.trend import Trend

if TYPE_CHECKING:
    from ecg_core.reports.model_section import ModelSection

LABEL_MM = 26.0
FACTS_MM = (20.0, 73.0, 20.0, 73.0)
URGENT_MM = (44.0, 70.0, 72.0)
ROW_MM = 36.0
TREND_MM = 46.0
FAMILY_MM = (45.0, 32.0)
FAMILIES_A_ROW = 4


def recording_pdf(report: RecordingReport, labelled: LabelledRecord) -> bytes:
    """All pages. `labelled`: the layer the report is read from, for the letters over the strips."""
    sheets = Sheets(title(report), report.simulated)
    _first_page(sheets, report)
    if report.urgent_strips:
        sheets.heading("Urgent findings", then=80)
        _strips(sheets, labelled, report.urgent_strips)
    _trend(sheets, report.trend)
    if report.families:
        _families(sheets, report.families)
    if report.strips:
        sheets.heading("Strips", then=80)
        _strips(sheets, labelled, report.strips)
    sheets.turn()
    _last_page(sheets, report)
    return sheets.pdf(foot(labelled.record))


def _first_page(sheets: Sheets, report: RecordingReport) -> None:
    half = (len(report.recording) + 1) // 2
    left, right = report.recording[:half], (*report.recording[half:], report.made)
    for one, other in zip_longest(left, right):
        cells = [Cell(text) for line in (one, other) for text in ((line.label, line.text) if line else ("", ""))]
        sheets.row(cells, FACTS_MM)
    for line in filter(None, (report.review, report.usual_beat)):
        sheets.row([Cell(line.label), Cell(line.text)], (FACTS_MM[0], WIDTH_MM - FACTS_MM[0]))
    for note in report.notes:
        sheets.paragraph(note, SMALL_PT)
    sheets.heading("Urgent list")
    for urgent in report.urgent:
        weight = "bold" if urgent.found else "normal"
        cells = [Cell(urgent.name, weight), Cell(urgent.outcome.text, weight), Cell(urgent.rule, colour=LIGHT.muted)]
        sheets.row(cells, URGENT_MM, SMALL_PT)
    sheets.paragraph(f"{report.not_looked_for} Read from: {report.read_from}.", SMALL_PT, LIGHT.muted)
    _counts(sheets, report.counts)


def _counts(sheets: Sheets, counts: Counts) -> None:
    sheets.heading("Counts")
    rest = (WIDTH_MM - ROW_MM) / len(counts.columns)
    widths = (ROW_MM, *(rest for _ in counts.columns))
    sheets.row([Cell(text, "bold") for text in ("", *counts.columns)], widths, SMALL_PT)
    for row in counts.rows:
        if row.heading:
            sheets.row([Cell(row.label, "bold")], [WIDTH_MM], SMALL_PT)
        else:
            sheets.row([Cell(text) for text in (row.label, *(line.text for line in row.cells))], widths, SMALL_PT)
    sheets.paragraph(counts.note, SMALL_PT, LIGHT.muted)


def _strips(sheets: Sheets, labelled: LabelledRecord, strips: tuple[Strip, ...]) -> None:
    fs = labelled.record.fs
    for strip in strips:
        length_s = min(strip.n_samples / fs, STRIP_S)
        marked = (strip.marked[0] / fs, strip.marked[1] / fs)
        sheets.strip(labelled, strip_title(strip), strip.start_sample / fs, length_s, strip.leads, marked)


def _trend(sheets: Sheets, trend: Trend) -> None:
    sheets.heading("RR intervals over the recording", then=TREND_MM + 12)
    left, width, top = LEFT_MM + 2, WIDTH_MM - LEFT_MM - 6, sheets.y - 2
    bottom = top - TREND_MM
    axes = sheets.axes
    per_s, per_rr = width / max(trend.duration_s, 1e-9), TREND_MM / trend.top_s
    for start, stop in trend.rr.unreadable_s:
        axes.fill_between([left + start * per_s, left + stop * per_s], bottom, top, color=LIGHT.grid, linewidth=0)
    for tick, rate in zip(trend.intervals, trend.rates, strict=True):
        y = bottom + tick.at_s * per_rr
        axes.plot([left, left + width], [y, y], color=LIGHT.grid, linewidth=0.6)
        write(axes, left - 1.5, y, tick.text, SMALL_PT, ha="right", color=LIGHT.muted)
        write(axes, left + width + 1.5, y, rate.text, SMALL_PT, color=LIGHT.muted)
    for tick in trend.times:
        at = left + tick.at_s * per_s
        axes.plot([at, at], [bottom, bottom - 1], color=LIGHT.muted, linewidth=0.6)
        write(axes, at, bottom - 3, tick.text, SMALL_PT, ha="center", color=LIGHT.muted)
    x = left + (trend.rr.edges_s[:-1] + trend.rr.edges_s[1:]) / 2 * per_s
    low, median, high = (
        bottom + np.minimum(part, trend.top_s) * per_rr
        for part in (trend.rr.lowest_s, trend.rr.median_s, trend.rr.highest_s)
    )
    axes.fill_between(x, low, high, color=LIGHT.accent, alpha=0.3, linewidth=0.3)
    axes.plot(x, median, color=LIGHT.trace, linewidth=0.6)
    axes.plot([left, left, left + width], [top, bottom, bottom], color=LIGHT.muted, linewidth=0.6)
    sheets.space(TREND_MM + 7)
    sheets.paragraph(f"{trend.time_axis}. {trend.caption}", SMALL_PT, LIGHT.muted)


def _families(sheets: Sheets, families: tuple[Family, ...]) -> None:
    wide, tall = FAMILY_MM
    sheets.heading("Families of beats", then=tall + 12)
    for first in range(0, len(families), FAMILIES_A_ROW):
        row = families[first : first + FAMILIES_A_ROW]
        titles = [wrapped(one.line.text, wide - 3, SMALL_PT) for one in row]
        above = max(len(one) for one in titles) * height_of(SMALL_PT) + 1
        sheets.need(above + tall + 3)
        for k, (one, lines) in enumerate(zip(row, titles, strict=True)):
            x = MARGIN_MM + k * (wide + 1)
            for n, line in enumerate(lines):
                write(sheets.axes, x, sheets.y - height_of(SMALL_PT) * (n + 0.5), line, SMALL_PT)
            _template(sheets, one, x, sheets.y - above)
        sheets.space(above + tall + 3)


def _template(sheets: Sheets, one: Family, left: float, top: float) -> None:
    wide, tall = FAMILY_MM[0] - 5, FAMILY_MM[1] - 2
    small_paper(sheets.axes, left, top, wide, tall)
    mv = np.asarray(one.family.template_mv, np.float64)
    x = left + np.arange(len(mv)) / one.family.fs * SCALE.mm_per_s
    y = np.clip(top - round(tall * 0.6 / 5) * 5 + mv * SCALE.mm_per_mv, top - tall, top)
    inside = x <= left + wide
    sheets.axes.plot(x[inside], y[inside], color=LIGHT.trace, linewidth=0.7)


def _last_page(sheets: Sheets, report: RecordingReport) -> None:
    if report.model:
        _model(sheets, report.model)
    else:
        sheets.heading("Model")
        sheets.paragraph(NO_MODEL)
    if report.comments:
        sheets.heading("Comments of the header")
        for comment in report.comments:
            sheets.paragraph(comment)


def _model(sheets: Sheets, model: "ModelSection") -> None:
    sheets.heading("Model")
    for line in model.card:
        sheets.row((Cell(line.label), Cell(line.text)), (LABEL_MM + 4, WIDTH_MM - LABEL_MM - 4))
    sheets.heading("Figures after EC57")
    widths = [WIDTH_MM / len(EC57_COLUMNS)] * len(EC57_COLUMNS)
    if model.ec57:
        sheets.row([Cell(text, "bold") for text in EC57_COLUMNS], widths)
    for name, cells in model.ec57:
        sheets.row([Cell(text) for text in (name, *(cell.text for cell in cells))], widths)
    for note in model.notes:
        sheets.paragraph(note, SMALL_PT)
        sheets.space(0.8)
    sheets.heading("Limits")
    for limit in model.limits:
        sheets.paragraph(limit)
        sheets.space(0.8)
