"""Home's card of the ways on, and what its address can say."""

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.ui import jobs
from ecg_core.ui.escape import literal
from ecg_core.ui.query import Param, Query
from ecg_core.ui.quoted import quoted

RECORD = "records.record"
"""Where the Records page keeps its record in the session."""


def address_notes(source: DataSource) -> list[str]:
    """Sentences on an address that cannot be used. Home keeps nothing in its address: a record that another page left
    there is the one its link leads to, the rest is dropped."""
    view = Query("home", Param("record", None, str))
    notes = view.read()
    named = view["record"]
    if named and named not in source.records:
        notes.append(f"Unknown record {quoted(named)} in the address: {source.label}, none of that name.")
        view.hold(notes)
    elif named:
        st.session_state.setdefault(RECORD, named)
    view["record"] = None
    for name in list(st.query_params):
        if name != "record":
            del st.query_params[name]
    view.write()
    return notes


def start_card(source: DataSource) -> None:
    """Where to go, and what is under way."""
    st.subheader("Start here", anchor=False)
    last = st.session_state.get(RECORD)
    last = last if last in source.records else source.records[0]
    st.page_link("pages/1_Records.py", label=literal(f"Browse record {last}"), icon=":material/ecg_heart:",
                 query_params={"record": last})  # fmt: skip
    st.page_link("pages/2_Class_balance.py", label="See how rare beats are", icon=":material/bar_chart:")
    st.page_link("pages/3_Synthesis.py", label="Make more rare beats", icon=":material/auto_awesome:")
    st.page_link("pages/4_Classifier.py", label="Name each beat's class", icon=":material/category:")
    st.page_link("pages/5_Autoencoder.py", label="Flag abnormal beats", icon=":material/tune:")
    st.page_link("pages/6_Review.py", label="Review and correct labels", icon=":material/fact_check:")
    st.page_link("pages/9_Archive.py", label="Score a whole archive", icon=":material/inventory_2:")
    st.page_link("pages/7_Runs.py", label="All trainings", icon=":material/history:")
    if run := jobs.working_run():
        st.caption(literal(f"{jobs.title_of(run)}: {jobs.status_text(run)}"))
