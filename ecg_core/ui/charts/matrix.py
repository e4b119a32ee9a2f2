"""A confusion matrix as a table that screen readers and keys can use: there at once, its cells buttons."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

import streamlit as st

from ecg_core.plots.classification import shaded_cells
from ecg_core.plots.theme import Palette
from ecg_core.ui.charts.component import HERE, SCORES
from ecg_core.ui.javascript import assembled

MODULES = ("../csv.js", f"{SCORES}draw.js", f"{SCORES}figures.js", f"{SCORES}save.js", "matrix.js")
"""Each imports from those before it only."""


def confusion_matrix(
    confusion: Mapping[str, Mapping[str, int]],
    palette: Palette,
    title: str,
    *,
    key: str,
    alt: str,
    file: str,
    on_choose: Callable[[str], None] | None = None,
) -> None:
    """Show reference -> predicted -> beats. `on_choose` gets a cell that is clicked, such as `S>N`; `file` begins the
    names of what is saved."""
    names = list(confusion)
    data = {
        "names": names,
        "rows": [[asdict(cell) for cell in row] for row in shaded_cells(confusion, palette)],
        "title": title,
        "alt": alt,
        "file": file,
        "clickable": on_choose is not None,
        "look": {"text": palette.text, "background": palette.background},
    }

    def told() -> None:
        cell = st.session_state[key].get("cell")
        if on_choose and cell in {f"{true}>{said}" for true in names for said in names}:
            on_choose(str(cell))

    _component()(key=key, data=data, on_cell_change=told)


@cache
def _component() -> Any:
    css = "".join((HERE / name).read_text(encoding="utf-8") for name in (f"{SCORES}views.css", "matrix.css"))
    return st.components.v2.component("ecg_workbench_matrix", css=css, js=assembled(HERE, MODULES))
