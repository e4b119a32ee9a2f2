"""What every page begins with: its settings, the data in use, and the quiet lines of the sidebar."""

from typing import NoReturn

import streamlit as st

from ecg_core.data.sources import DataSource, current_source
from ecg_core.errors import DataError

PRODUCT = "ECG anomaly workbench"
FOOTER = "Research use. Not a medical device."
SIMULATED_NOTE = "SIMULATED records: made by a beat model, no patient behind them."


def begin(title: str) -> DataSource:
    """Call first on every page: page settings, heading, sidebar, footer. Gives the data source in use.

    If a source was named that cannot be used, shows why and ends the run: nothing is put in its place.
    """
    st.set_page_config(page_title=f"{title} · {PRODUCT}", layout="wide")
    try:
        source = current_source()
    except DataError as error:
        _sidebar("No data", simulated=False)
        st.header(title, anchor=False)
        fail(error)
    _sidebar(source.label, source.simulated)
    st.header(title, anchor=False)
    if source.simulated:
        st.warning(SIMULATED_NOTE, icon=":material/science:")
    return source


def fail(error: Exception | str) -> NoReturn:
    """Show an error the reader can mend and end the run, with nothing drawn behind it."""
    st.error(str(error), icon=":material/error:")
    st.stop()


def _sidebar(data: str, simulated: bool) -> None:
    with st.sidebar:
        st.caption(f":material/database: {data}")
        if simulated:
            st.badge("SIMULATED", icon=":material/science:", color="orange")
        # Place of the running job's line: `jobs.running_line()`.
        st.caption(FOOTER)
