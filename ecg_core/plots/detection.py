"""Histograms of scores with their threshold."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.evaluation.detection import Detection
from ecg_core.plots.theme import DASHES, Palette, base_layout

N_BINS = 90
SCORE_AXIS = "Abnormality score (0 ordinary; last bin: all above)"
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
        "title": {"text": SCORE_AXIS},
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


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.12)"
