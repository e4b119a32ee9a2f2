"""Review: go through beats one by one, correct their labels, and put the corrections to use."""

import streamlit as st

from ecg_core.errors import DataError
from ecg_core.review.groups import groups_of
from ecg_core.ui import detect, load, page
from ecg_core.ui.records import findings, predictions, scores
from ecg_core.ui.review import below, controls, families, opening, uses
from ecg_core.ui.review.drawn import drawn_of
from ecg_core.ui.review.promises import promise_words
from ecg_core.ui.viewer import component

source = page.begin("Review", "Go through beats one by one, correct what is wrong, and put the corrections to use.")
state = controls.query()
notes = state.read()
state["record"] = state["record"] or source.records[0]
classifiers, autoencoders = predictions.classifiers(), scores.autoencoders()
controls.settle_models(state, autoencoders, classifiers)

top = st.container(horizontal=True, vertical_alignment="bottom")
with top:
    opening.choose_record(state, source)
    controls.choose_queue(state)
    person = opening.reviewer()
    with st.popover("Models"):
        controls.choose_models(state, autoencoders, classifiers)
state.write()
for note in notes:
    st.warning(page.literal(note))
# what is said, the viewer, what is brought: each in a place of its own, since a viewer that moves is made anew
above, tiles, reading, brought = (st.container() for _ in range(4))
try:
    files = load.record_files(source, state["record"])
    labelled, found = load.labelled_record(files), findings.findings(files)
except DataError as error:
    page.fail(error)
if not len(labelled.beats):
    detect.offer(source, (labelled.record.name,), "review")
    st.stop()
asked, name = controls.asked(state), labelled.record.name
with above:
    predicted = predictions.layer_of(classifiers, source, name, state)
    scored = scores.scores_of(autoencoders, source, name, state)
    if labelled.layer.is_detected and predicted is None and state["predict"] in classifiers:
        st.stop()  # its bar is shown: nobody can agree with labels that are not there yet
    try:
        drawn = drawn_of(autoencoders, source, name, state) if scored is not None else None
        groups = groups_of(families.current(files), labelled.beats) if asked.rule == "families" else None
        review = opening.opened(source, files, labelled, found, predicted, scored, asked, groups, drawn)
    except DataError as error:
        page.fail(error)
    if asked.rule == "promised":
        said = promise_words(classifiers.get(state["predict"]), len(review.queue), len(labelled.beats))
        st.caption(page.literal(said))
if asked.rule == "families":
    with tiles:
        families.panel(files, review, {at: one.after for at, one in review.desk.corrections().standing().items()}, top)
with brought:
    component.bring(review.signal, "review.signal", reviewing=True)
    component.bring(review.labels, "review.labels", reviewing=True)
    component.bring(review.packed, "review.queue", reviewing=True)
    if drawn is not None:
        component.bring(drawn, "review.drawn", reviewing=True)


@st.fragment
def read() -> None:
    """The viewer with its queue, and what was decided."""
    try:
        _read()
    except DataError as error:
        st.error(page.literal(str(error)))


def _read() -> None:
    review.take(person, state)
    below.conflicts(review.desk)
    review.viewer(state)
    if review.take(person, state):  # a browser that found the server again sends what it had kept
        st.rerun(scope="fragment")
    corrections = review.desk.corrections()
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.subheader("Decisions", anchor=False)
        below.decisions(corrections, labelled.record.fs, review.go, review.desk, person)
    with right:
        st.subheader("Result", anchor=False)
        below.counts(labelled, review.seen, corrections)
        below.finish(review.desk, corrections, person, int(review.queue.reviewed(corrections).sum()), len(review.queue))
        uses.adaptation(review, corrections, state)
        uses.offer(source, review, corrections, state)


with reading:
    read()
