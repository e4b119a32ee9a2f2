"""A strip on ECG paper: leads stacked on one time axis, beats and rhythm above, scale printed."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.clock import clock
from ecg_core.data.labels import LabelLayer
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.plots.escape import plain
from ecg_core.plots.marks import beat_rail, gaps, hatched, marked_beat, peak_marks, predicted_rail, rhythm_rail
from ecg_core.plots.overview import envelope
from ecg_core.plots.sheet import DESIGN_WIDTH_PX, FONT_LEAD_PX, MV_PER_S, Row, Sheet, lay_out, row_lengths
from ecg_core.plots.spec import Axis, Layout, Trace
from ecg_core.plots.theme import Palette, base_layout

MIN_LENGTH_S, MAX_LENGTH_S = 2.0, 60.0
MINOR_GRID_MAX_S = 12.0
MAX_POINTS = 30_000  # about 160 kB to the browser; beyond, an envelope is drawn, and said so
SIMULATED = "SIMULATED"
HEAD_PX, AXIS_PX, SIDE_PX = 34, 42, 2
LABEL_STEPS_S = (1.0, 2.0, 5.0, 10.0)
LABEL_PX = 46
MINOR_BOX_MIN_PX = 2.9  # finer lines would run together


def extent(record: Record, lead: int) -> tuple[float, float]:
    """Lowest and highest mV of a lead over the whole recording, 1 sample in 1,000 left out at either end.

    Give those of all leads to `strip` (cached) so that its height stays the same from page to page.
    """
    adc, baseline = record.signals[:, lead], record.baseline[lead]
    adc = adc[adc != record.invalid[lead]][::7]
    low, high = np.percentile(adc, [0.1, 99.9]) if len(adc) else (baseline, baseline)
    return float(low - baseline) / record.gain[lead], float(high - baseline) / record.gain[lead]


def strip(
    labelled: LabelledRecord,
    start_s: float,
    length_s: float,
    leads: Sequence[int],
    palette: Palette,
    *,
    width_px: int = DESIGN_WIDTH_PX,
    to_scale: bool = True,
    extents_mv: Sequence[tuple[float, float]] | None = None,
    marked: int | None = None,
    predictions: LabelLayer | None = None,
    found: tuple[Rhythm, ...] = (),
    found_by: str = "",
    differences: PeakDifferences | None = None,
) -> go.Figure:
    """Draw `length_s` seconds (2 to 60) from `start_s` on with their labels, lead indices `leads` from top to bottom.

    To scale, 1 mV is as high as 0.4 s is wide (10 mm and 25 mm), whatever the width of the screen, and windows longer
    than 12 s are wrapped into rows of 10 s. With `to_scale=False` the window is one row that fills a fixed height,
    and says that it is not to scale. `extents_mv` (each from `extent`) keeps the height the same from page to page.
    With them a lead that is not calibrated is drawn about the middle of its range, since its zero is a guess too.
    `width_px` is the width of the page's main column. `marked` is the sample of a beat to mark. `predictions`, the
    layer of a model, are drawn as rings under the labels. `found` are rhythms that were found here and not annotated,
    `found_by` whom they are said by; they have a bar of their own. `differences` are R peaks missed and extra.

    Raises ValueError if the window is not 2 to 60 s long, lies outside the recording, or names no lead.
    """
    record = labelled.record
    if not MIN_LENGTH_S <= length_s <= MAX_LENGTH_S:
        raise ValueError(f"{length_s=} s, expected {MIN_LENGTH_S:g} to {MAX_LENGTH_S:g} s")
    if not leads or not 0 <= start_s < record.duration_s:
        raise ValueError(f"{leads=}, {start_s=} s: nothing to draw in a recording of {record.duration_s:g} s")
    length_s = min(length_s, max(record.duration_s - start_s, MIN_LENGTH_S))
    first = round(start_s * record.fs)
    mv = record.mv(first, first + round(length_s * record.fs), leads)
    if extents_mv is not None:
        mv, extents_mv = _about_the_middle(mv, extents_mv, [not _calibrated(record, lead) for lead in leads])
    lengths = row_lengths(length_s, to_scale)
    parts = np.split(mv, np.round(np.cumsum(lengths[:-1]) * record.fs).astype(int))
    sheet = lay_out(
        start_s,
        lengths,
        [_room(part, extents_mv if len(parts) == 1 else None) for part in parts],
        width_px=width_px - 2 * SIDE_PX + 1,
        to_scale=to_scale,
        rhythm_rails=bool(labelled.rhythms) + bool(found),
        predicted_rail=predictions is not None,
    )
    thin = max(1, -(-mv.size // MAX_POINTS))
    layout = _layout(record, sheet, leads, palette)
    data = [
        _calibration(sheet, [_calibrated(record, lead) for lead in leads], palette),
        _lead_names(record, sheet, leads, palette),
        _scale_text(record, sheet, leads, 2 * thin / record.fs if thin > 1 else 0.0, palette),
    ]
    for r, row in enumerate(sheet.rows):
        for k, lead in enumerate(leads):
            number = r * len(leads) + k + 2  # y is the sheet itself
            layout[f"yaxis{number}"] = _lead_axis(sheet, row.zero_y[k])
            part = parts[r][:, k]
            x0 = (first + sum(len(other) for other in parts[:r])) / record.fs - row.start_s
            data.append(_trace(part, x0, record, lead, row, number, thin, palette))
            data += hatched(gaps(part, x0, 1 / record.fs), row.zero_y[k], sheet, palette)
    two = bool(labelled.rhythms) and bool(found)
    bars, names = rhythm_rail(labelled.rhythms, record.fs, sheet, palette, labelled.layer.kind if two else "")
    more_bars, more_names = rhythm_rail(found, record.fs, sheet, palette, found_by, second=two)
    lines, words = peak_marks(differences, record.fs, sheet, palette) if differences else ([], [])
    layout["shapes"] += bars + more_bars + lines
    data += (
        names + more_names + words + beat_rail(labelled.beats, labelled.layer.annotations, record.fs, sheet, palette)
    )
    if predictions is not None:
        data += predicted_rail(predictions, labelled.beats, record.fs, sheet, palette)
    if marked is not None:
        layout["shapes"] += marked_beat(marked, record.fs, sheet, palette)
    if record.simulated:
        layout["annotations"] = [_watermark(palette)]
    return go.Figure(data=data, layout=layout)


def _about_the_middle(
    mv: npt.NDArray[np.float32], extents_mv: Sequence[tuple[float, float]], guessed: Sequence[bool]
) -> tuple[npt.NDArray[np.float32], list[tuple[float, float]]]:
    """Leads whose mV are a guess moved so that the middle of what they usually take is at 0: so is their zero."""
    middle = [sum(extent) / 2 if guess else 0.0 for extent, guess in zip(extents_mv, guessed, strict=True)]
    moved = [(low - zero, high - zero) for (low, high), zero in zip(extents_mv, middle, strict=True)]
    return mv - np.array(middle, np.float32), moved


def _room(mv: npt.NDArray[np.float32], extents_mv: Sequence[tuple[float, float]] | None) -> list[tuple[float, float]]:
    """Room each lead needs, in mV: what it usually takes in the recording, or more if this window has more."""
    room = []
    for k in range(mv.shape[1]):
        seen = mv[:, k][np.isfinite(mv[:, k])]
        low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 0.0)
        if extents_mv is not None:
            usual_low, usual_high = extents_mv[k]
            low, high = min(low, usual_low), max(high, usual_high)
        room.append((max(low, -8.0) - 0.1, min(high, 8.0) + 0.1))
    return room


def _trace(
    part: npt.NDArray[np.float32],
    x0: float,
    record: Record,
    lead: int,
    row: Row,
    axis: int,
    thin: int,
    palette: Palette,
) -> Trace:
    name = plain(record.leads[lead], 16)
    unit = "mV" if _calibrated(record, lead) else "(uncalibrated)"
    dx = 1 / record.fs
    if thin > 1:
        columns = envelope(part, max(1, len(part) // (2 * thin)))
        dx = dx * len(part) / columns.size
        part = columns.reshape(-1)
    return {
        "type": "scatter", "mode": "lines", "name": name, "yaxis": f"y{axis}", "x0": x0, "dx": dx, "y": part,
        "line": {"color": palette.trace, "width": 1.3}, "connectgaps": False,
        "hovertemplate": f"{name} %{{y:.2f}} {unit}<br>{clock(row.start_s, 1)} + %{{x:.3f}} s<extra></extra>",
    }  # fmt: skip


def _layout(record: Record, sheet: Sheet, leads: Sequence[int], palette: Palette) -> Layout:
    start_s = sheet.rows[0].start_s
    stop_s = sheet.rows[-1].start_s + sheet.rows[-1].length_s
    names = ", ".join(plain(record.leads[k], 16) for k in leads)
    simulated = f" {SIMULATED}." if record.simulated else ""
    title = f"Record {plain(record.name)}, {names}: {clock(start_s, 1)} to {clock(stop_s, 1)}.{simulated}"
    layout = base_layout(palette, title, sheet.height_px + HEAD_PX + AXIS_PX)
    layout["margin"] = {"l": SIDE_PX, "r": SIDE_PX, "t": HEAD_PX, "b": AXIS_PX}
    layout["plot_bgcolor"] = palette.paper
    layout["hovermode"] = "closest"
    layout["shapes"] = []
    fine = sheet.row_s <= MINOR_GRID_MAX_S and 0.04 * sheet.px_per_s >= MINOR_BOX_MIN_PX
    layout["xaxis"] = _time_axis(sheet, fine, palette)
    grid = {"gridcolor": palette.grid_major, "gridwidth": 1, "showgrid": sheet.to_scale}
    layout["yaxis"] = _lead_axis(sheet, 0.0) | grid | {"dtick": 0.5, "tick0": 0}
    del layout["yaxis"]["overlaying"]
    if fine and sheet.to_scale:
        minor = {"showgrid": True, "gridcolor": palette.grid_minor, "gridwidth": 1}
        layout["yaxis"]["minor"] = minor | {"dtick": 0.1}
        layout["xaxis"]["minor"] = minor | {"dtick": 0.04, "tick0": layout["xaxis"]["tick0"]}
    return layout


def _time_axis(sheet: Sheet, fine: bool, palette: Palette) -> Axis:
    row = sheet.rows[0]
    step = 0.2 if fine or sheet.to_scale else 1.0
    each = next((s for s in LABEL_STEPS_S if s * sheet.px_per_s >= LABEL_PX), LABEL_STEPS_S[-1])
    wrapped = len(sheet.rows) > 1
    origin_s = 0.0 if wrapped else row.start_s  # lines stand at whole boxes of the recording, or of the row
    first = math.ceil(origin_s / step - 1e-6)
    last = math.floor((origin_s + sheet.row_s) / step + 1e-6)
    values = [round(k * step, 3) for k in range(first, last + 1)]

    def label(value: float) -> str:
        if abs(value / each - round(value / each)) > 1e-6:
            return ""
        return f"{value:g} s" if wrapped else clock(value)

    return {
        "range": [-sheet.margin_s, sheet.row_s],
        "fixedrange": True,
        "constrain": "domain",
        "constraintoward": "left",
        "tickvals": [round(value - origin_s, 3) for value in values],
        "tick0": round(values[0] - origin_s, 3),
        "ticktext": [label(value) for value in values],
        "tickfont": {"size": 12, "color": palette.muted},
        "tickangle": 0,
        "ticks": "",
        "zeroline": False,
        "gridcolor": palette.grid_major,
        "gridwidth": 1,
        "title": {
            "text": "Seconds after the time at the left of the row" if wrapped else "Time, minutes:seconds",
            "font": {"size": 12, "color": palette.muted},
            "standoff": 4,
        },
    }


def _decimals(start_s: float) -> int:
    return 0 if abs(start_s - round(start_s)) < 0.05 else 1


def _lead_axis(sheet: Sheet, zero_y: float) -> Axis:
    axis: Axis = {
        "range": [-sheet.height_mv - zero_y, -zero_y],
        "fixedrange": True,
        "overlaying": "y",
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "ticks": "",
    }
    if sheet.to_scale:
        axis |= {"scaleanchor": "x", "scaleratio": MV_PER_S, "constrain": "range", "constraintoward": "top"}
    return axis


def _calibrated(record: Record, lead: int) -> bool:
    return not record.calibrated or record.calibrated[lead]


def _calibration(sheet: Sheet, calibrated: Sequence[bool], palette: Palette) -> Trace:
    """A pulse of 1 mV for 0.2 s before each lead of each row (1 s where a row is longer than 12 s); none before a lead
    whose mV are a guess."""
    width = 0.2 if sheet.row_s <= MINOR_GRID_MAX_S else sheet.margin_s / 3
    foot = max((sheet.margin_s - width) / 2 - 4 / sheet.px_per_s, 0.0)
    left = -sheet.margin_s + 4 / sheet.px_per_s
    steps = np.cumsum([left, foot, 0, width, 0, foot * 0.6])
    heights = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    x: list[float | None] = []
    y: list[float | None] = []
    for row in sheet.rows:
        for zero in (zero for zero, known in zip(row.zero_y, calibrated, strict=True) if known):
            x += [*steps.round(4).tolist(), None]
            y += [*(heights + zero).round(4).tolist(), None]
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "line": {"color": palette.trace, "width": 1.3},
        "hoverinfo": "skip", "name": "calibration 1 mV, 0.2 s",
    }  # fmt: skip


def _lead_names(record: Record, sheet: Sheet, leads: Sequence[int], palette: Palette) -> Trace:
    """Lead names above their pulses; with several rows, the time each row starts at."""
    left = -sheet.margin_s + 4 / sheet.px_per_s
    points = [
        (left, zero + 1.0 + sheet.mv(10), f"<b>{plain(record.leads[lead], 8)}</b>")
        for row in sheet.rows
        for zero, lead in zip(row.zero_y, leads, strict=True)
    ]
    if len(sheet.rows) > 1:
        decimals = _decimals(sheet.rows[0].start_s)
        points += [(left, row.rhythm_y, clock(row.start_s, decimals)) for row in sheet.rows]
    x, y, text = (list(column) for column in zip(*points, strict=True))
    return {
        "type": "scatter", "mode": "text", "x": x, "y": y, "text": text, "textposition": "middle right",
        "textfont": {"size": FONT_LEAD_PX, "color": palette.text}, "hoverinfo": "skip",
    }  # fmt: skip


def _scale_text(record: Record, sheet: Sheet, leads: Sequence[int], column_s: float, palette: Palette) -> Trace:
    guessed = [plain(record.leads[lead], 16) for lead in leads if not _calibrated(record, lead)]
    some = len(guessed) < len(leads)
    parts = ["25 mm/s", "10 mm/mV"] if sheet.to_scale else ["Amplitude and time not to scale", "pulse 1 mV"]
    text = ("   " if sheet.to_scale else "; ").join(parts if some else parts[:1])
    if guessed:
        text += f"   {', '.join(guessed)} uncalibrated: no true mV"
    note = f"   Unfiltered, envelope: extremes of each {column_s * 1000:.0f} ms" if column_s else "   Unfiltered"
    return {
        "type": "scatter", "mode": "text", "hoverinfo": "skip", "text": [text + note], "textposition": "middle right",
        "x": [-sheet.margin_s + 4 / sheet.px_per_s], "y": [sheet.rows[-1].bottom_y - sheet.mv(13)],
        "textfont": {"size": 12, "color": palette.text},
    }  # fmt: skip


def _watermark(palette: Palette) -> Layout:
    return {
        "text": SIMULATED, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.45, "showarrow": False, "opacity": 0.16,
        "font": {"size": 72, "color": palette.text}, "textangle": -12,
    }  # fmt: skip
