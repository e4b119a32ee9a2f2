"""What each way of training changes, with intervals: the chart of a study."""

from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from ecg_core.evaluation.bootstrap import Change
from ecg_core.plots.theme import Palette, base_layout

KEYS = {"f1": "F1", "sensitivity": "Sensitivity", "ppv": "Positive predictivity"}


def study_figure(changes: Mapping[str, Change], palette: Palette, title: str) -> go.Figure:
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
    points = {way: point for way, change in changes.items() if (point := _points(change)) is not None}
    data = {
        "type": "scatter", "mode": "markers", "x": [point.change for point in points.values()], "y": list(points),
        "marker": {
            "size": 11, "color": palette.accent, "line": {"width": 2, "color": palette.accent},
            "symbol": ["circle" if changes[way].clear else "circle-open" for way in points],
        },
        "error_x": {
            "type": "data", "symmetric": False, "color": palette.text, "thickness": 1.5, "width": 5,
            "array": [point.high - point.change for point in points.values()],
            "arrayminus": [point.change - point.low for point in points.values()],
        },
        "customdata": [[point.low, point.high] for point in points.values()],
        "hovertemplate": "%{y}: %{x:+.1f} points (%{customdata[0]:+.1f} to %{customdata[1]:+.1f})<extra></extra>",
    }  # fmt: skip
    return go.Figure({"data": [data], "layout": layout})


@dataclass(frozen=True)
class _Points:
    """A change and its interval in percentage points."""

    change: float
    low: float
    high: float


def _points(change: Change) -> _Points | None:
    if change.change is None or change.low is None or change.high is None:
        return None
    return _Points(100 * change.change, 100 * change.low, 100 * change.high)
