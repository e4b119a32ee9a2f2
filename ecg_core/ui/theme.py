"""Which theme the browser shows now."""

import streamlit as st

from ecg_core.plots.theme import PALETTES, Palette, Theme


def current() -> Theme:
    """`light` or `dark`, as this session's browser shows it; `light` where it is not known (tests, first moment)."""
    return "dark" if st.context.theme.type == "dark" else "light"


def palette() -> Palette:
    """The colours of the theme the browser shows."""
    return PALETTES[current()]
