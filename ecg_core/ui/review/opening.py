"""A recording opened for review: its queue, the desk its edits come in at, and the viewer that shows both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import streamlit as st

from ecg_core import workspace
from ecg_core.access import refusal
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.corrections import log
from ecg_core.data.corrections.layer import digest_of
from ecg_core.data.labels import LabelLayer
from ecg_core.data.sources import DataSource
from ecg_core.review.beat_scores import BeatScores
from ecg_core.review.queue import RULES, Asked, BeatGroup, Given, Queue, queue_of, seen_labels
from ecg_core.ui import load
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import signed_in_name
from ecg_core.ui.load import Files
from ecg_core.ui.query import Query
from ecg_core.ui.records import findings
from ecg_core.ui.records.findings import Findings
from ecg_core.ui.records.view import DEFAULT_LEADS
from ecg_core.ui.review.desk import Desk
from ecg_core.ui.review.queues import pack
from ecg_core.ui.viewer import component
from ecg_core.ui.viewer.component import Place
from ecg_core.ui.viewer.packing import Marks, Packed, labels_of

VIEWER = "review.viewer"
_DESK, _PLACE, _PERSON = "review.desk", "review.place", "review.person"
WINDOW_S = 10.0
UNNAMED = "unnamed"
CHANGED = (
    "The labels of this recording have changed since it was reviewed: decisions about beats that are not there any "
    "more do not count."
)


@dataclass
class Review:
    """What the page holds of one run."""

    labelled: LabelledRecord = field(repr=False)
    seen: LabelledRecord = field(repr=False)
    """With the labels that are agreed to."""
    queue: Queue = field(repr=False)
    desk: Desk
    signal: Packed = field(repr=False)
    labels: Packed = field(repr=False)
    packed: Packed = field(repr=False)
    scores: BeatScores | None = field(repr=False)
    drawn: Packed | None = field(repr=False)
    """What the autoencoder draws in place of the beats with the highest scores."""

    def take(self, person: str, state: Query) -> bool:
        """Write what the viewer has told and nobody has written yet; whether there was anything."""
        asked = self.queue.asked
        model = state["score"] if asked.rule == "flagged" else state["predict"]
        return self.desk.take(component.told(VIEWER).edits, person, RULES[asked.rule], model or "")

    def viewer(self, state: Query) -> None:
        """The viewer, at the item one is at."""
        empty = "Nothing is in this queue: choose another one, or another recording."
        leads = range(min(DEFAULT_LEADS, len(self.labelled.record.leads)))
        component.viewer(VIEWER, self.signal, self.labels, self._place(state), list(leads),
                         review=self.desk.reviewing(self.packed, empty, self.drawn))  # fmt: skip

    def go(self, sample: int) -> None:
        """Callback: have the viewer go to a beat."""
        _, place = st.session_state[_PLACE]
        key = (self.desk.path, self.packed.version)
        st.session_state[_PLACE] = key, self._at(sample, place.seq + 1)

    def _place(self, state: Query) -> Place:
        """Where the viewer was last sent; another recording or queue sends it to the beat of the address, or to the
        first item."""
        key = (self.desk.path, self.packed.version)
        before = st.session_state.get(_PLACE)
        if before is None or before[0] != key:
            asked = state["beat"]
            sample = asked if asked is not None else self._first_open()
            st.session_state[_PLACE] = key, self._at(sample, before[1].seq + 1 if before else 1)
        place: Place = st.session_state[_PLACE][1]
        return place

    def _first_open(self) -> int | None:
        """Where the first item is that nobody has decided about, else the first of all; None of an empty queue."""
        if not len(self.queue):
            return None
        still = np.flatnonzero(~self.queue.reviewed(self.desk.corrections()))
        return int(self.queue.anchor[still[0] if len(still) else 0])

    def _at(self, sample: int | None, seq: int) -> Place:
        record = self.labelled.record
        start_s = max(0.0, min((sample or 0) / record.fs - WINDOW_S / 2, record.duration_s - WINDOW_S))
        return Place(seq, start_s, min(WINDOW_S, record.duration_s), sample, "queue")


def opened(
    source: DataSource,
    files: Files,
    labelled: LabelledRecord,
    found: Findings,
    predicted: LabelLayer | None,
    scored: BeatScores | None,
    asked: Asked,
    groups: Sequence[BeatGroup] | None = None,
    drawn: Packed | None = None,
) -> Review:
    """Make the queue, find the corrections there are, and say what is wrong with these. Raises DataError."""
    (name,) = files.names
    seen = seen_labels(labelled, predicted)
    queue = queue_of(asked, Given(seen, scored, predicted, groups))
    path = log.log_file(source.folder, name)
    head = log.head_of(source.folder, name, labelled.layer.name, digest_of(labelled.layer))
    desk: Desk | None = st.session_state.get(_DESK)
    if desk is None or desk.path != path:
        desk = Desk(path, head, labelled.record.n_samples, labelled.record.fs)
        st.session_state[_DESK] = desk
    corrections = desk.corrections()
    desk.shown = corrections.last
    if corrections.entries and corrections.base_digest != head.base_digest:
        st.warning(CHANGED)
    for behind in log.left_behind(source.folder, name):
        st.warning(literal(_behind(name, behind)))
    decided = {sample: one.after for sample, one in corrections.standing().items()}
    marks = Marks(labelled, found.fibrillation, findings.BY_RR, None, predicted, scored, decided)
    return Review(labelled, seen, queue, desk, load.signal(files), labels_of(marks), pack(queue), scored, drawn)


def choose_record(state: Query, source: DataSource) -> None:
    """The list of recordings; another one begins with its first item."""
    listed = load.listed(source)

    def changed() -> None:
        state.take("record")
        state["beat"] = None

    given = state.choice("record", source.records) | {"on_change": changed, "args": ()}
    st.selectbox("Record", source.records, format_func=lambda name: listed[name].label if name in listed else name,
                 placeholder="Choose a record", width=190, **given)  # fmt: skip


def reviewer() -> str:
    """Who decides: a name that goes with each decision, remembered on this computer."""
    if name := signed_in_name():
        st.text_input("Reviewer", name, disabled=True, width=110, help="As you have signed in.", key=f"review.{name}")
        return name
    if _PERSON not in st.session_state:
        st.session_state[_PERSON] = str(workspace.settings().get("reviewer", ""))[:60]

    def remember() -> None:
        if not refusal():
            workspace.remember(reviewer=_printable(st.session_state[_PERSON]))

    st.text_input("Reviewer", key=_PERSON, max_chars=60, placeholder="your name", width=110, on_change=remember)
    return _printable(st.session_state[_PERSON]) or UNNAMED


def _printable(text: str) -> str:
    return "".join(one for one in text if one.isprintable()).strip()[:60]


def _behind(name: str, path: Path) -> str:
    corrections = log.read(path)
    n = len(corrections.standing()) if corrections else 0
    when = corrections.entries[-1].edit.time[:10] if corrections and corrections.entries else "earlier"
    return (
        f"Record {name} was reviewed before its samples changed: {n} decisions, the last of {when}. They are kept and "
        "do not count for what the files hold now."
    )
