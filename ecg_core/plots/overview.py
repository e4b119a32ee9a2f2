"""The whole recording at a glance: its envelope, where the abnormal beats are, and where the window is."""

from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.beats.beat_table import BeatTable
from ecg_core.beats.classes import CLASSES
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.clock import clock
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm
from ecg_core.plots.escape import plain
from ecg_core.plots.spec import Layout, Trace
from ecg_core.plots.theme import Palette, base_layout

COLUMNS = 1_500
CLICK_CURVE = 1
"""Number of the trace whose points a click selects."""
RAIL_PX = 13
ENVELOPE_PX = 64
HEAD_PX, FOOT_PX, LEFT_PX, WIDE_LEFT_PX = 34, 24, 34, 60
AF, AF_BY_RR = "AF", "AF by RR"
MIN_WINDOW_COLUMNS = 4  # a narrower mark could not be seen


def envelope(signal: npt.NDArray[Any], columns: int = COLUMNS) -> npt.NDArray[Any]:
    """Least and greatest sample of each of `columns` equal stretches, shape (columns, 2), dtype of `signal`.

    Every peak is kept by construction. `signal` has shape (n_samples,); the last stretch may be shorter, and with
    fewer samples than columns there is one column a sample. NaN counts only where a stretch holds nothing else.
    """
    n = len(signal)
    step = max(1, -(-n // columns))
    whole = n // step
    body = signal[: whole * step].reshape(whole, step)
    low, high = np.fmin.reduce(body, axis=1), np.fmax.reduce(body, axis=1)
    if rest := signal[whole * step :].tolist():
        low = np.append(low, np.asarray(np.fmin.reduce(rest), signal.dtype))
        high = np.append(high, np.asarray(np.fmax.reduce(rest), signal.dtype))
    return np.stack([low, high], axis=1)


def record_envelope(record: Record, lead: int = 0, columns: int = COLUMNS) -> npt.NDArray[np.float32]:
    """Envelope of one lead in mV, shape (columns, 2); missing samples leave no mark. Cache it: it reads everything."""
    return np.asarray(envelope(record.mv(leads=[lead])[:, 0], columns), np.float32)


def abnormal_samples(beats: BeatTable) -> dict[str, npt.NDArray[np.int64]]:
    """Samples of the beats of every class but N that there is, in the order S V F Q."""
    samples = {beat_class: beats.samples_of(beat_class) for beat_class in CLASSES[1:]}
    return {beat_class: r_sample for beat_class, r_sample in samples.items() if len(r_sample)}


def overview(
    labelled: LabelledRecord,
    columns: npt.NDArray[np.float32],
    start_s: float,
    length_s: float,
    palette: Palette,
    lead: int = 0,
    found: tuple[Rhythm, ...] = (),
) -> go.Figure:
    """The whole recording as an envelope (from `record_envelope`), a rail a class of abnormal beats, the window marked.

    Where atrial fibrillation is annotated or was `found` by RR intervals, one rail more for each of the two.
    A click anywhere selects a point of trace number `CLICK_CURVE`; `clicked_time` turns it into seconds.
    """
    record = labelled.record
    abnormal = {} if labelled.layer.is_detected else abnormal_samples(labelled.beats)
    bars = _fibrillation(labelled, found)
    rails = [*bars, *abnormal]
    counts = ", ".join(f"{len(samples):,} {name}" for name, samples in abnormal.items())
    beats = f"{counts} beats" if counts else ("no S, V, F or Q beats" if len(labelled.layer) else "no annotations")
    if labelled.layer.is_detected:
        beats = f"{len(labelled.beats):,} beats detected"
    title = f"Whole recording, {clock(record.duration_s)}: {beats}. Click to go there"
    step_s = record.duration_s / len(columns)
    layout = _layout(record, columns, rails, title, palette)
    half = max(length_s, MIN_WINDOW_COLUMNS * step_s) / 2
    middle = min(start_s + length_s / 2, record.duration_s)
    layout["shapes"] = [
        {
            "type": "rect", "xref": "x", "yref": "paper", "x0": middle - half, "x1": middle + half, "y0": 0, "y1": 1,
            "fillcolor": palette.accent, "opacity": 0.28, "line": {"width": 0}, "layer": "below",
        },
        {
            "type": "rect", "xref": "x", "yref": "paper", "x0": middle - half, "x1": middle + half, "y0": 0, "y1": 1,
            "line": {"width": 1.5, "color": palette.accent}, "layer": "above",
        },
    ]  # fmt: skip
    data: list[Trace] = [
        {
            "type": "scatter", "name": plain(record.leads[lead]), "mode": "lines", "hoverinfo": "skip",
            "x0": 0, "dx": step_s / 2, "y": columns.reshape(-1), "line": {"color": palette.muted, "width": 1},
        },
        {
            "type": "scatter", "name": "time", "mode": "markers", "marker": {"opacity": 0, "size": 8},
            "selected": {"marker": {"opacity": 0}}, "unselected": {"marker": {"opacity": 0}},
            "yaxis": "y2", "x0": step_s / 2, "dx": step_s, "y": np.zeros(len(columns), np.float32),
            "text": [clock((k + 0.5) * step_s) for k in range(len(columns))],
            "hovertemplate": "%{text}<extra></extra>",
        },
    ]  # fmt: skip
    colour = palette.rhythm("supraventricular")
    data += [_bar(bars[name], k, record.fs, colour) for k, name in enumerate(bars)]
    data += [
        _rail(abnormal[name], k, record.fs, step_s, palette.classes[name]) for k, name in enumerate(abnormal, len(bars))
    ]
    return go.Figure(data=data, layout=layout)


def clicked_time(point_index: int, record: Record, n_columns: int) -> float:
    """Middle, in seconds, of the column a click selected; held inside the recording."""
    step_s = record.duration_s / n_columns
    return min(max((point_index + 0.5) * step_s, 0.0), record.duration_s)


def _layout(record: Record, columns: npt.NDArray[np.float32], rails: list[str], title: str, palette: Palette) -> Layout:
    """Rails above the envelope on two y axes over one plot, so that a click counts wherever it falls."""
    plot_px = ENVELOPE_PX + RAIL_PX * max(1, len(rails))
    layout = base_layout(palette, title, HEAD_PX + plot_px + FOOT_PX)
    layout["margin"] = {
        "l": WIDE_LEFT_PX if {AF, AF_BY_RR} & set(rails) else LEFT_PX,
        "r": 12,
        "t": HEAD_PX,
        "b": FOOT_PX,
    }
    layout["title"]["font"] = {"size": 14}
    layout |= {"hovermode": "x", "hoverdistance": -1, "clickmode": "event+select", "uirevision": record.name}
    ticks = _ticks(record.duration_s)
    still = {"fixedrange": True, "showgrid": False}
    layout["xaxis"] |= still | {
        "range": [0, record.duration_s],
        "tickvals": ticks,
        "ticktext": [clock(tick) for tick in ticks],
        "tickfont": {"color": palette.muted, "size": 12},
    }
    seen = columns[np.isfinite(columns)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (-1.0, 1.0)
    top = low + max(high - low, 0.1) * plot_px / ENVELOPE_PX
    layout["yaxis"] |= still | {"range": [low, top], "showticklabels": False, "showline": False}
    layout["yaxis2"] = layout["yaxis"] | {
        "overlaying": "y",
        "range": [10 * plot_px / RAIL_PX - 5, -5],
        "showticklabels": True,
        "tickvals": [10 * k for k in range(len(rails))],
        "ticktext": rails,
        "tickfont": {"size": 12, "color": palette.text},
        "ticklabelstandoff": 6,
    }
    return layout


def _rail(samples: npt.NDArray[np.int64], row: int, fs: float, step_s: float, colour: str) -> Trace:
    """One upright stroke a column that holds such a beat: one path, however many beats there are."""
    columns = np.unique((samples / fs / step_s).astype(np.int64))
    x = np.full((len(columns), 3), np.nan, np.float32)
    y = np.full((len(columns), 3), 10 * row, np.int8)  # tenths of a rail: small on the wire; NaN in x breaks the line
    x[:, :2] = ((columns + 0.5) * step_s)[:, None]
    y[:, :2] = 10 * row - 4, 10 * row + 4
    return {
        "type": "scatter", "mode": "lines", "x": x.reshape(-1), "y": y.reshape(-1), "yaxis": "y2",
        "line": {"color": colour, "width": 1.2}, "hoverinfo": "skip",
    }  # fmt: skip


def _fibrillation(labelled: LabelledRecord, found: tuple[Rhythm, ...]) -> dict[str, tuple[Rhythm, ...]]:
    """Atrial fibrillation as the reference and as RR intervals have it, by the name of its rail, where there is any."""
    annotated = tuple(episode for episode in labelled.rhythms if episode.name == "AFIB")
    return {name: episodes for name, episodes in ((AF, annotated), (AF_BY_RR, found)) if episodes}


def _bar(episodes: tuple[Rhythm, ...], row: int, fs: float, colour: str) -> Trace:
    """A bar from beginning to end of each episode."""
    x = [value for one in episodes for value in (one.start_sample / fs, one.stop_sample / fs, None)]
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": [10 * row if value is not None else None for value in x],
        "yaxis": "y2", "line": {"color": colour, "width": 6}, "hoverinfo": "skip",
    }  # fmt: skip


def _ticks(duration_s: float) -> list[float]:
    steps = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
    step = next((s for s in steps if duration_s / s <= 12), 86_400)
    return [float(k * step) for k in range(int(duration_s // step) + 1)]
