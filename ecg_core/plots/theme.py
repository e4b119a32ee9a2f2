"""Colours, marker shapes and the layout every figure starts from, for the light and the dark theme.

The class colours were searched for contrast of at least 3 : 1 on the paper and for a CIE76 distance of at least 25
between any two, in normal sight and in protanopia, deuteranopia and tritanopia (Machado et al. 2009,
doi 10.1109/TVCG.2009.113); `tests/plots/test_theme.py` repeats the check. Colour is never the only sign: each class
has its own marker shape too, and the annotation symbol is printed.
"""

from dataclasses import dataclass
from typing import Any, Literal

from ecg_core.data.rhythm import Origin

Theme = Literal["light", "dark"]

FONT = "Source Sans, Source Sans Pro, Segoe UI, Helvetica, Arial, sans-serif"
FONT_PX = 13

MARKERS: dict[str, str] = {"N": "circle", "S": "triangle-up", "V": "diamond", "F": "square", "Q": "cross"}
"""Plotly marker of each beat class."""
DASHES: dict[str, str] = {"N": "solid", "S": "dash", "V": "solid", "F": "dot", "Q": "dashdot"}
"""Plotly dash of a class's line."""

PLOTLY_CONFIG: dict[str, Any] = {
    "showSendToCloud": False,
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
}
"""For every chart on a page and every exported page. plotly.js would otherwise offer to post figures to its cloud."""


@dataclass(frozen=True)
class Palette:
    """Every colour a figure needs in one theme, as CSS colours."""

    theme: Theme
    background: str
    """The page behind the figure; figures are transparent and let it through."""
    paper: str
    """ECG paper between its lines."""
    grid: str
    """Grid of a chart that is not ECG paper."""
    grid_minor: str
    grid_major: str
    trace: str
    text: str
    muted: str
    """Text and marks that should stand back; still at least 4.5 : 1 on the page."""
    accent: str
    """The current window, the marked beat, the threshold."""
    hatch: str
    """Lines over a stretch without signal."""
    classes: dict[str, str]
    """Beat class -> colour, in the order N S V F Q."""

    def rhythm(self, origin: Origin) -> str:
        """Colour of a rhythm: that of the beat class which arises at the same place."""
        key = {"supraventricular": "S", "ventricular": "V", "paced": "Q", "conduction": "F"}.get(origin)
        return self.classes[key] if key else self.muted


LIGHT = Palette(
    theme="light",
    background="#FFFFFF",
    paper="#FFFDFB",
    grid="#E4E8EE",
    grid_minor="#F9E2E0",
    grid_major="#F0B9B4",
    trace="#14181F",
    text="#1B2430",
    muted="#5B6675",
    accent="#0B5CAD",
    hatch="#8A8F98",
    classes={"N": "#015CD2", "S": "#CC7B00", "V": "#921E08", "F": "#7D3D80", "Q": "#978D8D"},
)
DARK = Palette(
    theme="dark",
    background="#121212",
    paper="#121212",
    grid="#2B3038",
    grid_minor="#2A2020",
    grid_major="#4A3232",
    trace="#F0F2F5",
    text="#E8EAED",
    muted="#A3ABB8",
    accent="#6CB4F0",
    hatch="#7B818C",
    classes={"N": "#85D0EC", "S": "#F4C015", "V": "#F76D4C", "F": "#D13FEE", "Q": "#8A8383"},
)
PALETTES: dict[Theme, Palette] = {"light": LIGHT, "dark": DARK}


def base_layout(palette: Palette, title: str = "", height: int = 400) -> dict[str, Any]:
    """Layout keys every figure starts from: fonts, margins, transparent ground, quiet axes, hover.

    Give the figure to `st.plotly_chart(..., theme=None, config=PLOTLY_CONFIG)`. `height` is in px.
    """
    axis = {
        "gridcolor": palette.grid,
        "linecolor": palette.muted,
        "zeroline": False,
        "ticks": "",
        "automargin": False,
    }
    return {
        "template": "none",
        "height": height,
        "margin": {"l": 56, "r": 12, "t": 40 if title else 12, "b": 40},
        "font": {"family": FONT, "size": FONT_PX, "color": palette.text},
        "title": {"text": title, "font": {"size": FONT_PX + 2}, "x": 0, "xanchor": "left", "xref": "paper",
                  "y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 8}},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"font": {"family": FONT, "size": FONT_PX, "color": palette.text}, "bgcolor": palette.background,
                       "bordercolor": palette.muted},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.muted, "activecolor": palette.accent},
        "xaxis": dict(axis),
        "yaxis": dict(axis),
    }  # fmt: skip
