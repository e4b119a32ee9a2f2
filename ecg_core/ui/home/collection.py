"""Home: the collection in use: its name, and of each recording whose it is, what its leads are called, which
annotations count; and removing."""

from collections.abc import Callable

import streamlit as st

from ecg_core.data.header import read_header
from ecg_core.data.importing import collection as stored
from ecg_core.data.importing.collection import Collection, collections
from ecg_core.data.patients import find_patients
from ecg_core.data.reader import annotators_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button

_OPEN, _ROUND, _SAID, _RECORD = "home.editing", "home.editing.round", "home.edited", "home.editing.record"


def edit_button(source: DataSource) -> None:
    """A button that opens the dialog on the collection in use, and the dialog while it is open."""
    if said := st.session_state.pop(_SAID, ""):
        st.toast(literal(said), icon=":material/check:")
    collection = next((one for one in collections() if one.folder == source.folder), None)
    if collection is None:
        st.session_state.pop(_OPEN, None)
        return
    change_button("Edit this collection", icon=":material/edit:", on_click=_open, key="home.edit")
    if st.session_state.get(_OPEN):
        _edit(collection)


def _open() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)
    st.session_state[_ROUND] = int(st.session_state.get(_ROUND, 0)) + 1  # fields with other keys begin anew


@st.dialog("Collection", width="medium", on_dismiss=_close)
def _edit(collection: Collection) -> None:
    """What can be changed about a collection, one recording at a time."""
    if collection.problem:
        st.warning(literal(collection.problem))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", collection.name, key=_key("name"))
        renamed = name.strip() != collection.name
        if change_button("Rename", disabled=not renamed, key=_key("rename")):
            _done(lambda: stored.rename_collection(collection.slug, name), f"It is called {name.strip()} now.")
    if not collection.records:
        return
    st.divider()
    last = st.session_state.get(_RECORD)
    at = collection.records.index(last) if last in collection.records else 0
    # under another key after every change: the browser shows no recording that is gone
    record = st.selectbox("Recording", collection.records, at, key=_key("record"))
    st.session_state[_RECORD] = record
    try:
        _recording(collection, record)
    except DataError as error:
        st.error(literal(str(error)))
    st.divider()
    _removing(collection, record)


def _recording(collection: Collection, record: str) -> None:
    """Patient, leads and annotations of one recording. Raises DataError if its files cannot be read."""
    header = read_header(collection.folder, record)
    leads = [header.signals[k].lead for k in header.leads]
    patient = find_patients(collection.folder, [record]).by_record.get(record, "")
    annotators = annotators_of(collection.folder, record)
    entry = next((one for one in collection.entries if one.record == record), None)
    if entry and entry.source:
        start = f", began {entry.start.replace('T', ' ')}" if entry.start else ""
        st.caption(literal(f"From {entry.source} ({entry.kind}){start}."))
    left, right = st.columns(2)
    named = left.text_input(
        "Patient", patient, key=_key("patient", record), placeholder="Not known", help="A number or code."
    )
    called = right.text_input(
        "Leads", ", ".join(leads), key=_key("leads", record), help="Names in the order of the file, with commas."
    )
    chosen, everywhere = annotators[0] if annotators else "", False
    if len(annotators) > 1:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(
                "Annotations that count", annotators, key=_key("annotator", record), width=220,
                help="Endings of the annotation files: which one says where the beats are and what they are.",
            )  # fmt: skip
            everywhere = st.checkbox("For all recordings that have them", key=_key("everywhere", record))
    names = tuple(name.strip() for name in called.split(","))
    changes: list[Callable[[], object]] = []
    if named.strip() != patient:
        changes.append(lambda: stored.set_patient(collection.slug, record, named.strip() or None))
    if names != tuple(leads) and called.strip() != ", ".join(leads):
        changes.append(lambda: stored.rename_leads(collection.slug, record, names))
    if annotators and (chosen != annotators[0] or everywhere):
        changes.append(lambda: stored.set_annotator(collection.slug, chosen, None if everywhere else record))
    if change_button("Save", type="primary", disabled=not changes, key=_key("save", record)):
        _done(lambda: [change() for change in changes], f"{record} is changed.")


def _removing(collection: Collection, record: str) -> None:
    """Removing a recording or the whole, each after a tick."""
    n = len(collection.records)
    whole = f"The collection, {n} recording{'' if n == 1 else 's'}"
    choices = [record, whole] if n > 1 else [whole]
    what = st.selectbox("Remove", choices, None, key=_key("what", record), placeholder="Nothing")
    if what is None:
        return
    st.caption("It is gone from the workbench for good. The files it was brought in from stay where they are.")
    named = f"all of {collection.name}" if what == whole else what
    sure = change_button(literal(f"Remove {named} for good"), icon=":material/delete:", key=_key("sure"))
    if sure and what == whole:
        _done(lambda: stored.delete_collection(collection.slug), f"{collection.name} is removed.", close=True)
    elif sure:
        _done(lambda: stored.delete_record(collection.slug, record), f"{record} is removed.")


def _done(change: Callable[[], object], said: str, close: bool = False) -> None:
    """Make a change and draw the page again; what is wrong is said in the dialog, and nothing has changed."""
    try:
        change()
    except DataError as error:
        st.error(literal(str(error)))
        return
    st.session_state[_SAID] = said
    _close()
    if not close:
        _open()
    st.rerun()


def _key(*parts: str) -> str:
    return ".".join(("home.collection", str(st.session_state.get(_ROUND, 0)), *parts))
