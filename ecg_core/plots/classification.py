"""A classifier judged: confusion, reliability, precision-recall; and where it looks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from ecg_core.plots.escape import plain
from ecg_core.plots.theme import MARKERS, Palette, base_layout

LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"}
CELL_PX = 56
FEWEST = 20
"""Beats of a class that still make a curve."""
BEATS_SHOWN = 30  # in a bin, below which its point says little


def confusion_figure(
    confusion: Mapping[str, Mapping[str, int]], palette: Palette, title: str, clickable: bool = False
) -> go.Figure:
    """Counts in every cell, and below them the share of the reference class; shaded by that share.

    `clickable`: a point that cannot be seen lies over each cell, with `reference>predicted` as its `customdata`, since
    Streamlit selects points and no cells of a heatmap.
    """
    names = list(confusion)
    counts = np.array([[confusion[true][name] for name in names] for true in names])
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    layout = base_layout(palette, title, 92 + CELL_PX * len(names))
    layout["margin"] |= {"l": 96 if max(map(len, names)) > 3 else 64, "t": 70, "b": 10}
    shown = [plain(name, 12) for name in names]
    layout["xaxis"] |= {"side": "top", "title": {"text": "Predicted", "standoff": 4}, "showgrid": False,
                        "type": "category", "fixedrange": True}  # fmt: skip
    layout["yaxis"] |= {"title": {"text": "Reference", "standoff": 6}, "showgrid": False,
                        "type": "category", "fixedrange": True}  # fmt: skip
    dark = palette.theme == "dark"
    pairs = [(i, j) for i in range(len(names)) for j in range(len(names))]
    n = len(names)
    layout["xaxis"] |= {"range": [-0.5, n - 0.5]}
    layout["yaxis"] |= {"range": [n - 0.5, -0.5]}
    # the numbers are points with text: as annotations they take a browser several times as long
    cells = {
        "type": "scatter", "mode": "markers+text", "x": [shown[j] for _, j in pairs], "y": [shown[i] for i, _ in pairs],
        "text": [f"<b>{counts[i, j]:,}</b><br>{100 * share[i, j]:.1f} %" for i, j in pairs],
        "textposition": "middle center",
        "textfont": {"size": 13, "color": [_on(share[i, j], palette) for i, j in pairs]},
        "marker": {"symbol": "square", "size": CELL_PX - 8, "opacity": 0},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }  # fmt: skip
    data = {
        "type": "heatmap", "z": share.astype(np.float32), "x": shown, "y": shown, "zmin": 0, "zmax": 1,
        "showscale": False, "xgap": 2, "ygap": 2,
        "colorscale": [[0, "#1E242C" if dark else "#F1F4F8"], [1, palette.accent]],
        "customdata": counts,
        "hovertemplate": "Reference %{y}, predicted %{x}<br>%{customdata:,} beats, %{z:.1%} of the class"
        "<extra></extra>",
    }  # fmt: skip
    if not clickable:
        return go.Figure({"data": [data, cells], "layout": layout})
    layout |= {"hovermode": "closest", "hoverdistance": 2 * CELL_PX, "clickmode": "event+select"}
    buttons = {
        "unselected": {"marker": {"opacity": 0}}, "selected": {"marker": {"opacity": 0}},
        "customdata": [f"{names[i]}>{names[j]}" for i, j in pairs],
        "hoverinfo": None,
        "hovertemplate": "Reference %{y}, predicted %{x}<br>%{text} of the class<br>Click: look at them<extra></extra>",
    }  # fmt: skip
    quiet = {"hoverinfo": "skip", "hovertemplate": None}
    return go.Figure({"data": [data | quiet, cells | buttons], "layout": layout})


def reliability_figure(tables: Mapping[str, pd.DataFrame], palette: Palette, title: str) -> go.Figure:
    """Said probability against the share that came true, a line a class; on the diagonal they agree.

    Bins of few beats are small points: they say little.
    """
    layout = base_layout(palette, title, 330) | {"showlegend": True, "legend": LEGEND}
    layout["margin"] |= {"b": 84}
    layout["xaxis"] |= {"title": {"text": "Probability the classifier says (%)", "standoff": 4}, "range": [-2, 102],
                        "dtick": 25}  # fmt: skip
    layout["yaxis"] |= {"title": {"text": "Share that is of the class (%)"}, "range": [-2, 104], "dtick": 25}
    data: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip", "showlegend": False,
         "line": {"color": palette.muted, "width": 1, "dash": "dot"}}
    ]  # fmt: skip
    for name, table in tables.items():
        data.append(
            {
                "type": "scatter", "mode": "lines+markers", "name": plain(name, 20),
                "x": (100 * table["said"]).to_numpy(np.float32), "y": (100 * table["found"]).to_numpy(np.float32),
                "line": {"color": _colour(name, palette), "width": 2},
                "marker": {"symbol": MARKERS.get(name, "circle"),
                           "size": np.where(table["beats"] < BEATS_SHOWN, 4, 8).tolist()},
                "customdata": table["beats"].to_numpy(),
                "hovertemplate": f"{plain(name, 20)}: says %{{x:.0f}} %, true of %{{y:.0f}} %"
                "<br>%{customdata:,} beats<extra></extra>",
            }
        )  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def curves_figure(curves: Mapping[str, pd.DataFrame], palette: Palette, title: str, roc: bool = False) -> go.Figure:
    """A curve a class against all others: precision-recall, or ROC.

    Tables have the columns `x` and `y` as shares, and `area` in their attributes.
    """
    layout = base_layout(palette, title, 330) | {"showlegend": True, "legend": LEGEND}
    layout["margin"] |= {"b": 84}
    x, y = ("1 − specificity (%)", "Sensitivity (%)") if roc else ("Sensitivity (%)", "Positive predictivity (%)")
    layout["xaxis"] |= {"title": {"text": x, "standoff": 4}, "range": [-2, 102], "dtick": 25}
    layout["yaxis"] |= {"title": {"text": y}, "range": [-2, 104], "dtick": 25}
    data = [
        {
            "type": "scatter", "mode": "lines", "name": f"{plain(name, 20)} {table.attrs['area']:.3f}",
            "x": (100 * table["x"]).to_numpy(np.float32), "y": (100 * table["y"]).to_numpy(np.float32),
            "line": {"color": _colour(name, palette), "width": 2},
            "hovertemplate": f"{plain(name, 20)}: %{{x:.1f}} %, %{{y:.1f}} %<extra></extra>",
        }
        for name, table in curves.items()
    ]  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def saliency_figure(
    beat_mv: npt.NDArray[np.float32], usual_mv: npt.NDArray[np.float32], fall: npt.NDArray[np.float64],
    times_s: npt.NDArray[np.float64], leads: Sequence[str], palette: Palette, title: str, lead_px: int = 230,
) -> go.Figure:  # fmt: skip
    """A beat, the patient's usual beat dashed, and bars at the foot: how many percentage points of the class hang on
    that part of the beat. A panel a lead."""
    n = len(leads)
    layout = base_layout(palette, title, 60 + lead_px * n)
    x_axis, y_axis = layout.pop("xaxis"), layout.pop("yaxis")
    most = max(5.0, float(np.abs(100 * fall).max()))
    times_ms = 1000 * times_s
    data: list[dict[str, Any]] = []
    for k in range(n):
        end = "" if k == 0 else str(2 * k + 1)
        top = 1 - k / n - 0.02 * (k > 0)
        low = 1 - (k + 1) / n + (0.08 if k < n - 1 else 0.0)
        middle = low + 0.3 * (top - low)
        last = k == n - 1
        below = {"anchor": f"y{2 * k + 2}", "title": {"text": "ms from the R peak"} if last else {}}
        layout[f"xaxis{end}"] = x_axis | below
        layout[f"yaxis{end}"] = y_axis | {"domain": [middle + 0.02, top],
                                          "title": {"text": f"{plain(leads[k], 8)} (mV)", "standoff": 2}}  # fmt: skip
        layout[f"yaxis{2 * k + 2}"] = y_axis | {"domain": [low, middle - 0.02], "range": [-most, most],
                                                "title": {"text": "% points" if lead_px > 200 else "%", "standoff": 2},
                                                "tickvals": [-most, 0, most],
                                                "ticktext": [f"{-most:.0f}", "0", f"{most:.0f}"], "zeroline": True,
                                                "zerolinecolor": palette.muted}  # fmt: skip
        upper = {"xaxis": f"x{end}", "yaxis": f"y{end}", "type": "scatter", "mode": "lines", "x": times_ms}
        data += [
            upper | {"y": usual_mv[k], "line": {"color": palette.muted, "width": 1.5, "dash": "dash"},
                     "hoverinfo": "skip"},
            upper | {"y": beat_mv[k], "line": {"color": palette.trace, "width": 2},
                     "hovertemplate": "%{x:.0f} ms, %{y:.2f} mV<extra></extra>"},
            {"type": "scatter", "mode": "lines", "line": {"shape": "hvh", "width": 0}, "fill": "tozeroy",
             "xaxis": f"x{end}", "yaxis": f"y{2 * k + 2}", "x": times_ms,
             "y": (100 * fall[k]).astype(np.float32), "fillcolor": palette.accent,
             "hovertemplate": "%{x:.0f} ms: %{y:.0f} percentage points<extra></extra>"},
        ]  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _colour(name: str, palette: Palette) -> str:
    others = list(palette.classes.values())
    return palette.classes.get(name) or (palette.accent if name == "abnormal" else others[_hash_of(name) % len(others)])


def _hash_of(name: str) -> int:
    """A number of a name that is the same in every process."""
    return sum(ord(character) * (k + 1) for k, character in enumerate(name))


def _on(share: float, palette: Palette) -> str:
    """Colour of text on a cell: the ground is light or dark."""
    strong = share > 0.5
    if palette.theme == "dark":
        return "#10151B" if strong else palette.text
    return "#FFFFFF" if strong else palette.text
