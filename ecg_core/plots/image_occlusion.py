"""Where an image classifier looks, laid over the image."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.plots.escape import plain
from ecg_core.plots.theme import Palette, base_layout

LEAST_POINTS = 5.0
"""The colours reach at least so many percentage points either way, so that chance does not look like a finding."""
SIDE_PX = 420
OPACITY = 0.6
FOR, AGAINST, NEITHER = "#C2410C", "#1D4ED8", "rgba(255,255,255,0)"
LUMINANCE = (0.299, 0.587, 0.114)


def occlusion_figure(
    image: npt.NDArray[np.uint8], fall: npt.NDArray[np.float64], palette: Palette, title: str
) -> go.Figure:
    """An image with what each part of it says for a class.

    Parameters
    ----------
    image : (size, size) grey or (size, size, 3) RGB, shown in shades of grey
    fall : (size, size) how far the probability of the class falls without the part, -1 to 1
    """
    grey = image.astype(np.float32) if image.ndim == 2 else image.astype(np.float32) @ np.asarray(LUMINANCE, np.float32)
    points = (100 * fall).astype(np.float32)
    most = max(LEAST_POINTS, float(np.abs(points).max()))
    layout = base_layout(palette, plain(title, 60), SIDE_PX + 50)
    axis = {"visible": False, "fixedrange": True, "constrain": "domain"}
    layout["margin"] = {"l": 2, "r": 2, "t": 40, "b": 8}
    layout["xaxis"] = axis
    layout["yaxis"] = axis | {"autorange": "reversed", "scaleanchor": "x"}
    shades = [[0, "#000000"], [1, "#FFFFFF"]]
    colours = [[0, AGAINST], [0.5, NEITHER], [1, FOR]]
    bar = {"title": {"text": "% points", "side": "top"}, "thickness": 12, "len": 0.8, "outlinewidth": 0,
           "tickvals": [-most, 0, most], "ticktext": [f"{-most:.0f} against", "0", f"+{most:.0f} for"]}  # fmt: skip
    data = [
        {"type": "heatmap", "z": grey, "zmin": 0, "zmax": 255, "colorscale": shades, "showscale": False,
         "hoverinfo": "skip"},
        {"type": "heatmap", "z": points, "zmin": -most, "zmax": most, "colorscale": colours, "opacity": OPACITY,
         "zsmooth": "best", "colorbar": bar,
         "hovertemplate": "%{z:.0f} percentage points<extra></extra>"},
    ]  # fmt: skip
    return go.Figure({"data": data, "layout": layout})
