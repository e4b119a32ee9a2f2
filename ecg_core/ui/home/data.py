"""Home's first card: which recordings are in use, and how to get others."""

from pathlib import Path

import streamlit as st

from ecg_core.data.catalogue import ATTRIBUTION, SHORT_ATTRIBUTION
from ecg_core.data.importing.collection import collections
from ecg_core.data.sources import (
    VARIABLE,
    DataSource,
    choose_folder,
    use_collection_before,
)
from ecg_core.errors import DataError
from ecg_core.ui import detect, load
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button, where
from ecg_core.ui.home.bring import choose_collection, dialog, open_dialog, report_of_last
from ecg_core.ui.home.collection import edit_button
from ecg_core.ui.home.downloading import download_part, the_download


def data_card(source: DataSource) -> None:
    """Source, records, beats, integrity; then what can be done about it."""
    st.subheader("Data", anchor=False)
    summaries = load.listed(source)
    beats = sum(sum(one.counts.values()) for one in summaries.values())
    damaged = [one for one in summaries.values() if one.problem]
    detected = detect.detected_beats(source)
    counted = f"{beats:,} annotated beats" + (f", {detected:,} detected beats" if detected else "")
    st.markdown(literal(f"**{source.label}**, {counted}"))
    st.caption(literal(_where_from(source)))
    if source.is_mitdb and not source.simulated:
        st.caption(SHORT_ATTRIBUTION, help=ATTRIBUTION)
    if source.kind in ("environment", "chosen"):
        where(source.folder, "home.where")
    if damaged:
        st.warning(literal(f"{len(damaged)} cannot be read. {damaged[0].problem}"))
    download_part(source)
    detect.offer(source, source.records, "home")
    choose_collection(source.folder)
    report_of_last()
    change_button("Bring in recordings", icon=":material/upload_file:", key="home.open", on_click=open_dialog)
    dialog()
    if source.kind == "collection":
        edit_button(source)
        change_button("Back to the data from before", on_click=_back, key="home.back")
    elif source.kind != "environment":
        with st.expander("Use a folder where it is", expanded=bool(the_download().error)):
            _choose(source)


def _where_from(source: DataSource) -> str:
    if source.kind == "collection":
        return "A collection of recordings brought in here."
    if source.kind == "environment":
        return f"{source.folder}, named by {VARIABLE}."
    if source.kind == "chosen":
        return f"{source.folder}, chosen here."
    if source.kind == "downloaded":
        return "Downloaded from PhysioNet; every file's SHA-256 verified."
    why = "none of the collections is in use" if collections() else "no recordings are here yet"
    return f"Made by a beat model, because {why}. Every tab works on them or says why not; nothing is real."


def _back() -> None:
    st.session_state.pop("home.imported", None)
    use_collection_before()


def _choose(source: DataSource) -> None:
    with st.form("home.choose", border=False):
        text = st.text_input("Folder of WFDB records (.hea, .dat, .atr)", placeholder="/data/holter", key="home.folder")
        sent = change_button("Use this folder", form=True)
    if sent:
        try:
            if not text.strip():
                raise DataError("Type the path of a folder first.")
            choose_folder(Path(text.strip()))
        except DataError as error:
            st.error(literal(f"{error} Still in use: {source.label}."))
        else:
            the_download().error = ""
            st.rerun()
    if source.kind == "chosen" and change_button("Back to the workbench's own data"):
        choose_folder(None)
        st.rerun()
