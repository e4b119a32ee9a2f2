"""Tables as files."""

import pandas as pd
import streamlit as st

FORMULA = ("=", "+", "-", "@")


def safe_csv(table: pd.DataFrame) -> str:
    """A table as CSV in which a text cell that a spreadsheet would take for a formula gets an apostrophe."""

    def safe(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell

    text = table.select_dtypes(exclude="number").columns
    return table.assign(**{column: table[column].map(safe) for column in text}).to_csv(index=False)


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
