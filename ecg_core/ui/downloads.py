"""Tables as files."""

import pandas as pd
import streamlit as st

from ecg_core.data.csv_text import safe_csv


def csv_button(label: str, table: pd.DataFrame, file: str, simulated: bool) -> None:
    """A button that downloads a table; simulated data say so in the file's name and in a column."""
    if simulated:
        table = table.assign(data="SIMULATED")
    name = f"{file}{'_SIMULATED' if simulated else ''}.csv"
    st.download_button(
        label,
        lambda: safe_csv(table),
        name,
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"download.{file}",
    )
