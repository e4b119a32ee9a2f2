"""Error histograms with their threshold, ROC and precision-recall curves with the operating point."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.evaluation.detection import Detection, OperatingPoint
from ecg_core.plots.theme import Palette, base_layout
from ecg_core.text import percent

N_BINS = 90
FEWEST = 20  # beats of a class that still make an outline
DASHES = {"N": "solid", "S": "dash", "V": "solid", "F": "dot", "Q": "dashdot"}


@dataclass(frozen=True)
class Histogram:
    """Scores counted once, so that moving the threshold redraws a line and nothing else."""

    edges: npt.NDArray[np.float64] = field(repr=False)
    """(n_bins + 1,) nats."""
    counts: dict[str, npt.NDArray[np.int64]] = field(repr=False)
    """Class -> (n_bins,), for classes that have beats."""


def histogram_of(detection: Detection) -> Histogram:
    """Count the scores of every class in the same bins; the last bin takes everything above the 99.9 % quantile."""
    top = float(np.quantile(detection.score, 0.999)) if len(detection.score) else 1.0
    edges = np.linspace(0, max(top, 1e-3), N_BINS + 1)
    inside = {
        name: np.clip(scores, 0, edges[-1]) for name, scores in detection.sorted_scores.items() if name in CLASSES
    }
    return Histogram(edges, {name: np.histogram(scores, edges)[0] for name, scores in inside.items() if len(scores)})


def histogram_figure(
    histogram: Histogram, threshold: float, palette: Palette, *, title: str, density: bool = True, log: bool = False
) -> go.Figure:
    """Outlines of every class's scores with the threshold across them.

    `density` gives each class the same area, so that rare classes can be seen; otherwise beats are counted.
    """
    figure = go.Figure()
    unit = " %" if density else " beats"
    for name, counts in histogram.counts.items():
        total = counts.sum()
        if total < FEWEST and total < max(one.sum() for one in histogram.counts.values()):
            continue  # a handful of beats has no outline
        height = counts / total * 100 if density else counts.astype(np.float64)
        figure.add_scatter(
            x=histogram.edges.astype(np.float32),
            y=np.append(height, height[-1]).astype(np.float32),
            line={"shape": "hv", "color": palette.classes[name], "width": 2, "dash": DASHES[name]},
            fill="tozeroy" if name == "N" else None,
            fillcolor=_faded(palette.classes["N"]),
            name=f"{name} ({total:,})",
            hovertemplate=f"{CLASS_NAMES[name]}<br>score %{{x:.1f}}: %{{y:.3~g}}{unit}<extra></extra>",
        )
    layout = base_layout(palette, title, height=390)
    layout["xaxis"] |= {"title": "Abnormality score (nats)", "range": [0, float(histogram.edges[-1])]}
    heading = "Share of the class (%)" if density else "Beats"
    layout["yaxis"] |= {"title": heading, "type": "log" if log else "linear", "rangemode": "tozero"}
    if log:
        layout["yaxis"] |= {"dtick": 1}
    figure.update_layout(**layout)
    figure.update_layout(
        showlegend=True,
        margin={"b": 76},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"},
    )
    shown = min(threshold, float(histogram.edges[-1]))
    figure.add_vline(x=shown, line={"color": palette.accent, "width": 3})
    right = shown > histogram.edges[-1] * 0.8
    figure.add_annotation(
        x=shown,
        y=1,
        yref="paper",
        yanchor="top",
        xanchor="right" if right else "left",
        text=f" flagged from {threshold:.2f} ",
        showarrow=False,
        font={"color": palette.accent},
        bgcolor=palette.background,
    )
    return figure


def roc_figure(curve: pd.DataFrame, point: OperatingPoint, auc: float | None, palette: Palette) -> go.Figure:
    """ROC curve with the operating point on it."""
    rate = None if point.specificity is None else 1 - point.specificity
    title = f"ROC curve, area {auc:.3f}" if auc is not None else "ROC curve"
    figure = _curve(curve["false_positive_rate"], curve["sensitivity"], rate, point.sensitivity, title, palette)
    figure.update_xaxes(title="1 − specificity (%)")
    figure.update_yaxes(title="Sensitivity (%)")
    return figure


def pr_figure(curve: pd.DataFrame, point: OperatingPoint, average: float | None, palette: Palette) -> go.Figure:
    """Precision-recall curve with the operating point on it."""
    title = f"Precision-recall, area {average:.3f}" if average is not None else "Precision-recall"
    x, y = curve["sensitivity"], curve["positive_predictivity"]
    figure = _curve(x, y, point.sensitivity, point.positive_predictivity, title, palette)
    figure.update_xaxes(title="Sensitivity (%)")
    figure.update_yaxes(title="Positive predictivity (%)")
    return figure


def _curve(
    x: "pd.Series[float]", y: "pd.Series[float]", at_x: float | None, at_y: float | None, title: str, palette: Palette
) -> go.Figure:
    figure = go.Figure()
    figure.add_scatter(
        x=(100 * x).to_numpy(np.float32),
        y=(100 * y).to_numpy(np.float32),
        line={"color": palette.text, "width": 2},
        hovertemplate="%{x:.1f} %, %{y:.1f} %<extra></extra>",
    )
    if at_x is not None and at_y is not None:
        figure.add_scatter(
            x=[100 * at_x],
            y=[100 * at_y],
            mode="markers",
            marker={"color": palette.accent, "size": 12},
            hovertemplate=f"operating point: {percent(at_x)}, {percent(at_y)}<extra></extra>",
        )
    layout = base_layout(palette, title, height=290)
    layout["xaxis"] |= {"range": [-2, 102], "dtick": 25}
    layout["yaxis"] |= {"range": [-2, 104], "dtick": 25}
    figure.update_layout(**layout)
    return figure


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.12)"
