"""Error histograms with their threshold, ROC and precision-recall curves with the operating point."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.evaluation.detection import Detection, OperatingPoint
from ecg_core.plots.theme import DASHES, Palette, base_layout
from ecg_core.text import percent

N_BINS = 90
FEWEST = 20  # beats of a class that still make an outline


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
    histogram: Histogram,
    threshold: float,
    palette: Palette,
    *,
    title: str,
    density: bool = True,
    log: bool = False,
    classes_known: bool = True,
) -> go.Figure:
    """Outlines of every class's scores with the threshold across them; of all beats, where no class is known.

    `density` gives each class the same area, so that rare classes can be seen; otherwise beats are counted.
    """
    unit = " %" if density else " beats"
    traces = []
    for name, counts in histogram.counts.items():
        total = counts.sum()
        if total < FEWEST and total < max(one.sum() for one in histogram.counts.values()):
            continue  # a handful of beats has no outline
        said = CLASS_NAMES[name] if classes_known else "All beats"
        height = counts / total * 100 if density else counts.astype(np.float64)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": histogram.edges.astype(np.float32),
                "y": np.append(height, height[-1]).astype(np.float32),
                "line": {"shape": "hv", "color": palette.classes[name], "width": 2, "dash": DASHES[name]},
                "fill": "tozeroy" if name == "N" else "none",
                "fillcolor": _faded(palette.classes["N"]),
                "name": f"{name if classes_known else 'Beats'} ({total:,})",
                "hovertemplate": f"{said}<br>score %{{x:.1f}}: %{{y:.3~g}}{unit}<extra></extra>",
            }
        )
    last = float(histogram.edges[-1])
    shown = min(threshold, last)
    layout = base_layout(palette, title, height=390)
    layout["margin"] |= {"b": 76}
    layout["xaxis"] |= {
        "title": {"text": "Abnormality score (nats); the last bin holds everything above"},
        "range": [0, last],
    }
    heading = f"Share of the {'class' if classes_known else 'beats'} (%)" if density else "Beats"
    layout["yaxis"] |= {"title": {"text": heading}, "type": "log" if log else "linear", "rangemode": "tozero"}
    if log:
        layout["yaxis"] |= {"dtick": 1}
    layout |= {
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"},
        "shapes": [
            {
                "type": "line",
                "x0": shown,
                "x1": shown,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": palette.accent, "width": 3},
            }
        ],
        "annotations": [
            {
                "x": shown,
                "y": 1,
                "yref": "paper",
                "yanchor": "top",
                "xanchor": "right" if shown > last * 0.8 else "left",
                "text": f" flagged from {threshold:.2f} ",
                "showarrow": False,
                "font": {"color": palette.accent},
                "bgcolor": palette.background,
            }
        ],
    }
    return go.Figure({"data": traces, "layout": layout})


def roc_figure(curve: pd.DataFrame, point: OperatingPoint, auc: float | None, palette: Palette) -> go.Figure:
    """ROC curve with the operating point on it."""
    rate = None if point.specificity is None else 1 - point.specificity
    title = f"ROC curve, area {auc:.3f}" if auc is not None else "ROC curve"
    points = (curve["false_positive_rate"], curve["sensitivity"])
    return _curve(points, (rate, point.sensitivity), ("1 − specificity (%)", "Sensitivity (%)"), title, palette)


def pr_figure(curve: pd.DataFrame, point: OperatingPoint, average: float | None, palette: Palette) -> go.Figure:
    """Precision-recall curve with the operating point on it."""
    title = f"Precision-recall, area {average:.3f}" if average is not None else "Precision-recall"
    points = (curve["sensitivity"], curve["positive_predictivity"])
    at = (point.sensitivity, point.positive_predictivity)
    return _curve(points, at, ("Sensitivity (%)", "Positive predictivity (%)"), title, palette)


def _curve(
    points: "tuple[pd.Series[float], pd.Series[float]]",
    at: tuple[float | None, float | None],
    headings: tuple[str, str],
    title: str,
    palette: Palette,
) -> go.Figure:
    x, y = ((100 * values).to_numpy(np.float32) for values in points)
    hover = "%{x:.1f} %, %{y:.1f} %<extra></extra>"
    line = {"color": palette.text, "width": 2}
    traces: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hovertemplate": hover}
    ]
    if at[0] is not None and at[1] is not None:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [100 * at[0]],
                "y": [100 * at[1]],
                "marker": {"color": palette.accent, "size": 12},
                "hovertemplate": f"operating point: {percent(at[0])}, {percent(at[1])}<extra></extra>",
            }
        )
    layout = base_layout(palette, title, height=290)
    layout["xaxis"] |= {"range": [-2, 102], "dtick": 25, "title": {"text": headings[0]}}
    layout["yaxis"] |= {"range": [-2, 104], "dtick": 25, "title": {"text": headings[1]}}
    return go.Figure({"data": traces, "layout": layout})


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.12)"
