"""What the autoencoder draws in place of beats, over the beats themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ecg_core.plots.escape import plain
from ecg_core.plots.theme import MARKERS, Palette, base_layout


@dataclass(frozen=True)
class Tile:
    """One beat or window with its reconstruction."""

    row: int
    label: str
    """Such as `208 · 12:34 · V`."""
    detail: str
    """Such as `shape 4.2 + early 0.3 = 4.5`."""
    beat_class: str
    original: npt.NDArray[np.float32] = field(repr=False)
    """(n_leads, n_points) mV."""
    reconstruction: npt.NDArray[np.float32] = field(repr=False)


def tiles_figure(
    tiles: Sequence[Tile], times_s: npt.NDArray[np.float64], palette: Palette, *, columns: int = 4, lead: int = 0
) -> go.Figure:
    """Tiles in rows, each row on one scale: the original as a solid line, the reconstruction dashed, the error shaded.

    Every point carries its tile's row number in `customdata`, so that a click can open the beat.
    """
    n_rows = max(1, -(-len(tiles) // columns))
    titles = [f"<b>{plain(tile.label)}</b><br>{plain(tile.detail)}" for tile in tiles]
    figure = make_subplots(n_rows, columns, shared_xaxes=True, shared_yaxes=True, subplot_titles=titles,
                           horizontal_spacing=0.015, vertical_spacing=min(0.16, 0.5 / n_rows))  # fmt: skip
    first_ms, last_ms = 1000 * float(times_s[0]), 1000 * float(times_s[-1])
    evenly = {
        "x0": first_ms,
        "dx": (last_ms - first_ms) / max(1, len(times_s) - 1),
    }  # halves what a browser has to load
    for number, tile in enumerate(tiles):
        where = {"row": number // columns + 1, "col": number % columns + 1}
        original, drawn = tile.original[lead], tile.reconstruction[lead]
        figure.add_scatter(**evenly, y=drawn, mode="lines", line={"width": 0}, hoverinfo="skip", **where)
        figure.add_scatter(**evenly, y=original, fill="tonexty", fillcolor=error_colour(palette), mode="lines",
                           line={"width": 0}, hoverinfo="skip", **where)  # fmt: skip
        dashed = {"color": palette.accent, "width": 1.5, "dash": "dash"}
        figure.add_scatter(**evenly, y=drawn, mode="lines", line=dashed, hoverinfo="skip", **where)
        figure.add_scatter(
            **evenly,
            y=original,
            mode="lines+markers",
            line={"color": palette.classes[tile.beat_class], "width": 2},
            marker={"size": 9, "opacity": 0, "symbol": MARKERS[tile.beat_class], "color": palette.trace},
            customdata=np.full(len(times_s), tile.row, np.int32),
            hovertemplate="%{x:.0f} ms, %{y:.2f} mV<extra></extra>",
            **where,
        )
    layout = base_layout(palette, height=60 + 190 * n_rows)
    layout.pop("xaxis")
    layout.pop("yaxis")
    figure.update_layout(**layout)
    figure.update_layout(margin={"t": 50}, clickmode="event+select")
    wide = last_ms - first_ms > 2000
    figure.update_xaxes(gridcolor=palette.grid_major, dtick=1000 if wide else 200, tickangle=0,
                        zeroline=False, showticklabels=False, tickfont={"size": 11})  # fmt: skip
    figure.update_yaxes(gridcolor=palette.grid_major, dtick=1, zeroline=False, showticklabels=False)
    for column in range(1, columns + 1):
        figure.update_xaxes(showticklabels=True, row=n_rows, col=column)
    figure.update_xaxes(title={"text": "ms from the R peak", "standoff": 4}, row=n_rows, col=1)
    for row in range(1, n_rows + 1):
        figure.update_yaxes(showticklabels=True, title={"text": "mV", "standoff": 2}, row=row, col=1)
    for note in figure.layout.annotations:
        note.font = {"size": 12, "color": palette.text}
    return figure


def error_colour(palette: Palette) -> str:
    """What the gap between a beat and its reconstruction is filled with, as CSS has colours."""
    return "rgba(247,109,76,0.35)" if palette.theme == "dark" else "rgba(146,30,8,0.20)"
