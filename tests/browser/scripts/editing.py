"""A page for tests alone: a viewer that edits, in a tab hidden at first, and what the server made of its log."""

from dataclasses import replace

import numpy as np
import streamlit as st

from ecg_core.beats.labelled_record import labelled
from ecg_core.ui.viewer import component
from ecg_core.ui.viewer.component import Place
from ecg_core.ui.viewer.edits import new_edits
from ecg_core.ui.viewer.packing import Marks, labels_of, signal_of
from tests.made_records import layer, record

FS = 360
BEATS = [round(FS * 0.8 * k) for k in range(1, 70)]
SYMBOLS = ["N", "V"] * 34 + ["N"]

st.set_page_config(layout="wide")
st.session_state.setdefault("applied", [])


def apply() -> None:
    """Apply what is new in the log."""
    done = st.session_state["applied"]
    done += new_edits(component.told("editing").edits, len(done), 60 * FS)


source = labelled(record(60 * FS, layer(BEATS, SYMBOLS), ("<img src=x onerror=alert(1)>",)), layer(BEATS, SYMBOLS))
signal, labels = signal_of(source.record), labels_of(Marks(source))
if "other" in st.query_params:
    signal = replace(signal, content=signal.content.replace(b'"format": 1', b'"format": 9'))
component.bring(signal, "signal")
component.bring(labels, "labels")
st.button("Run again")
st.session_state.setdefault("leaked", 0)
if st.button("Key of the page", shortcut="Right"):
    st.session_state["leaked"] += 1
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.text(f"run {st.session_state['runs']}, {st.session_state['leaked']} keys leaked")
other, editing = st.tabs(["Other", "Editing"])
other.write("Something else")
with editing:
    component.viewer(
        "editing", signal, labels, Place(1, 0, 10, BEATS[0], "V"), [0],
        editing=True, confirmed=len(st.session_state["applied"]), on_edits=apply,
    )  # fmt: skip
applied = st.session_state["applied"]
st.text(f"{len(applied)} edits: " + "".join(edit.label for edit in applied))
st.text(f"at {[edit.sample for edit in applied][-3:]}, in order {np.all(np.diff([e.seq for e in applied]) == 1)}")
