"""The row of pictures, mounted in the page."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ecg_core.ui.javascript import assembled

HERE = Path(__file__).parent
MODULES = ("tiles.js",)


@dataclass(frozen=True)
class FamilyTile:
    """One family's picture in both themes."""

    number: int
    said: str
    light: str
    dark: str
    open: bool
    """Whether some beat of it is not decided about."""


@cache
def javascript() -> str:
    """All modules as one."""
    return assembled(HERE, MODULES)


@cache
def _component() -> Any:
    css = (HERE / "tiles.css").read_text(encoding="utf-8")
    html = '<div class="families" role="group"></div>'
    return st.components.v2.component("ecg_workbench_families", html=html, css=css, js=javascript())


def family_tiles(tiles: Sequence[FamilyTile], key: str, chosen: Callable[[int], None]) -> None:
    """Pictures side by side; `chosen` is called with the number of the one that was clicked."""
    numbers = {tile.number for tile in tiles}

    def told() -> None:
        number = st.session_state[key].get("chosen")
        if isinstance(number, int | float) and not isinstance(number, bool) and number in numbers:
            chosen(int(number))

    data = {"families": [asdict(tile) for tile in tiles], "alt": f"{len(tiles)} families of beats"}
    _component()(data=data, key=key, on_chosen_change=told)
