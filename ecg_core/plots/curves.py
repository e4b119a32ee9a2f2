"""Loss curves of a training, live or done."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from ecg_core.plots.theme import Palette, base_layout

NAMES = {"train_loss": "Training", "validation_loss": "Validation (patients left out)"}


def loss_figure(epochs: Sequence[dict[str, Any]], palette: Palette, height: int = 300) -> go.Figure:
    """Every loss over the epochs of the whole run; a gap wherever a new network starts."""
    colours = {"train_loss": palette.text, "validation_loss": palette.accent}
    figure = go.Figure()
    names = [name for name in NAMES if any(name in row for row in epochs)]
    for name in names:
        x: list[float | None] = []
        y: list[float | None] = []
        for before, row in zip([None, *epochs], epochs, strict=False):
            if before and before.get("stage") != row.get("stage"):
                x.append(None)
                y.append(None)
            x.append(row["done"])
            y.append(row.get(name))
        dash = "dot" if name == "validation_loss" else "solid"
        figure.add_scatter(
            x=x,
            y=y,
            name=NAMES[name],
            mode="lines+markers",
            line={"color": colours[name], "width": 2, "dash": dash},
            marker={"size": 5},
            connectgaps=False,
            hovertemplate=f"{NAMES[name]}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        )
    layout = base_layout(palette, "Reconstruction loss", height=height)
    of = epochs[-1]["of"] if epochs else 1
    layout["xaxis"] |= {"title": "Epoch, over all networks of the run", "range": [0.5, of + 0.5]}
    layout["yaxis"] |= {"title": "Mean squared error", "rangemode": "tozero"}
    figure.update_layout(**layout)
    figure.update_layout(
        showlegend=True,
        margin={"b": 76},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
    )
    stages = [
        row
        for before, row in zip([None, *epochs], epochs, strict=False)
        if not before or before["stage"] != row["stage"]
    ]
    for row in stages[1:]:
        figure.add_vline(x=row["done"] - 0.5, line={"color": palette.grid, "width": 1})
    return figure


def compare_figure(runs: Mapping[str, Sequence[dict[str, Any]]], palette: Palette) -> go.Figure:
    """Training loss of the last network of several runs over its own epochs."""
    figure = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot", "longdash")
    colours = [palette.text, *(palette.classes[name] for name in "SVFNQ")]
    for number, (label, epochs) in enumerate(runs.items()):
        last = [row for row in epochs if row.get("stage") == epochs[-1].get("stage")]
        figure.add_scatter(
            x=[row["epoch"] for row in last],
            y=[row["train_loss"] for row in last],
            name=label,
            mode="lines+markers",
            line={"dash": dashes[number % len(dashes)], "color": colours[number % len(colours)]},
        )
    layout = base_layout(palette, "Training loss of the final network", height=320)
    layout["xaxis"] |= {"title": "Epoch"}
    layout["yaxis"] |= {"title": "Mean squared error", "rangemode": "tozero"}
    figure.update_layout(**layout)
    legend = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"}
    figure.update_layout(showlegend=True, margin={"b": 90}, legend=legend)
    return figure
