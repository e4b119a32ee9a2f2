"""The panels under a strip, drawn: facts, rhythm episodes, beats in the window."""

from collections.abc import Callable

import streamlit as st

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.labels import LabelLayer
from ecg_core.data.rhythm import Rhythm
from ecg_core.ui.escape import literal
from ecg_core.ui.records import tables
from ecg_core.ui.records.controls import Controls
from ecg_core.ui.records.view import View

TABLE_PX, ROW_PX = 318, 35
MOST_ROWS = 1_000
EPISODE_WIDTHS_PX = {"From": 56, "Rhythm": 146, "Lasts (s)": 66}
BEAT_WIDTHS_PX = {"Time": 74, "Beat": 44, "Class": 48, "Model": 52, "RR (ms)": 62}


def facts(labelled: LabelledRecord) -> None:
    """Facts of the recording and how far its bytes were checked; patient details only when asked for."""
    st.subheader("Facts", anchor=False)
    record = labelled.record
    st.table(tables.facts(labelled), border="horizontal", hide_header=True, alt=f"Facts of record {record.name}")
    st.caption(f"Integrity: {record.integrity}.")
    for note in record.notes:
        st.caption(literal(note))
    if record.comments and st.toggle("Show patient details and notes", key="records.details"):
        st.text("\n".join(record.comments))


def episodes(labelled: LabelledRecord, found: tuple[Rhythm, ...], controls: Controls) -> None:
    """Rhythm episodes, annotated and `found` by RR intervals; a click on one goes there."""
    st.subheader("Rhythm episodes", anchor=False)
    if labelled.rhythms or found:
        key = f"records.episodes.{labelled.record.name}"
        _clickable(tables.episodes(labelled, found), EPISODE_WIDTHS_PX, key, controls.click_episode)
    else:
        st.caption("No rhythm is annotated in this record.")


def beats_in_window(view: View, predictions: LabelLayer | None, controls: Controls) -> None:
    """Beats in the window with their RR intervals, and what a classifier says of them; a click on one marks it and
    puts it in the middle."""
    st.subheader("Beats in the window", anchor=False)
    if len(view.rows) > MOST_ROWS:
        st.caption(f"{len(view.rows):,} beats in the window: zoom in to {MOST_ROWS:,} or fewer to list them.")
    elif len(view.rows):
        key = f"records.beats.{view.record.name}.{view.start_s}.{view.window_s}"
        _clickable(tables.beats_in_window(view, predictions), BEAT_WIDTHS_PX, key, controls.click_beat)
    else:
        st.caption("No beat is annotated in this window.")


def _clickable(
    rows: tables.Rows, widths_px: dict[str, int], key: str, clicked: Callable[[str, list[int]], None]
) -> None:
    names = list(rows.table.columns)
    st.dataframe(
        rows.table,
        column_config={name: st.column_config.Column(width=widths_px[name]) for name in names},
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(rows.table) + 1) + 3),
        key=key,
        on_select=lambda: clicked(key, rows.samples),
        selection_mode="single-row",
        alt=f"Table of {len(rows.table)} rows: {', '.join(names)}",
    )
    st.caption(rows.caption)
