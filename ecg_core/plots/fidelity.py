"""Recorded and synthetic beats compared: distributions of what is read in a beat, and a map of their shapes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.evaluation.embedding import Map2d
from ecg_core.plots.theme import Palette, base_layout

Array = npt.NDArray[np.float64]
RECORDED, SYNTHETIC = "Recorded", "SYNTHETIC"
N_BINS = 40
WITHIN = (0.005, 0.995)
"""Quantiles of both groups that the bins reach over; the outermost bins take what lies beyond."""
MOST_POINTS = 800
LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"}


@dataclass(frozen=True)
class Quantity:
    """One quantity of every beat."""

    name: str
    unit: str
    recorded: Array = field(repr=False)
    synthetic: Array = field(repr=False)
    gap: float
    """Largest gap between the two cumulative distributions, 0 to 1."""
    digits: int = 2


def distributions_figure(
    quantities: Sequence[Quantity], palette: Palette, *, title: str, columns: int = 2
) -> go.Figure:
    """Outlines of both groups over each other, a panel a quantity: recorded shaded, synthetic dashed.

    Values that are not known (NaN) are left out; a group without any has no outline.
    """
    rows = -(-len(quantities) // columns)
    layout = base_layout(palette, title, 120 + 215 * rows)
    layout |= {"showlegend": True, "legend": LEGEND, "annotations": []}
    layout["margin"] |= {"t": 86, "b": 84}
    x_axis, y_axis = layout.pop("xaxis"), layout.pop("yaxis")
    data: list[dict[str, Any]] = []
    high, wide = 1 / max(rows, 1), 1 / columns
    for k, one in enumerate(quantities):
        row, column = divmod(k, columns)
        end = str(k + 1) if k else ""
        x = [column * wide + 0.05 * (column > 0), (column + 1) * wide]
        y = [1 - (row + 1) * high + (0.16 if row < rows - 1 else 0.0), 1 - row * high - 0.06 * (row > 0)]
        unit = f"{one.name} ({one.unit})" if one.unit else one.name
        layout[f"xaxis{end}"] = x_axis | {"domain": x, "anchor": f"y{end}", "title": {"text": unit, "standoff": 4}}
        layout[f"yaxis{end}"] = y_axis | {"domain": y, "anchor": f"x{end}", "rangemode": "tozero",
                                          "title": {"text": "" if column else "Share (%)", "standoff": 4}}  # fmt: skip
        layout["annotations"].append({
            "text": _said(one), "x": x[0], "y": y[1], "xref": "paper", "yref": "paper", "xanchor": "left",
            "yanchor": "bottom", "align": "left", "showarrow": False, "font": {"size": 12, "color": palette.text},
        })  # fmt: skip
        data += _outlines(one, end, palette, legend=not k)
    return go.Figure({"data": data, "layout": layout})


def map_figure(found: Map2d, palette: Palette, *, title: str) -> go.Figure:
    """Beats as points: recorded ones open circles, synthetic ones crosses. At most 800 of each are drawn."""
    layout = base_layout(palette, title, 470)
    layout |= {"showlegend": True, "legend": LEGEND, "hovermode": "closest"}
    layout["margin"] |= {"b": 84}
    layout["xaxis"] |= {"title": {"text": found.axes[0], "standoff": 6}}
    layout["yaxis"] |= {"title": {"text": found.axes[1].replace(" of the recorded beats", ""), "standoff": 4}}
    kinds = ((RECORDED, found.real, "circle-open", palette.text), (SYNTHETIC, found.fake, "x-thin", palette.accent))
    data = [
        {
            "type": "scatter", "mode": "markers", "name": f"{name} ({len(points[:MOST_POINTS]):,})",
            "x": points[:MOST_POINTS, 0].astype(np.float32), "y": points[:MOST_POINTS, 1].astype(np.float32),
            "marker": {"symbol": symbol, "size": 6, "color": colour, "opacity": 0.75,
                       "line": {"width": 1.3, "color": colour}},
            "hovertemplate": f"{name}<br>%{{x:.1f}}, %{{y:.1f}}<extra></extra>",
        }
        for name, points, symbol, colour in kinds
    ]  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _known(values: Array) -> Array:
    return values[np.isfinite(values)]


def _said(one: Quantity) -> str:
    medians = [f"{np.median(_known(values)):.{one.digits}f}" if len(_known(values)) else "unknown"
               for values in (one.recorded, one.synthetic)]  # fmt: skip
    return f"<b>{one.name}</b>: gap {one.gap:.2f}<br>median {medians[0]} recorded, {medians[1]} synthetic"


def _outlines(one: Quantity, end: str, palette: Palette, legend: bool) -> list[dict[str, Any]]:
    groups = {RECORDED: _known(one.recorded), SYNTHETIC: _known(one.synthetic)}
    there = [values for values in groups.values() if len(values)]
    if not there:
        return []
    low, top = min(np.quantile(v, WITHIN[0]) for v in there), max(np.quantile(v, WITHIN[1]) for v in there)
    steps = np.diff(np.unique(np.concatenate(there)))
    finest = float(
        np.min(steps[steps > 1e-6], initial=np.inf)
    )  # QRS lasts whole points: narrower bins would stay empty
    width = max((top - low) / N_BINS, 1e-6)
    if np.isfinite(finest) and len(steps) < 4 * N_BINS:
        width = finest * max(1, round(width / finest))
        low -= finest / 2
    edges = low + width * np.arange(int(np.ceil((top - low) / width)) + 2)
    looks: dict[str, dict[str, Any]] = {
        RECORDED: {"line": {"shape": "hv", "color": palette.text, "width": 1.8}, "fill": "tozeroy",
                   "fillcolor": _faded(palette.text)},
        SYNTHETIC: {"line": {"shape": "hv", "color": palette.accent, "width": 2, "dash": "dash"}},
    }  # fmt: skip
    made = []
    for name, values in groups.items():
        if not len(values):
            continue
        counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
        share = 100 * counts / len(values)
        made.append({
            "type": "scatter", "mode": "lines", "name": name, "legendgroup": name, "showlegend": legend,
            "xaxis": f"x{end}", "yaxis": f"y{end}", "x": edges.astype(np.float32),
            "y": np.append(share, share[-1]).astype(np.float32), **looks[name],
            "hovertemplate": f"{name}<br>%{{x:.2f}} {one.unit}: %{{y:.1f}} %<extra></extra>",
        })  # fmt: skip
    return made


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
