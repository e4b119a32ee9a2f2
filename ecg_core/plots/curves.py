"""Loss curves of a training, live or done."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from ecg_core.learning.progress import EpochRow
from ecg_core.plots.theme import Palette, base_layout

NAMES = {"train_loss": "Training", "validation_loss": "Validation (patients left out)"}
GAN_NAMES = {"generator_loss": "Generator", "critic_loss": "Discriminator"}
LABELS = {**NAMES, **GAN_NAMES}
GENERATOR = "generator_loss"
MOST_TICKS = 10
MACRO_F1 = "macro_f1"
EVEN = math.log(2)
"""Loss of both networks of a GAN when neither tells anything from anything."""


def is_adversarial(row: EpochRow) -> bool:
    """Whether an epoch is of a generator against a critic."""
    return GENERATOR in row.figures


def loss_figure(epochs: Sequence[EpochRow], palette: Palette, height: int = 300) -> go.Figure:
    """Every loss over the epochs of the whole run; a gap wherever a new network starts.

    The losses of a GAN come with a line where neither of its networks wins.
    """
    figure = go.Figure()
    names = [name for name in LABELS if any(name in row.figures for row in epochs)]
    gan = GENERATOR in names
    for name in names:
        x: list[float | None] = []
        y: list[float | None] = []
        for before, row in zip([None, *epochs], epochs, strict=False):
            if before and before.stage != row.stage:
                x.append(None)
                y.append(None)
            x.append(row.done)
            y.append(row.figures.get(name))
        second = name in ("validation_loss", "critic_loss")
        colour = palette.accent if second else palette.text
        figure.add_scatter(
            x=x,
            y=y,
            name=LABELS[name],
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": "dot" if second else "solid"},
            marker={"size": 5, "symbol": "square" if second else "circle"},
            connectgaps=False,
            hovertemplate=f"{LABELS[name]}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        )
    layout = base_layout(palette, _title(epochs, gan), height=height)
    of = epochs[-1].of if epochs else 1
    x_title = "Epoch" if gan else "Epoch, over all networks of the run"
    layout["xaxis"] |= {"title": {"text": x_title, "standoff": 6}, "range": [0.5, of + 0.5]}
    if of <= MOST_TICKS:
        layout["xaxis"]["dtick"] = 1  # no half epochs
    layout["yaxis"] |= {"title": _axis(gan, epochs), "rangemode": "tozero"}
    figure.update_layout(**layout)
    figure.update_layout(
        showlegend=True,
        margin={"b": 88},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
    )
    stages = [
        row for before, row in zip([None, *epochs], epochs, strict=False) if not before or before.stage != row.stage
    ]
    for row in stages[1:]:
        figure.add_vline(x=row.done - 0.5, line={"color": palette.grid, "width": 1})
    if gan:
        figure.add_hline(y=EVEN, line={"color": palette.muted, "width": 1, "dash": "dot"}, layer="below")
    return figure


def compare_figure(runs: Mapping[str, Sequence[EpochRow]], palette: Palette) -> go.Figure:
    """Training loss of the last network of several runs over its own epochs; of GANs the generator's loss.

    Give it runs of GANs or of other networks, not both: their losses are different things.
    """
    gan = any(is_adversarial(row) for epochs in runs.values() for row in epochs)
    figure = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot", "longdash")
    colours = [palette.text, *(palette.classes[name] for name in "SVFNQ")]
    for number, (label, epochs) in enumerate(runs.items()):
        last = [row for row in epochs if row.stage == epochs[-1].stage]
        figure.add_scatter(
            x=[row.epoch for row in last],
            y=[row.figures.get(GENERATOR if gan else "train_loss") for row in last],
            name=label,
            mode="lines+markers",
            line={"dash": dashes[number % len(dashes)], "color": colours[number % len(colours)]},
        )
    layout = base_layout(palette, "Loss of the generator" if gan else "Training loss of the final network", height=320)
    layout["xaxis"] |= {"title": "Epoch"}
    layout["yaxis"] |= {"title": _axis(gan, [row for rows in runs.values() for row in rows]), "rangemode": "tozero"}
    figure.update_layout(**layout)
    legend = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"}
    figure.update_layout(showlegend=True, margin={"b": 90}, legend=legend)
    return figure


def macro_f1_figure(epochs: Sequence[EpochRow], palette: Palette, height: int = 260) -> go.Figure:
    """Macro-F1 on the patients left out, a line a network; the final network leaves nobody out and has none."""
    figure = go.Figure()
    stages = sorted({row.stage or 0 for row in epochs if MACRO_F1 in row.figures})
    for stage in stages:
        rows = [row for row in epochs if (row.stage or 0) == stage and MACRO_F1 in row.figures]
        figure.add_scatter(
            x=[row.epoch for row in rows], y=[row.figures[MACRO_F1] for row in rows], mode="lines+markers",
            name=f"Network {stage}", line={"color": palette.accent if stage == max(stages) else palette.muted},
            hovertemplate=f"network {stage}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    layout = base_layout(palette, "Macro-F1 on patients left out, each network its own", height=height)
    last = epochs[-1].epochs if epochs else 1
    layout["xaxis"] |= {"title": {"text": "Epoch", "standoff": 6}, "range": [0.5, last + 0.5]}
    if last <= MOST_TICKS:
        layout["xaxis"]["dtick"] = 1
    layout["yaxis"] |= {"title": "Macro-F1", "range": [0, 1]}
    figure.update_layout(**layout)
    return figure


def _title(epochs: Sequence[EpochRow], gan: bool) -> str:
    if gan:
        return "Generator against discriminator"
    return "Classification loss" if _classifies(epochs) else "Reconstruction loss"


def _classifies(epochs: Sequence[EpochRow]) -> bool:
    return any(MACRO_F1 in row.figures for row in epochs)


def _axis(gan: bool, epochs: Sequence[EpochRow]) -> str:
    if gan:
        return "Adversarial loss"
    return "Cross-entropy" if _classifies(epochs) else "Mean squared error"
