"""How a beat GAN learns: the same few synthetic beats after each epoch that was kept, one row an epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.plots.theme import Palette, base_layout

Frame = tuple[int, npt.NDArray[np.floating]]
"""Epoch, and beats of shape (n, n_leads, n_points) in mV."""
COLUMNS = 6
ROW_PX, HEAD_PX, AXIS_PX = 64, 34, 70
GAP = 0.12  # between two beats, of the length of one
PULSE_S, PULSE_MV = 0.2, 1.0
LEADS = ("First lead", "Second lead")
STEP_MV = 0.5


def film_figure(
    frames: Sequence[Frame], times_s: npt.NDArray[np.float64], beat_class: str, palette: Palette
) -> go.Figure:
    """Draw the first six beats of each frame from left to right, frames from top to bottom, all on one scale.

    The first lead is a strong line, the second a thin one. A pulse of 1 mV and 0.2 s stands before each row.
    `times_s`, shape (n_points,), is evenly spaced; beats that are not numbers leave a gap.
    """
    dt = float(times_s[1] - times_s[0])
    gap = max(1, round(GAP * len(times_s)))
    width_s = (len(times_s) + gap) * dt
    shown = [(epoch, np.asarray(beats[:COLUMNS], np.float32)) for epoch, beats in frames]
    low, high = _room([beats for _, beats in shown])
    pitch = high - low
    traces: list[dict[str, Any]] = []
    columns = max((len(beats) for _, beats in shown), default=0)
    for row, (epoch, beats) in enumerate(shown):
        base = -row * pitch - (low + high) / 2  # where 0 mV lies, so that the row is centred on its tick
        for lead in range(beats.shape[1] - 1, -1, -1):  # the first lead last, on top
            strong = lead == 0
            line = np.pad(beats[:, lead] + np.float32(base), ((0, 0), (0, gap)), constant_values=np.nan)
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": LEADS[lead] if lead < len(LEADS) else f"Lead {lead + 1}",
                    "legendgroup": str(lead),
                    "legendrank": lead,
                    "showlegend": row == 0,
                    "x0": 0.0,
                    "dx": dt,
                    "y": line.reshape(-1),
                    "line": {"color": palette.trace if strong else palette.accent, "width": 1.6 if strong else 0.9},
                    "hovertemplate": f"epoch {epoch}<extra></extra>",
                    "connectgaps": False,
                }
            )
    traces.append(_pulses(len(shown), pitch, palette))
    layout = base_layout(palette, f"SYNTHETIC {beat_class} beats by epoch", HEAD_PX + AXIS_PX + ROW_PX * len(shown))
    layout["margin"] = {"l": 76, "r": 4, "t": HEAD_PX, "b": AXIS_PX}
    layout["xaxis"] |= {
        "range": [-2.2 * PULSE_S, columns * width_s],
        "fixedrange": True,
        "showgrid": False,
        "tickvals": [float(k * width_s + len(times_s) * dt / 2) for k in range(columns)],
        "ticktext": [str(k + 1) for k in range(columns)],
        "tickangle": 0,
        "title": {"text": "Beat, from the same noise in every row", "standoff": 4,
                  "font": {"size": 12, "color": palette.muted}},
    }  # fmt: skip
    layout["yaxis"] |= {
        "range": [-(len(shown) - 0.5) * pitch, 0.5 * pitch],
        "fixedrange": True,
        "showgrid": False,
        "tickvals": [-row * pitch for row in range(len(shown))],
        "ticktext": [f"epoch {epoch:,}" for epoch, _ in shown],
    }
    layout["showlegend"] = True
    layout["legend"] = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom",
                        "itemclick": False, "itemdoubleclick": False}  # fmt: skip
    return go.Figure({"data": traces, "layout": layout})


def _room(frames: Sequence[npt.NDArray[np.float32]]) -> tuple[float, float]:
    """Lowest and highest mV a row needs, in steps, so that it seldom changes as frames come."""
    values = np.concatenate([beats[np.isfinite(beats)] for beats in frames]) if frames else np.empty(0, np.float32)
    low, high = np.percentile(values, [0.1, 99.9]) if len(values) else (0.0, 0.0)
    low, high = min(float(low), -STEP_MV), max(float(high), PULSE_MV)
    return float(np.floor(low / STEP_MV) * STEP_MV), float(np.ceil(high / STEP_MV) * STEP_MV)


def _pulses(n: int, pitch: float, palette: Palette) -> dict[str, Any]:
    """One calibration pulse a row, centred on it."""
    x = [*(np.array([-1.8, -1.6, -1.6, -0.6, -0.6, -0.4]) * PULSE_S).round(3).tolist(), None]
    steps = np.array([-1, -1, 1, 1, -1, -1]) * PULSE_MV / 2
    y: list[float | None] = []
    for row in range(n):
        y += [*(steps - row * pitch).round(3).tolist(), None]
    return {"type": "scatter", "mode": "lines", "x": x * n, "y": y, "name": "1 mV, 0.2 s", "showlegend": False,
            "hoverinfo": "skip", "line": {"color": palette.muted, "width": 1.2}}  # fmt: skip
