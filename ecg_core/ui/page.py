"""What every page begins with: its settings, the data in use, and the quiet lines of the sidebar."""

from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from ecg_core import workspace
from ecg_core.data.sources import DataSource, current_source, use_collection
from ecg_core.errors import DataError
from ecg_core.text import RESEARCH_USE
from ecg_core.ui import glossary, guests, jobs
from ecg_core.ui.escape import literal as literal
from ecg_core.ui.javascript import assembled

PRODUCT = "ECG anomaly workbench"
SIMULATED_NOTE = "SIMULATED records: made by a beat model, no patient behind them."
HERE = Path(__file__).parent
STYLE, MODULES = HERE / "page.css", ("one_step.js", "save_charts.js", "page.js")
SIDEBAR_PX = 210
PAGES = (
    ("app.py", "Home", "home"),
    ("pages/1_Records.py", "Records", "ecg_heart"),
    ("pages/2_Class_balance.py", "Class balance", "bar_chart"),
    ("pages/3_Synthesis.py", "Synthesis", "auto_awesome"),
    ("pages/4_Classifier.py", "Classifier", "category"),
    ("pages/5_Autoencoder.py", "Autoencoder", "tune"),
    ("pages/6_Review.py", "Review", "fact_check"),
    ("pages/7_Runs.py", "Runs", "history"),
    ("pages/8_Benchmarks.py", "Benchmarks", "leaderboard"),
    ("pages/9_Archive.py", "Archive", "inventory_2"),
)
"""Script, name and icon of each page, in the sidebar's order; Streamlit's own list would call Home "app"."""


def begin(title: str, purpose: str = "") -> DataSource:
    """Call first on every page: page settings, sign-in, heading, sidebar, footer. Gives the data source in use.

    `purpose` is the one sentence under the heading: what the page is for.

    If a source was named that cannot be used, shows why and ends the run: nothing is put in its place.
    """
    source = begin_anyhow(title, purpose)
    if source is None:
        st.stop()
    return source


def begin_anyhow(title: str, purpose: str = "") -> DataSource | None:
    """The same for a page that is of use without any recording: it goes on after it has shown why there is none."""
    st.set_page_config(page_title=f"{title} · {PRODUCT}", layout="wide", initial_sidebar_state=SIDEBAR_PX)
    st.html(STYLE)
    guests.require_sign_in()
    try:
        source = current_source()
    except DataError as error:
        _sidebar("No data", simulated=False)
        st.title(title, anchor=False)
        _way_out()
        _show(error)
        return None
    _sidebar(source.label, source.simulated)
    with st.container(gap=None):
        st.title(title, anchor=False)
        simulated = f"  :orange-badge[:material/science: {SIMULATED_NOTE}]" if source.simulated else ""
        if purpose or simulated:
            st.markdown(purpose + simulated)
    return source


def fail(error: Exception | str) -> NoReturn:
    """Show an error the reader can mend and end the run, with nothing drawn behind it."""
    _show(error)
    st.stop()


def _show(error: Exception | str) -> None:
    st.error(literal(str(error)), icon=":material/error:")


def _way_out() -> None:
    """A button where nobody could else get away from what cannot be used on a page."""
    try:
        chosen = workspace.settings().get("collection")
    except DataError:
        guests.change_button("Set the damaged file aside", on_click=_set_aside, key="page.set_aside")
        jobs.show_refused()
        return
    if chosen:
        guests.change_button("Stop using this collection", on_click=use_collection, args=(None,), key="page.stop_using")


def _set_aside() -> None:
    try:
        workspace.set_settings_aside()
    except DataError as error:
        st.session_state[jobs.REFUSED] = str(error)


def _sidebar(data: str, simulated: bool) -> None:
    with st.sidebar:
        for script, name, icon in PAGES:
            if (workspace.PROJECT / script).exists():
                st.page_link(script, label=name, icon=f":material/{icon}:")
        glossary.button()
        st.divider()
        st.caption(f":material/database: {literal(data)}")
        if simulated:
            st.badge("SIMULATED", icon=":material/science:", color="orange")
        jobs.running_line()
        guests.account()
        st.caption(RESEARCH_USE)
        _in_browser()()


@cache
def _in_browser() -> Any:
    return st.components.v2.component("ecg_workbench_page", js=assembled(HERE, MODULES))
