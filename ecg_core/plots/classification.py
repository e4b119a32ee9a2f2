"""A classifier judged: confusion, reliability, precision-recall; and where it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from ecg_core.plots.escape import plain
from ecg_core.plots.theme import MARKERS, Palette, base_layout

LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"}
LEAST_CONTRAST = 4.5
"""Of text on its ground (WCAG 2.2, success criterion 1.4.3)."""
FEWEST = 20
"""Beats of a class that still make a curve."""
BEATS_SHOWN = 30  # in a bin, below which its point says little


@dataclass(frozen=True)
class ShadedCell:
    """One cell of a confusion matrix as it is drawn."""

    count: int
    share: float
    """Of the reference class, 0 to 1; what the shade says."""
    ground: str
    ink: str
    """Colour of the numbers, with a contrast of at least 4.5 : 1 on their ground."""


def shaded_cells(confusion: Mapping[str, Mapping[str, int]], palette: Palette) -> tuple[tuple[ShadedCell, ...], ...]:
    """The cells of reference -> predicted -> count, a row a reference class, shaded by their share of it."""
    rows = []
    for counts in confusion.values():
        total = max(sum(counts.values()), 1)
        shades = [_shade(counts[name] / total, palette) for name in confusion]
        rows.append(
            tuple(
                ShadedCell(int(counts[name]), counts[name] / total, shade, _ink(shade, palette))
                for name, shade in zip(confusion, shades, strict=True)
            )
        )
    return tuple(rows)


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
    for k, name in enumerate(leads):
        lead, end = plain(name, 8), "" if k == 0 else str(2 * k + 1)
        top = 1 - k / n - 0.02 * (k > 0)
        low = 1 - (k + 1) / n + (0.08 if k < n - 1 else 0.0)
        middle = low + 0.3 * (top - low)
        last = k == n - 1
        below = {"anchor": f"y{2 * k + 2}", "title": {"text": "ms from the R peak"} if last else {}}
        layout[f"xaxis{end}"] = x_axis | below
        layout[f"yaxis{end}"] = y_axis | {"domain": [middle + 0.02, top],
                                          "title": {"text": f"{lead} (mV)", "standoff": 2}}  # fmt: skip
        layout[f"yaxis{2 * k + 2}"] = y_axis | {"domain": [low, middle - 0.02], "range": [-most, most],
                                                "title": {"text": "% points" if lead_px > 200 else "%", "standoff": 2},
                                                "tickvals": [-most, 0, most],
                                                "ticktext": [f"{-most:.0f}", "0", f"{most:.0f}"], "zeroline": True,
                                                "zerolinecolor": palette.muted}  # fmt: skip
        upper = {"xaxis": f"x{end}", "yaxis": f"y{end}", "type": "scatter", "mode": "lines", "x": times_ms}
        data += [
            upper | {"name": f"{lead}, usual beat (mV)", "y": usual_mv[k], "hoverinfo": "skip",
                     "line": {"color": palette.muted, "width": 1.5, "dash": "dash"}},
            upper | {"name": f"{lead}, beat (mV)", "y": beat_mv[k], "line": {"color": palette.trace, "width": 2},
                     "hovertemplate": "%{x:.0f} ms, %{y:.2f} mV<extra></extra>"},
            {"name": f"{lead}, fall (percentage points)",
             "type": "scatter", "mode": "lines", "line": {"shape": "hvh", "width": 0}, "fill": "tozeroy",
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


def _shade(share: float, palette: Palette) -> str:
    """From nearly the page's ground at 0 to the accent at 1."""
    none, all_of_it = _parts("#1E242C" if palette.theme == "dark" else "#F1F4F8"), _parts(palette.accent)
    return "#" + "".join(f"{round(a + share * (b - a)):02X}" for a, b in zip(none, all_of_it, strict=True))


def _ink(ground: str, palette: Palette) -> str:
    """The usual colour of text where it can be read on a ground, else black or white, one of which always can."""
    below = _luminance(ground)
    for ink in (palette.text, "#FFFFFF"):
        high, low = sorted((_luminance(ink), below), reverse=True)
        if (high + 0.05) / (low + 0.05) >= LEAST_CONTRAST:
            return ink
    return "#000000"


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))
