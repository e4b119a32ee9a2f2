"""A grid of beats, each tile wholly a button, as a component: light enough to be there at once, and for keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.plots.theme import Palette

HERE = Path(__file__).parent
DIGITS = 3  # of mV: what a picture of 70 px shows is a hundredth
ROOM = 0.05
"""Left free above and below, as a share of the range."""


@dataclass(frozen=True)
class BeatTile:
    """One beat over the patient's usual beat."""

    number: int
    """What choosing it tells."""
    label: str
    detail: str
    beat_class: str
    beat_mv: npt.NDArray[np.float32] = field(repr=False)
    """(n_points,) mV of one lead."""
    usual_mv: npt.NDArray[np.float32] = field(repr=False)


def beat_tiles(
    tiles: Sequence[BeatTile], chosen: int, palette: Palette, key: str, alt: str, on_choose: Callable[[int], None]
) -> None:
    """Draw the tiles, all on one scale; `on_choose` gets the number of one that is chosen."""
    values = np.concatenate([each for tile in tiles for each in (tile.beat_mv, tile.usual_mv)])
    low, high = float(values.min()), max(float(values.max()), float(values.min()) + 1)
    room = ROOM * (high - low)
    dark = palette.theme == "dark"
    data = {
        "tiles": [
            {"id": tile.number, "label": tile.label, "detail": tile.detail,
             "colour": palette.classes.get(tile.beat_class, palette.trace),
             "beat": tile.beat_mv.astype(float).round(DIGITS).tolist(),
             "usual": tile.usual_mv.astype(float).round(DIGITS).tolist()}
            for tile in tiles
        ],
        "chosen": chosen,
        "range": [round(low - room, DIGITS), round(high + room, DIGITS)],
        "accent": palette.accent,
        "muted": palette.muted,
        "shade": "rgba(247,109,76,0.35)" if dark else "rgba(146,30,8,0.20)",
        "alt": alt,
    }  # fmt: skip

    def told() -> None:
        number = st.session_state[key].get("chosen")
        if isinstance(number, int) and number in {tile.number for tile in tiles}:
            on_choose(number)

    _component()(key=key, data=data, on_chosen_change=told)


@cache
def _component() -> Any:
    return st.components.v2.component(
        "ecg_workbench_beat_tiles",
        html='<div class="tiles" role="group"></div>',
        css=(HERE / "tiles.css").read_text(encoding="utf-8"),
        js=(HERE / "tiles.js").read_text(encoding="utf-8"),
    )
