"""Strips, trend and families of a report as SVG: drawn in mm, so that a page printed at 100 % is to scale."""

from collections.abc import Iterable
from html import escape

import numpy as np
import numpy.typing as npt

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.plots.print_strip import LANE_MM, LETTERS_MM, ZERO_MM, Room, row_mm
from ecg_core.plots.sheets import BAR_MM, SCALE, room_for
from ecg_core.plots.theme import LIGHT
from ecg_core.reports.recording_report import Family
from ecg_core.reports.report_strips import Strip
from ecg_core.reports.trend import Trend

LEFT_MM, RIGHT_MM = 12.0, 1.0
"""Beside the paper: with seven seconds of it, what a sheet of A4 holds between margins of 1 cm."""
LETTER_MM = 2.8
TREND_MM = (140.0, 46.0)
FAMILY_MM = (40.0, 30.0)
FAMILY_ZERO_MM = 20.0

Floats = npt.NDArray[np.floating]


def strip_svg(labelled: LabelledRecord, strip: Strip) -> str:
    """A strip at 25 mm/s and 10 mm/mV, with pulses, names of leads, letters and a bar over what it shows."""
    record = labelled.record
    start, n = strip.start_sample, strip.n_samples
    whole = room_for(labelled, start / record.fs, n / record.fs, strip.leads)
    room = Room(LEFT_MM, whole.above, whole.below)
    width, tall = n / record.fs * SCALE.mm_per_s, row_mm(len(strip.leads), room)
    parts = [_paper(LEFT_MM, LETTERS_MM, width, tall - LETTERS_MM)]
    mv = record.mv(start, start + n, strip.leads)
    x = LEFT_MM + np.arange(len(mv)) / record.fs * SCALE.mm_per_s
    for k, lead in enumerate(strip.leads):
        seen = mv[:, k][np.isfinite(mv[:, k])]
        calibrated = not record.calibrated or record.calibrated[lead]
        middle = 0.0 if calibrated or not len(seen) else float(np.median(seen)) * SCALE.mm_per_mv
        zero = LETTERS_MM + room.above + LANE_MM * k + ZERO_MM
        y = np.clip(zero + middle - mv[:, k] * SCALE.mm_per_mv, LETTERS_MM, tall)
        parts.append(_trace(x, y))
        parts.append(_text(0, zero - SCALE.mm_per_mv - 3, record.leads[lead][:6], bold=True))
        if calibrated:
            top = zero - SCALE.mm_per_mv
            parts.append(_path(f"M1 {zero:g}H3V{top:g}H8V{zero:g}H10", LIGHT.trace, 0.25))
    beats = labelled.beats
    for row in beats.rows_between(start, start + n):
        at = LEFT_MM + (int(beats.r_sample[row]) - start) / record.fs * SCALE.mm_per_s
        letter = "|" if labelled.layer.is_detected else str(beats.symbol[row])
        parts.append(_text(at, 3.6, letter, "middle", LIGHT.classes[str(beats.beat_class[row])]))
    first, last = (min(max((at - start) / record.fs * SCALE.mm_per_s, 0.0), width) + LEFT_MM for at in strip.marked)
    parts.append(_path(f"M{first - BAR_MM:.2f} {LETTERS_MM - 0.35:.2f}H{last + BAR_MM:.2f}", LIGHT.accent, 0.7))
    return _svg(LEFT_MM + width + RIGHT_MM, tall + 1, parts)


def trend_svg(trend: Trend) -> str:
    """The tachogram."""
    (width, tall), left, top = TREND_MM, 16.0, 2.0
    bottom = top + tall
    per_s, per_rr = width / max(trend.duration_s, 1e-9), tall / trend.top_s
    parts = [
        f'<rect x="{left + start * per_s:.2f}" y="{top}" width="{(stop - start) * per_s:.2f}" height="{tall}" '
        f'fill="{LIGHT.grid}"/>'
        for start, stop in trend.rr.unreadable_s
    ]
    for tick, rate in zip(trend.intervals, trend.rates, strict=True):
        y = bottom - tick.at_s * per_rr
        parts.append(_path(f"M{left} {y:.2f}h{width}", LIGHT.grid, 0.2))
        parts += [_text(left - 1, y + 1, tick.text, "end"), _text(left + width + 1, y + 1, rate.text)]
    for tick in trend.times:
        at = left + tick.at_s * per_s
        parts.append(_path(f"M{at:.2f} {bottom}v1", LIGHT.muted, 0.2))
        parts.append(_text(at, bottom + 4, tick.text, "middle"))
    x = left + (trend.rr.edges_s[:-1] + trend.rr.edges_s[1:]) / 2 * per_s
    low, median, high = (
        bottom - np.minimum(part, trend.top_s) * per_rr
        for part in (trend.rr.lowest_s, trend.rr.median_s, trend.rr.highest_s)
    )
    known = np.flatnonzero(np.isfinite(low))
    band = "".join(f"M{x[k]:.2f} {low[k]:.2f}V{high[k] - 0.05:.2f}" for k in known.tolist())
    parts.append(_path(band, LIGHT.accent, 0.25, 'stroke-opacity="0.45"'))
    parts.append(_trace(x, median, 0.2))
    parts.append(_path(f"M{left} {top}V{bottom}h{width}", LIGHT.muted, 0.2))
    return _svg(left + width + 16, bottom + 6, parts)


def family_svg(family: Family) -> str:
    """The usual beat of a family, to scale."""
    wide, tall = FAMILY_MM
    mv = np.asarray(family.family.template_mv, np.float64)
    x = np.arange(len(mv)) / family.family.fs * SCALE.mm_per_s
    y = np.clip(FAMILY_ZERO_MM - mv * SCALE.mm_per_mv, 0, tall)
    inside = x <= wide
    return _svg(wide, tall, [_paper(0, 0, wide, tall), _trace(x[inside], y[inside])])


def _svg(width: float, height: float, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}mm" height="{height:.2f}mm" '
        f'viewBox="0 0 {width:.2f} {height:.2f}" font-family="sans-serif" font-size="{LETTER_MM}">'
        + "".join(parts)
        + "</svg>"
    )


def _paper(left: float, top: float, width: float, height: float) -> str:
    """Paper of 1 and 5 mm."""
    lines = []
    for step, colour, stroke in ((1.0, LIGHT.grid_minor, 0.1), (5.0, LIGHT.grid_major, 0.2)):
        across = (f"M{at:g} {top:g}v{height:g}" for at in np.arange(left, left + width + 1e-6, step))
        along = (f"M{left:g} {at:g}h{width:g}" for at in np.arange(top, top + height + 1e-6, step))
        lines.append(_path("".join([*across, *along]), colour, stroke))
    return "".join(lines)


def _trace(x: Floats, y: Floats, stroke: float = 0.25) -> str:
    """A line with gaps where there is no value."""
    known = np.isfinite(y)
    pen = np.where(np.concatenate([[False], known[:-1]]), "L", "M")
    points = (
        f"{move}{a:.2f} {b:.2f}"
        for move, a, b in zip(pen[known].tolist(), x[known].tolist(), y[known].tolist(), strict=True)
    )
    return _path("".join(points), LIGHT.trace, stroke, 'stroke-linejoin="round"')


def _path(d: str, colour: str, stroke: float, more: str = "") -> str:
    return f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{stroke}" {more}/>'


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = LIGHT.text, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'
