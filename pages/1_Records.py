"""Records: read a recording on ECG paper with its annotations."""

import streamlit as st

from ecg_core.errors import DataError
from ecg_core.ui import detect, load, page
from ecg_core.ui.records import findings, panels, predictions, prints, scores
from ecg_core.ui.records.controls import VIEWER, Controls, choose_record, query, refusals, typed
from ecg_core.ui.records.view import lead_names
from ecg_core.ui.review import links
from ecg_core.ui.viewer import component
from ecg_core.ui.viewer.packing import Marks, labels_of

source = page.begin("Records", "Read a recording on ECG paper, and what people, detectors and models say of it.")
state = query()
notes = state.read()
state["record"] = state["record"] or source.records[0]
listed = load.listed(source)

# Record, leads, time.
top = st.container(horizontal=True, vertical_alignment="bottom")
with top:
    st.selectbox(
        "Record",
        source.records,
        format_func=lambda name: listed[name].label if name in listed else name,
        placeholder="Choose a record",
        width=285,
        **state.choice("record", source.records) | {"on_change": choose_record, "args": (state,)},
    )
try:
    files = load.record_files(source, state["record"])
    labelled, found = load.labelled_record(files), findings.findings(files)
except DataError as error:
    state.write()
    page.fail(error)
controls = Controls(state, labelled, found.differences)
view, corrections = controls.settle()
if corrections:
    state.hold(notes := notes + corrections)
state.write()
record, leads = labelled.record, lead_names(labelled.record)
classifiers, autoencoders = predictions.classifiers(), scores.autoencoders()
with top:
    st.multiselect("Leads", leads, width=200, **state.widget("leads"))
    st.text_input("Go to", placeholder="mm:ss", width=105, **state.mirror("start", "clock", controls.go_to, typed()))
    with st.popover("Options"):
        predictions.choose(classifiers, state)
        scores.choose(autoencoders, state)
        if len(labelled.beats) and not labelled.layer.is_detected and found.differences is None:
            detect.beside(source, record.name, "records")
        elif labelled.layer.is_detected:
            detect.again(source, record.name, "records")
for note in notes:
    st.warning(page.literal(note))
detect.told()
if not len(labelled.beats):
    detect.offer(source, (record.name,), "records")
with st.container():  # what these have to say, and their spinners, stand above the viewer
    predicted = predictions.layer_of(classifiers, source, record.name, state)
    scored = scores.scores_of(autoencoders, source, record.name, state)

# The recording goes to the browser once; keys and pointers move in it there.
reading, brought = st.container(), st.container()
signal = load.signal(files)
labels = labels_of(Marks(labelled, found.fibrillation, findings.BY_RR, found.differences, predicted, scored))
with brought:
    component.bring(signal, "records.signal")
    component.bring(labels, "records.labels")


@st.fragment
def read() -> None:
    """The viewer, and what is told of its window."""
    view, _ = controls.settle()
    state.write()
    component.viewer(
        VIEWER,
        signal,
        labels,
        controls.place(view),
        view.lead_numbers,
        on_range=controls.moved,
        on_beat=controls.marked,
        on_step=controls.chosen,
        on_scale=controls.scaled,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        prints.print_button(view, state["speed"], state["gain"])
        links.review_record(record.name, view.marked, labelled.beats.class_at(view.marked or 0))
    findings.caution(found)
    links.corrections_note(source.folder, record.name)
    drawn = predictions.caption(labelled.layer, predicted, classifiers, record.name, source.patients)
    st.caption(page.literal(f"{drawn} {findings.caption(found)}".strip()))
    below = st.grid(3, min_column_width=300, gap="small")
    with below.cell():
        panels.facts(labelled)
    with below.cell():
        panels.episodes(labelled, found.fibrillation, controls)
    with below.cell():
        panels.beats_in_window(view, predicted, controls)


with reading:
    read()
with st.container(key="records_refused"):  # last, and laid over the title's line: nothing moves
    for refusal in refusals():
        st.warning(page.literal(refusal))
