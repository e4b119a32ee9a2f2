"""The recordings of an archive by one measure."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.plots.theme import Palette, base_layout

BINS = 40


def distribution_figure(
    values: npt.NDArray[np.float64], least: float, palette: Palette, *, axis: str, log: bool
) -> go.Figure:
    """How many recordings have how much of a measure; those below `least`, which are not listed, are paler.

    `values` (n,): finite. The last bin takes the highest one in a hundred, so that one outlier presses nobody flat.
    """
    top = float(np.quantile(values, 0.99)) if len(values) else 1.0
    top = top if top > 0 else max(float(values.max(initial=0)), 1.0)
    edges = np.linspace(0, top, BINS + 1)
    counts, _ = np.histogram(np.clip(values, 0, top), edges)
    middle, width = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]
    listed = edges[1:] > least
    figure = {
        "type": "bar",
        "x": middle,
        "y": counts,
        "width": width * 0.92,
        "marker": {"color": [palette.accent if one else palette.grid for one in listed], "line": {"width": 0}},
        "customdata": np.stack([edges[:-1], edges[1:]], axis=1),
        "hovertemplate": "%{customdata[0]:.3~g} to %{customdata[1]:.3~g}: %{y:,} recordings<extra></extra>",
    }
    layout = base_layout(palette, height=175)
    layout["margin"] |= {"t": 30, "b": 44}
    layout["xaxis"] |= {"title": {"text": axis}, "range": [0, top]}
    layout["yaxis"] |= {"title": {"text": "Recordings"}, "type": "log" if log else "linear", "rangemode": "tozero"}
    if not log:
        layout["yaxis"] |= {"dtick": max(1, -(-int(counts.max(initial=1)) // 4))}
    if log:
        layout["yaxis"] |= {"dtick": 1, "range": [-0.3, float(np.log10(max(counts.max(initial=1), 10))) + 0.1]}
    return go.Figure({"data": [figure], "layout": layout})
