"""What each way of training changes, with intervals: the chart of a study."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from ecg_core.plots.theme import Palette, base_layout

KEYS = {"f1": "F1", "sensitivity": "Sensitivity", "ppv": "Positive predictivity"}


def study_figure(changes: Mapping[str, Mapping[str, Any]], palette: Palette, title: str) -> go.Figure:
    """One line a way: the change as a point, its 95 % interval as a bar, zero drawn through.

    `changes` is way -> one change. A filled point: the interval leaves zero out; an open one: no clear effect.
    """
    ways = list(changes)
    layout = base_layout(palette, title, 96 + 34 * len(ways))
    layout["margin"] |= {"l": 250, "b": 48}
    layout["xaxis"] |= {"title": {"text": "Change against no balancing (percentage points)", "standoff": 4}}
    layout["yaxis"] |= {"autorange": "reversed", "type": "category", "showgrid": False}
    layout["shapes"] = [
        {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper",
         "line": {"color": palette.muted, "width": 1, "dash": "dot"}}
    ]  # fmt: skip
    known = {way: one for way, one in changes.items() if one["change"] is not None and one["low"] is not None}
    points = [100 * one["change"] for one in known.values()]
    data = {
        "type": "scatter", "mode": "markers", "x": points, "y": list(known),
        "marker": {
            "size": 11, "color": palette.accent, "line": {"width": 2, "color": palette.accent},
            "symbol": ["circle" if one["clear"] else "circle-open" for one in known.values()],
        },
        "error_x": {
            "type": "data", "symmetric": False, "color": palette.text, "thickness": 1.5, "width": 5,
            "array": [100 * (one["high"] - one["change"]) for one in known.values()],
            "arrayminus": [100 * (one["change"] - one["low"]) for one in known.values()],
        },
        "customdata": [[100 * one["low"], 100 * one["high"]] for one in known.values()],
        "hovertemplate": "%{y}: %{x:+.1f} points (%{customdata[0]:+.1f} to %{customdata[1]:+.1f})<extra></extra>",
    }  # fmt: skip
    return go.Figure({"data": [data], "layout": layout})
