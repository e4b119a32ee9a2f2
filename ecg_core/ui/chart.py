"""A Plotly figure on a page, drawn by the browser once.

Streamlit gives plotly.js each new figure again as a copy. plotly.js takes arrays of a copy for other data, an automatic
size that is then told for another one, and a template for another template: it would draw the whole chart again.
"""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from plotly.basedatatypes import BasePlotlyType

from ecg_core.plots.theme import PLOTLY_CONFIG


def chart(figure: go.Figure, *, key: str, alt: str, on_choose: Callable[[], None] | None = None) -> None:
    """Show a figure. `on_choose` is called when a point is clicked, which then is in the session under `key`."""
    how: dict[str, Any] = {}
    if on_choose:
        # as Streamlit would set them itself after the first drawing
        figure.update_layout(clickmode="event+select", hovermode="closest", dragmode="pan")
        how = {"on_select": on_choose, "selection_mode": "points"}
    st.plotly_chart(drawn_once(figure), theme=None, config=PLOTLY_CONFIG, key=key, alt=alt, **how)


def drawn_once(figure: go.Figure) -> go.Figure:
    """The figure, changed so that a copy of it asks for no second drawing, and other data for one."""
    if figure.layout.template is not None:
        figure.layout.pop("template")  # set to None it would stay as an empty one
    figure.layout.autosize = True
    for trace in figure.data:
        _lists(trace)
    figure.layout.datarevision = crc32(figure.to_json().encode())
    return figure


def _lists(part: BasePlotlyType) -> None:
    """Its numpy arrays as lists: of others plotly.js does not see that they are the same."""
    for name, value in part.to_plotly_json().items():
        if isinstance(value, np.ndarray):
            part[name] = None  # one that is equal would be kept
            part[name] = value.tolist()
        elif isinstance(value, dict):
            _lists(part[name])
