"""What each way of training makes of few beats of a class: curves over their number, with bands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ecg_core.plots.theme import Palette, base_layout

GAP = 0.08  # between panels, of the figure's width
ROWS = ((0.56, 1.0), (0.0, 0.44))  # F1 above, its change below
SHAPES = (("solid", "circle"), ("dash", "square"), ("solid", "diamond"), ("dot", "triangle-up"), ("dashdot", "cross"))
AROUND = 1.25  # the axis reaches so many times beyond the outermost numbers


@dataclass(frozen=True)
class Point:
    """One figure and the band around it; None where there is none."""

    beats: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Curve:
    """One way of training in one panel."""

    f1: Sequence[Point]
    """With the lowest and highest of all seeds."""
    change: Sequence[Point]
    """Against the plainest way, with its 95 % interval; empty for that itself."""


def few_beats_figure(panels: Mapping[str, Mapping[str, Curve]], palette: Palette) -> go.Figure:
    """A column a class (heading -> way -> curve): F1 over the number of recorded beats, and below what it changes
    against the plainest way in percentage points. The number's axis is logarithmic."""
    layout = base_layout(palette, "", 520)
    plain_x, plain_y = layout.pop("xaxis"), layout.pop("yaxis")
    layout |= {"showlegend": True, "annotations": [], "shapes": []}
    layout["margin"] |= {"l": 62, "t": 68, "b": 48}
    layout["legend"] = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.15, "yanchor": "bottom"}
    ways = list(dict.fromkeys(way for curves in panels.values() for way in curves))
    colours = dict(zip(ways, _colours(palette, len(ways)), strict=True))
    numbers = sorted({point.beats for curves in panels.values() for curve in curves.values() for point in curve.f1})
    ends = (numbers[0] / AROUND, numbers[-1] * AROUND) if numbers else (1, 10)
    width = (1 - GAP * (len(panels) - 1)) / max(1, len(panels))
    data: list[dict[str, Any]] = []
    for column, (heading, curves) in enumerate(panels.items()):
        domain = [column * (width + GAP), column * (width + GAP) + width]
        for row, (rows, title) in enumerate(zip(ROWS, ("F1", "Change of F1 (points)"), strict=True)):
            number = 2 * column + row + 1
            end = "" if number == 1 else str(number)
            first = "y" if row == 0 else "y2"
            layout[f"xaxis{end}"] = plain_x | {
                "domain": domain, "anchor": f"y{end}", "type": "log", "tickvals": numbers,
                "ticktext": [f"{one:,}" for one in numbers] if row else [""] * len(numbers),
                "range": [math.log10(one) for one in ends],
                "title": {"text": f"Recorded beats of class {heading.split(':')[0]}" if row else "", "standoff": 6},
            }  # fmt: skip
            layout[f"yaxis{end}"] = plain_y | {
                "domain": list(rows), "anchor": f"x{end}", "title": {"text": "" if column else title, "standoff": 4},
                "range": _reach(panels) if row else [0, 1], **({"matches": first} if column else {}),
            }  # fmt: skip
            axes = {"xaxis": f"x{end}", "yaxis": f"y{end}"}
            for k, way in enumerate(ways):
                curve = curves.get(way)
                if curve is None:
                    continue
                points = curve.change if row else curve.f1
                shape = SHAPES[k % len(SHAPES)]
                data += _traces(points, way, colours[way], shape, axes, row, legend=row == 0 and not column)
            if row:
                layout["shapes"].append({
                    "type": "line", "xref": f"x{end} domain", "yref": f"y{end}", "x0": 0, "x1": 1, "y0": 0, "y1": 0,
                    "line": {"color": palette.muted, "width": 1, "dash": "dot"},
                })  # fmt: skip
        layout["annotations"].append({
            "text": f"<b>{heading}</b>", "showarrow": False, "x": domain[0], "xref": "paper", "xanchor": "left",
            "y": 1.01, "yref": "paper", "yanchor": "bottom",
        })  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _reach(panels: Mapping[str, Mapping[str, Curve]]) -> list[float]:
    """What the axis of changes holds, in points: every interval, and zero. Left to Plotly it held one panel's last."""
    points = [point for curves in panels.values() for curve in curves.values() for point in curve.change]
    ends = [100 * end for point in points for end in (point.low, point.value, point.high) if end is not None]
    low, high = min([0.0, *ends]), max([5.0, *ends])
    room = 0.05 * (high - low)
    return [low - room, high + room]


def _traces(
    points: Sequence[Point], way: str, colour: str, shape: tuple[str, str], axes: Mapping[str, str], row: int,
    legend: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    scale, unit = (100, " points") if row else (1, "")
    digits = "+.1f" if row else ".3f"
    known = [(one.beats, scale * one.value) for one in points if one.value is not None]
    banded = [(one.beats, scale * one.low, scale * one.high) for one in points
              if one.low is not None and one.high is not None]  # fmt: skip
    common = {"type": "scatter", "legendgroup": way, **axes}
    band = {
        "mode": "lines", "line": {"width": 0}, "fill": "toself", "fillcolor": _faded(colour), "hoverinfo": "skip",
        "x": [one[0] for one in banded] + [one[0] for one in reversed(banded)],
        "y": [one[1] for one in banded] + [one[2] for one in reversed(banded)], "showlegend": False, "name": way,
    }  # fmt: skip
    dash, symbol = shape
    said = {one.beats: f"{_said(one.low, scale, digits)} to {_said(one.high, scale, digits)}" for one in points}
    line = {
        "mode": "lines+markers", "name": way, "showlegend": legend, "x": [x for x, _ in known],
        "y": [y for _, y in known], "line": {"color": colour, "dash": dash, "width": 2},
        "marker": {"symbol": symbol, "size": 8, "color": colour}, "customdata": [said[x] for x, _ in known],
        "hovertemplate": f"{way}: %{{y:{digits}}}{unit} (%{{customdata}})<extra></extra>",
    }  # fmt: skip
    return [common | band, common | line] if known else []


def _colours(palette: Palette, n: int) -> list[str]:
    some = [palette.text, palette.classes["S"], palette.accent, palette.classes["F"], palette.classes["V"]]
    return [some[k % len(some)] for k in range(n)]


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.13)"


def _said(value: float | None, scale: int, digits: str) -> str:
    return "–" if value is None else format(scale * value, digits)
