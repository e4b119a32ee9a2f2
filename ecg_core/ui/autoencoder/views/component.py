"""The component: its modules put together, mounted, and what it tells as a typed value."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ecg_core.plots.reconstruction import error_colour
from ecg_core.plots.theme import DARK, LIGHT, Palette
from ecg_core.typed_json import JsonObject
from ecg_core.ui.javascript import assembled

HERE = Path(__file__).parent
MODULES = ("../../csv.js", "draw.js", "figures.js", "save.js", "records.js", "threshold.js", "tiles.js", "main.js")
"""Each imports from those before it only."""


@cache
def javascript() -> str:
    """All modules as one."""
    return assembled(HERE, MODULES)


@cache
def component() -> Any:
    """The component, to be called with `data` (its `kind` names the view), a key and callbacks of what it tells."""
    css = (HERE / "views.css").read_text(encoding="utf-8")
    return st.components.v2.component("ecg_workbench_scores", css=css, js=javascript())


def palettes() -> JsonObject:
    """The colours of both themes; which of them is shown the browser knows."""
    return {"light": _look(LIGHT), "dark": _look(DARK)}


def told(key: str, name: str) -> Mapping[str, Any]:
    """What the component of this key last told under a name; empty where it is nothing that can be believed."""
    state = st.session_state.get(key)
    value = state.get(name) if isinstance(state, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def nothing() -> None:
    """For what a component tells that the script reads itself: it is kept only where there is a callback."""


def _look(palette: Palette) -> JsonObject:
    return {
        "theme": palette.theme,
        "background": palette.background,
        "grid": palette.grid,
        "gridMajor": palette.grid_major,
        "text": palette.text,
        "muted": palette.muted,
        "accent": palette.accent,
        "classes": palette.classes,
        "error": error_colour(palette),
    }
