"""The burden table: what is shown of each recording, by which measure it is sorted and filtered."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

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
    "slowest": Measure("Slowest", _plain("slowest_rate"), "a minute", "%.0f/min"),
    "fastest": Measure("Fastest", _plain("fastest_rate"), "a minute", "%.0f/min"),
    "flagged": Measure("Flagged/h", _plain("flagged_per_hour"), "beats an hour", "%.0f"),
    "to_review": Measure("To review", _plain("to_review"), "beats", "%d"),
    "unreadable": Measure("Unreadable", _of_time("unreadable_s"), "% of the time", "%.1f %%"),
}
FIRST = "v_burden"
HELP = {
    "V burden": "Ventricular beats by the classifier, of all beats.",
    "S burden": "Supraventricular beats by the classifier, of all beats.",
    "Fibrillation": "Atrial fibrillation by RR intervals alone, of the time recorded. Bigeminy and other frequent "
    "ectopic beats can look the same.",
    "Longest V run": "Ventricular beats in a row, fusion beats among them.",
    "V runs": "Runs of three ventricular beats and more.",
    "V couplets": "Runs of two ventricular beats.",
    "Longest S run": "Supraventricular beats in a row.",
    "Pauses": "Intervals of 3 s and more between two beats, all of which can be read; none in ventricular flutter that "
    "the reference marks.",
    "Longest RR": "Between two beats, all of which can be read; none in ventricular flutter that the reference marks.",
    "Flagged/h": "Beats at or above the autoencoder's threshold, in an hour.",
    "To review": "Beats that a person has to look at so that the classifier misses no more S and V beats than it "
    "promises (page Classifier).",
    "Unreadable": "Time in which no R peak can be read.",
    "Slowest": "Lowest heart rate: the mean of eight RR intervals in a row.",
    "Fastest": "Highest heart rate: the mean of eight RR intervals in a row.",
    "R peaks": "Whether beats are where somebody annotated them, or were found by the workbench.",
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
    """What people see of the rows: the measure first, and what its reader must know."""
    columns: dict[str, pd.Series] = {"Recording": told_apart(rows), MEASURES[measure].title: MEASURES[measure].of(rows)}
    if (rows["caution"] != "").any():
        columns["Note"] = rows["caution"]
    columns |= {"Hours": rows["duration_s"] / 3600, "Beats": rows["beats"], "R peaks": rows["positions"]}
    columns |= {one.title: one.of(rows) for name, one in MEASURES.items() if name != measure}
    return pd.DataFrame(columns | {"Mean rate": rows["mean_rate"]})


def failures(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that failed, and why."""
    return pd.DataFrame({"Recording": told_apart(rows), "Why": rows["reason"]})


def told_apart(rows: pd.DataFrame) -> pd.Series:
    """Names of the recordings; of those that share one, with the folder they lie in."""
    names: pd.Series = rows["recording"].copy()
    shared = names.duplicated(keep=False)
    folders = [PurePath(path).parent.name for path in rows["path"][shared]]
    names[shared] = [f"{name} ({folder})" for name, folder in zip(names[shared], folders, strict=True)]
    return names


def columns() -> dict[str, ColumnConfig]:
    """How the columns of `shown` are written."""
    found: dict[str, ColumnConfig] = {"Recording": st.column_config.TextColumn(pinned=True, width=150)}
    for one in MEASURES.values():
        found[one.title] = st.column_config.NumberColumn(format=one.format, help=HELP.get(one.title), width=98)
    found["Hours"] = st.column_config.NumberColumn(format="%.1f", width=65)
    found["Mean rate"] = st.column_config.NumberColumn(format="%.0f/min", width=80)
    found["R peaks"] = st.column_config.TextColumn(help=HELP["R peaks"], width=80)
    found["Note"] = st.column_config.TextColumn(width=190)
    found["Why"] = st.column_config.TextColumn(width="large")
    return found
