"""The component of a light chart, and what it is given."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

from ecg_core.ui.javascript import assembled

HERE = Path(__file__).parent
SCORES = "../autoencoder/views/"
COMMON = ("../csv.js", f"{SCORES}draw.js", f"{SCORES}figures.js", f"{SCORES}save.js", "shapes.js", "drawing.js")
MODULES = (*COMMON, "chart.js", "panels.js", "paper.js", "main.js")
"""Each imports from those before it only."""
Kind = Literal["chart", "panels", "paper"]
"""`chart`: horizontal bars with text behind them, lines in steps, stacked areas, upright lines and notes.
`panels`: lines and areas over one axis, in panels one above the other.
`paper`: lines with gaps and texts on ECG paper, seconds across and mV upwards."""


@cache
def _component() -> Any:
    css = "".join((HERE / name).read_text(encoding="utf-8") for name in (f"{SCORES}views.css", "charts.css"))
    return st.components.v2.component("ecg_workbench_chart", css=css, js=assembled(HERE, MODULES))


def drawing(figure: go.Figure, alt: str = "", file: str = "chart", kind: Kind = "chart") -> bytes:
    """What the browser draws a figure from, to be kept: making a figure takes longer than drawing it.

    Only what its `kind` is made of is drawn. A figure is told by its title, or by `alt`; `file` begins the names of
    what is saved.
    """
    title = str(figure.layout.title.text or "").replace("<br>", " ")
    told = {"alt": alt or title, "file": file, "kind": kind}
    return json.dumps(told).encode()[:-1] + b', "figure": ' + str(figure.to_json()).encode() + b"}"


def chart(drawn: bytes, key: str) -> None:
    """Show what `drawing` gave."""
    _component()(data=drawn, key=key)
