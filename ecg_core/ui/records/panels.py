"""The panels under a strip, drawn: facts, rhythm episodes, beats in the window."""

from collections.abc import Callable

import streamlit as st

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.labels import LabelLayer
from ecg_core.data.rhythm import Rhythm
from ecg_core.ui.escape import literal
from ecg_core.ui.place_list.component import place_list
from ecg_core.ui.records import tables
from ecg_core.ui.records.controls import Controls
from ecg_core.ui.records.view import View

MOST_ROWS = 1_000


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
        rows = tables.episodes(labelled, found)
        _clickable(rows, "records.episodes", controls.click_episode, f"{labelled.record.name}-episodes")
    else:
        st.caption("No rhythm is annotated in this record.")


def beats_in_window(view: View, predictions: LabelLayer | None, controls: Controls) -> None:
    """Beats in the window with their RR intervals, and what a classifier says of them; a click on one marks it and
    puts it in the middle."""
    st.subheader("Beats in the window", anchor=False)
    if len(view.rows) > MOST_ROWS:
        st.caption(f"{len(view.rows):,} beats in the window: zoom in to {MOST_ROWS:,} or fewer to list them.")
    elif len(view.rows):
        rows = tables.beats_in_window(view, predictions)
        _clickable(rows, "records.beats", controls.click_beat, f"{view.record.name}-beats")
    else:
        st.caption("No beat is annotated in this window.")


def _clickable(rows: tables.Rows, key: str, chosen: Callable[[int], None], file: str) -> None:
    names = list(rows.table.columns)
    values = rows.table.astype(object).where(rows.table.notna(), None).to_numpy().tolist()
    place_list(names, values, rows.samples, key, chosen, f"{len(values)} rows: {', '.join(names)}", file)
    st.caption(rows.caption)
