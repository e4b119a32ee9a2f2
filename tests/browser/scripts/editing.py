"""A page for tests alone: a viewer that edits, in a tab hidden at first, and what the server made of its log."""

from dataclasses import replace

import numpy as np
import streamlit as st

from ecg_core.beats.labelled_record import labelled
from ecg_core.review.queue import Asked, Given, queue_of
from ecg_core.ui.review.queues import pack
from ecg_core.ui.viewer import component
from ecg_core.ui.viewer.component import Place, Reviewing
from ecg_core.ui.viewer.edits import edits_of
from ecg_core.ui.viewer.packing import Marks, labels_of, signal_of
from tests.made_records import layer, record

FS = 360
BEATS = [round(FS * 0.8 * k) for k in range(1, 70)]
SYMBOLS = ["N", "V"] * 34 + ["N"]

st.set_page_config(layout="wide")
st.session_state.setdefault("applied", [])


def apply() -> None:
    """Apply what is new in the log."""
    done, sent = st.session_state["applied"], edits_of(component.told("editing").edits, 60 * FS)
    if sent is not None:
        st.session_state["client"] = sent.client
        done += [edit for edit in sent.edits if edit.seq > len(done)]


source = labelled(record(60 * FS, layer(BEATS, SYMBOLS), ("<img src=x onerror=alert(1)>",)), layer(BEATS, SYMBOLS))
signal, labels = signal_of(source.record), labels_of(Marks(source))
if "other" in st.query_params:
    signal = replace(signal, content=signal.content.replace(b'"format": 1', b'"format": 9'))
component.bring(signal, "signal", reviewing=True)
component.bring(labels, "labels", reviewing=True)
queue = pack(queue_of(Asked("class", "time", beat_class="V"), Given(source)))
component.bring(queue, "queue", reviewing=True)
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
        "editing", signal, labels, Place(1, 0, 10, BEATS[1], "queue"), [0], on_edits=apply,
        review=Reviewing(queue, {}, st.session_state.get("client", ""), len(st.session_state["applied"])),
    )  # fmt: skip
applied = st.session_state["applied"]
st.text(f"{len(applied)} edits: " + "".join(edit.after[0] for edit in applied))
st.text(f"at {[edit.samples for edit in applied][-3:]}, in order {np.all(np.diff([e.seq for e in applied]) == 1)}")
