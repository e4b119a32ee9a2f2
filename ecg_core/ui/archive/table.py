"""The burden table: what is shown of each recording, by which measure it is sorted and filtered."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from ecg_core.tasks.archive.rows import FAILED


@dataclass(frozen=True)
class Measure:
    """Something recordings are sorted by."""

    title: str
    of: Callable[[pd.DataFrame], pd.Series]
    unit: str
    """After its title on an axis."""
    format: str
    """Of its column."""


def _share(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: 100 * table[column]


def _of_time(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: 100 * table[column] / table["duration_s"]


def _plain(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: table[column].astype(float)


MEASURES: dict[str, Measure] = {
    "v_burden": Measure("V burden", _share("v_burden"), "% of beats", "%.2f %%"),
    "s_burden": Measure("S burden", _share("s_burden"), "% of beats", "%.2f %%"),
    "fibrillation": Measure("Fibrillation", _of_time("fibrillation_s"), "% of the time", "%.1f %%"),
    "v_longest_run": Measure("Longest V run", _plain("v_longest_run"), "beats", "%d"),
    "v_runs": Measure("V runs", _plain("v_runs"), "of three beats and more", "%d"),
    "v_couplets": Measure("V couplets", _plain("v_couplets"), "", "%d"),
    "s_longest_run": Measure("Longest S run", _plain("s_longest_run"), "beats", "%d"),
    "pauses": Measure("Pauses", _plain("pauses"), "of 3 s and more", "%d"),
    "longest_rr": Measure("Longest RR", _plain("longest_rr_s"), "s", "%.2f s"),
    "slowest": Measure("Slowest", _plain("slowest_rate"), "a minute", "%.0f"),
    "fastest": Measure("Fastest", _plain("fastest_rate"), "a minute", "%.0f"),
    "flagged": Measure("Flagged/h", _plain("flagged_per_hour"), "", "%.0f"),
    "to_review": Measure("To review", _plain("to_review"), "beats", "%d"),
    "unreadable": Measure("Unreadable", _of_time("unreadable_s"), "% of the time", "%.1f %%"),
}
FIRST = "v_burden"
HELP = {
    "V burden": "Ventricular beats by the classifier, of all beats.",
    "S burden": "Supraventricular beats by the classifier, of all beats.",
    "Fibrillation": "Atrial fibrillation by RR intervals alone, of the time recorded.",
    "Flagged/h": "Beats at or above the autoencoder's threshold, in an hour.",
    "To review": "Beats that the classifier's promises ask a person to look at.",
    "Unreadable": "Time in which no R peak can be read.",
    "Slowest": "Mean of eight RR intervals in a row.",
    "Fastest": "Mean of eight RR intervals in a row.",
}


def measured(table: pd.DataFrame, measure: str, least: float, text: str, failed: bool) -> pd.DataFrame:
    """Rows to show, the highest first: those with at least so much of a measure, whose name holds a text; or, with
    `failed`, those that failed. The index is that of `table`."""
    chosen = table["status"] == FAILED if failed else table["status"] != FAILED
    if text:
        chosen &= table["recording"].str.contains(text, case=False, regex=False)
    value = MEASURES[measure].of(table)
    if least > 0 and not failed:
        chosen &= value >= least
    rows = table[chosen]
    return rows.loc[value[chosen].sort_values(ascending=False, kind="stable", na_position="last").index]


def shown(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """What people see of the rows: the measure first."""
    columns: dict[str, pd.Series] = {"Recording": rows["recording"]}
    for name in (measure, *(one for one in MEASURES if one != measure)):
        columns[MEASURES[name].title] = MEASURES[name].of(rows)
    columns |= {
        "Hours": rows["duration_s"] / 3600, "Beats": rows["beats"], "Mean rate": rows["mean_rate"],
        "R peaks": rows["positions"], "Note": rows["caution"],
    }  # fmt: skip
    return pd.DataFrame(columns)


def failures(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that failed, and why."""
    return pd.DataFrame({"Recording": rows["recording"], "Why": rows["reason"]})


def columns() -> dict[str, ColumnConfig]:
    """How the columns of `shown` are written."""
    found: dict[str, ColumnConfig] = {"Recording": st.column_config.TextColumn(pinned=True, width=110)}
    for one in MEASURES.values():
        found[one.title] = st.column_config.NumberColumn(format=one.format, help=HELP.get(one.title), width=98)
    found["Hours"] = st.column_config.NumberColumn(format="%.1f", width=65)
    found["Mean rate"] = st.column_config.NumberColumn(format="%.0f", width=80)
    found["Note"] = st.column_config.TextColumn(width="large")
    found["Why"] = st.column_config.TextColumn(width="large")
    return found
