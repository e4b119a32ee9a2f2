"""Synthetic beats beside recorded ones: on one sheet of ECG paper, and as means with their spread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.plots.escape import plain
from ecg_core.plots.paper import DESIGN_WIDTH_PX, LARGE_BOX_MV, MARGIN_PX, MV_PER_S
from ecg_core.plots.spec import Trace
from ecg_core.plots.theme import Palette, base_layout

Array = npt.NDArray[np.floating]
SYNTHETIC = "SYNTHETIC"
ACROSS = (6, 4, 3, 2, 1)
"""Beats of one kind beside each other, from wide to narrow; a dozen fills whole rows of each but the narrowest."""
BOX_S = 0.2
CELL_LEAST_PX = 70  # a label of record and time fits above a beat
LABEL_PX, HEAD_PX, FOOT_PX = 24, 28, 24
PAIR_LABEL_PX = 40  # of two lines
MOST_MV, LEAST_LOW_MV, LEAST_HIGH_MV = 4.0, -0.5, 1.0
MINOR_LEAST_PX = 3.2


@dataclass(frozen=True)
class Cell:
    """One beat of the sheet."""

    label: str
    """Such as `208 · 12:34`; in pairs it may have a second line."""
    mv: Array = field(repr=False)
    """(n_leads, n_points) mV."""


@dataclass(frozen=True)
class _Grid:
    across: int
    rows: int
    cell_s: float
    shift_s: float
    second_s: float
    """Where the second block begins."""
    width_s: float
    margin_s: float
    px_per_s: float
    zero_mv: tuple[tuple[float, ...], ...]
    """Zero line of each lead of each row, mV below the top edge (negative)."""
    label_mv: tuple[float, ...]
    height_mv: float

    def mv(self, px: float) -> float:
        return px / (MV_PER_S * self.px_per_s)

    @property
    def height_px(self) -> int:
        return math.ceil(self.height_mv * MV_PER_S * self.px_per_s)


def sheet_figure(
    recorded: Sequence[Cell],
    synthetic: Sequence[Cell],
    times_s: npt.NDArray[np.float64],
    leads: Sequence[str],
    palette: Palette,
    *,
    title: str,
    heading: str = "Recorded",
    note: str = "Filtered",
    width_px: int = DESIGN_WIDTH_PX,
    simulated: bool = False,
) -> go.Figure:
    """Small multiples on ECG paper at 25 mm/s and 10 mm/mV: recorded beats on the left, synthetic on the right.

    Every beat, of either kind and lead, has the same scale. Without recorded beats the synthetic ones take the whole
    width. `heading` stands above the recorded block; `simulated` marks the sheet. `note` says what was done to them.
    """
    grid = _lay_out(recorded, synthetic, times_s, width_px)
    head_mv = grid.mv(LABEL_PX) + grid.label_mv[0]
    heads = [(0.0, f"<b>{plain(heading)}</b>")] if recorded else []
    heads.append((grid.second_s if recorded else 0.0, f"<b>{SYNTHETIC}</b>, made by a generator"))
    data = [
        _pulses(grid, palette),
        _text([(-grid.margin_s, z + 1 + grid.mv(9), plain(name, 8)) for row in grid.zero_mv
               for z, name in zip(row, leads, strict=True)], palette.text, 12),
        _text([(x, head_mv, text) for x, text in heads], palette.text, 13),
        _text([(-grid.margin_s, -grid.height_mv + grid.mv(11), f"25 mm/s   10 mm/mV   {note}")], palette.text, 12),
    ]  # fmt: skip
    for cells, x0, colour, name in (
        (recorded, 0.0, palette.trace, heading),
        (synthetic, grid.second_s if recorded else 0.0, palette.accent, SYNTHETIC),
    ):
        across = grid.across if recorded else 2 * grid.across
        if cells:
            places = [(k % across, k // across) for k in range(len(cells))]
            data.append(_lines(cells, grid, places, x0, times_s, colour, name))
            data.append(_text([(x0 + k % across * grid.cell_s, grid.label_mv[k // across], plain(cell.label, 20))
                               for k, cell in enumerate(cells)], palette.text, 12))  # fmt: skip
    layout = _sheet_layout(grid, palette, title, simulated) | _meta(leads, times_s)
    if recorded:
        at = grid.second_s - BOX_S
        layout["shapes"] = [{"type": "line", "x0": at, "x1": at, "y0": 0, "y1": -grid.height_mv,
                             "line": {"color": palette.muted, "width": 1, "dash": "dot"}}]  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def pairs_figure(
    pairs: Sequence[tuple[Cell, Cell]],
    times_s: npt.NDArray[np.float64],
    leads: Sequence[str],
    palette: Palette,
    *,
    title: str,
    note: str = "Filtered",
    width_px: int = DESIGN_WIDTH_PX,
    simulated: bool = False,
) -> go.Figure:
    """Synthetic beats on ECG paper at 25 mm/s and 10 mm/mV, each with a recorded one right under it.

    `pairs`: a synthetic and a recorded beat each. The rest is as for `sheet_figure`.
    """
    synthetic, recorded = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    across = 2 * _lay_out([], synthetic, times_s, width_px).across
    full = across * math.ceil(len(pairs) / across)  # as many as fill whole rows of either kind
    filler = [synthetic[0]] * (2 * full - 2 * len(pairs))
    grid = _lay_out([], [*synthetic, *recorded, *filler], times_s, width_px, PAIR_LABEL_PX)
    head = f"<b>{SYNTHETIC}</b>, made by a generator; under each the nearest {'SIMULATED' if simulated else 'recorded'}"
    data = [
        _pulses(grid, palette),
        _text([(-grid.margin_s, z + 1 + grid.mv(9), plain(name, 8)) for row in grid.zero_mv
               for z, name in zip(row, leads, strict=True)], palette.text, 12),
        _text([(0.0, grid.mv(PAIR_LABEL_PX / 2 + HEAD_PX / 2) + grid.label_mv[0], f"{head} beat")], palette.text, 13),
        _text([(-grid.margin_s, -grid.height_mv + grid.mv(11), f"25 mm/s   10 mm/mV   {note}")], palette.text, 12),
    ]  # fmt: skip
    for cells, under, colour, name in (
        (synthetic, 0, palette.accent, SYNTHETIC),
        (recorded, 1, palette.trace, "Nearest recorded"),
    ):
        places = [(k % across, 2 * (k // across) + under) for k in range(len(cells))]
        data.append(_lines(cells, grid, places, 0.0, times_s, colour, name))
        data.append(_text([(column * grid.cell_s, grid.label_mv[row],
                            "<br>".join(plain(line, 20) for line in cell.label.split("\n")))
                           for cell, (column, row) in zip(cells, places, strict=True)], palette.text, 12))  # fmt: skip
    layout = _sheet_layout(grid, palette, title, simulated) | _meta(leads, times_s)
    return go.Figure({"data": data, "layout": layout})


def _sheet_layout(grid: _Grid, palette: Palette, title: str, simulated: bool) -> Trace:
    layout = base_layout(palette, title, grid.height_px + 40)
    layout |= {"margin": {"l": 2, "r": 2, "t": 38, "b": 2}, "plot_bgcolor": palette.paper, "hovermode": "closest"}
    layout["xaxis"], layout["yaxis"] = _axes(grid, palette)
    if simulated:
        layout["annotations"] = [{"text": "SIMULATED", "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5,
                                  "showarrow": False, "opacity": 0.16, "textangle": -12,
                                  "font": {"size": 64, "color": palette.text}}]  # fmt: skip
    return layout


def _meta(leads: Sequence[str], times_s: Array) -> Trace:
    """What a table of the sheet says beside each value: the lead, and the time from the R peak."""
    return {"meta": {"leads": [plain(name, 8) for name in leads], "ms": (1000 * times_s).round(1).tolist()}}


def mean_figure(
    recorded: tuple[Array, Array] | None,
    synthetic: tuple[Array, Array],
    times_s: npt.NDArray[np.float64],
    leads: Sequence[str],
    palette: Palette,
    *,
    title: str,
) -> go.Figure:
    """Mean and standard deviation of recorded and synthetic beats over each other, a panel a lead.

    `recorded`, `synthetic` : means and standard deviations, (n_leads, n_points) mV each. Recorded: a line with its
    spread shaded. Synthetic: dashed, its spread between dotted lines.
    """
    layout = base_layout(palette, title, 370)
    layout["margin"] |= {"b": 104, "t": 62}  # the legend may take two lines
    layout |= {"showlegend": True, "annotations": [], "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 0,
               "yref": "container", "yanchor": "bottom", "traceorder": "normal"}}  # fmt: skip
    data: list[Trace] = []
    edges = np.linspace(0, 1, len(leads) + 1)
    x_axis, y_axis = layout.pop("xaxis"), layout.pop("yaxis")
    x_ms = {"x0": 1000 * float(times_s[0]), "dx": 1000 * float(times_s[1] - times_s[0])}
    grid = {"gridcolor": palette.grid_major, "zeroline": False}
    for k, name in enumerate(leads):
        end = str(k + 1) if k else ""
        domain = [float(edges[k]) + 0.04 * (k > 0), float(edges[k + 1])]
        layout[f"xaxis{end}"] = x_axis | grid | {"domain": domain, "anchor": f"y{end}", "dtick": 200, "title": {
            "text": "ms from the R peak", "standoff": 6}}  # fmt: skip
        layout[f"yaxis{end}"] = y_axis | grid | {"anchor": f"x{end}", "matches": "y" if k else None, "dtick": 0.5,
                                                 "showticklabels": not k,
                                                 "title": {"text": "mV" if not k else "", "standoff": 4}}  # fmt: skip
        where = {"x": domain[0], "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "left"}
        layout["annotations"].append({"text": f"<b>{plain(name, 30)}</b>", "showarrow": False, **where})
        common = {"type": "scatter", "mode": "lines", "xaxis": f"x{end}", "yaxis": f"y{end}", **x_ms}
        if recorded is not None:
            mean, sd = (np.asarray(part[k], np.float32) for part in recorded)
            nothing = {"line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
            shade = {"fill": "tonexty", "fillcolor": _faded(palette.text), "showlegend": not k,
                     "name": "Recorded, ± 1 SD", "line": {"width": 0}, "hoverinfo": "skip"}  # fmt: skip
            data += [common | nothing | {"y": mean - sd}, common | shade | {"y": mean + sd},
                     _mean(common, mean, "Recorded, mean", palette.text, "solid", 2.4, not k)]  # fmt: skip
        mean, sd = (np.asarray(part[k], np.float32) for part in synthetic)
        data.append(_mean(common, mean, f"{SYNTHETIC}, mean", palette.accent, "dash", 2.4, not k))
        data.append(_mean(common, mean - sd, f"{SYNTHETIC}, ± 1 SD", palette.accent, "dot", 1.3, not k))
        data.append(_mean(common, mean + sd, f"{SYNTHETIC}, ± 1 SD", palette.accent, "dot", 1.3, False))
    return go.Figure({"data": data, "layout": layout})


def _mean(common: Trace, y: Array, name: str, colour: str, dash: str, width: float, legend: bool) -> Trace:
    return common | {
        "y": y,
        "name": name,
        "showlegend": legend,
        "line": {"color": colour, "dash": dash, "width": width},
        "hovertemplate": f"{name}<br>%{{x:.0f}} ms, %{{y:.2f}} mV<extra></extra>",
    }


def _lay_out(
    recorded: Sequence[Cell], synthetic: Sequence[Cell], times_s: Array, width_px: int, label_px: int = LABEL_PX
) -> _Grid:
    length_s = float(times_s[-1] - times_s[0])
    cell_s = BOX_S * math.ceil(round((length_s + 0.1) / BOX_S, 6))
    peak_s = BOX_S * math.ceil(round(-float(times_s[0]) / BOX_S, 6))  # the R peak stands on a line of the paper
    inner_px = width_px - MARGIN_PX
    fits = [n for n in ACROSS if inner_px / (2 * n + 2 * BOX_S / cell_s) >= CELL_LEAST_PX]
    across = fits[0] if fits else ACROSS[-1]
    second_s = across * cell_s + 2 * BOX_S if recorded else across * cell_s
    width_s = second_s + across * cell_s
    px_per_s = inner_px / width_s
    px_per_mv = MV_PER_S * px_per_s
    cells = [*recorded, *synthetic]
    stacked = np.stack([cell.mv for cell in cells])  # (n, n_leads, n_points)
    lows = np.minimum(np.maximum(stacked.min(axis=(0, 2)), -MOST_MV), LEAST_LOW_MV)
    highs = np.maximum(np.minimum(stacked.max(axis=(0, 2)), MOST_MV), LEAST_HIGH_MV)
    per_row = across if recorded else 2 * across
    rows = max(math.ceil(len(part) / per_row) for part in (recorded, synthetic))
    y = -HEAD_PX / px_per_mv
    zeros, labels = [], []
    for _ in range(rows):
        labels.append(y - label_px / 2 / px_per_mv)
        y -= label_px / px_per_mv
        row = []
        for low, high in zip(lows, highs, strict=True):
            zero = math.floor((y - max(float(high), 1 + 14 / px_per_mv)) / LARGE_BOX_MV + 1e-9) * LARGE_BOX_MV
            row.append(zero)
            y = zero + float(low) - 0.1
        zeros.append(tuple(row))
    height = FOOT_PX / px_per_mv - y
    return _Grid(across, rows, cell_s, peak_s, second_s, width_s, MARGIN_PX / px_per_s, px_per_s, tuple(zeros),
                 tuple(labels), height)  # fmt: skip


def _lines(
    cells: Sequence[Cell], grid: _Grid, places: Sequence[tuple[int, int]], x0: float, times_s: Array, colour: str,
    name: str,
) -> Trace:  # fmt: skip
    """Every beat and lead of one kind, each in its place (column, row), as one line with gaps: a browser draws it at
    once."""
    gap = np.array([np.nan])
    x, y, mv = [], [], []
    for cell, (column, row) in zip(cells, places, strict=True):
        at = x0 + column * grid.cell_s + grid.shift_s + times_s
        for lead, zero in zip(cell.mv, grid.zero_mv[row], strict=True):
            shown = np.clip(lead, -MOST_MV, MOST_MV)
            x += [at, gap]
            y += [shown + zero, gap]
            mv += [lead, gap]
    return {
        "type": "scatter", "mode": "lines", "name": name, "connectgaps": False,
        "x": np.concatenate(x).astype(np.float32), "y": np.concatenate(y).astype(np.float32),
        "customdata": np.concatenate(mv).astype(np.float32), "line": {"color": colour, "width": 1.4},
        "hovertemplate": f"{plain(name)}<br>%{{customdata:.2f}} mV<extra></extra>",
        "meta": [plain(cell.label.replace("\n", ", "), 40) for cell in cells],
    }  # fmt: skip


def _pulses(grid: _Grid, palette: Palette) -> Trace:
    """1 mV for 0.2 s before each lead of each row."""
    foot = (grid.margin_s - BOX_S) / 2
    steps = -grid.margin_s + np.cumsum([0.0, foot, 0.0, BOX_S, 0.0, foot * 0.6])
    heights = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    x = [*steps.round(3).tolist(), None] * sum(map(len, grid.zero_mv))
    y = [value for row in grid.zero_mv for zero in row for value in [*(heights + zero).round(3).tolist(), None]]
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": {"color": palette.trace, "width": 1.3},
            "hoverinfo": "skip", "name": "calibration 1 mV, 0.2 s"}  # fmt: skip


def _text(points: Sequence[tuple[float, float, str]], colour: str, size: int) -> Trace:
    x, y, text = (list(column) for column in zip(*points, strict=True))
    return {"type": "scatter", "mode": "text", "x": x, "y": y, "text": text, "textposition": "middle right",
            "textfont": {"size": size, "color": colour}, "hoverinfo": "skip"}  # fmt: skip


def _axes(grid: _Grid, palette: Palette) -> tuple[Trace, Trace]:
    common = {"fixedrange": True, "zeroline": False, "showticklabels": False, "ticks": "", "tick0": 0,
              "gridcolor": palette.grid_major, "gridwidth": 1}  # fmt: skip
    x = common | {"range": [-grid.margin_s, grid.width_s], "dtick": BOX_S, "constrain": "domain",
                  "constraintoward": "left"}  # fmt: skip
    y = common | {"range": [-grid.height_mv, 0], "dtick": LARGE_BOX_MV, "scaleanchor": "x", "scaleratio": MV_PER_S,
                  "constrain": "range", "constraintoward": "top"}  # fmt: skip
    if BOX_S / 5 * grid.px_per_s >= MINOR_LEAST_PX:
        fine = {"showgrid": True, "gridcolor": palette.grid_minor, "gridwidth": 1, "tick0": 0}
        x["minor"], y["minor"] = fine | {"dtick": BOX_S / 5}, fine | {"dtick": LARGE_BOX_MV / 5}
    return x, y


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
