"""What a classifier calls the beats of recordings that nobody annotated: counts, and the beats of a class with a way to
each strip. There is nothing to judge it by, so there are no figures."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.classes import CLASSES
from ecg_core.beats.marked import has_reference_beats
from ecg_core.beats.store import load_beats
from ecg_core.beats.usual_beat import usual_beat_caution
from ecg_core.data.clock import clock
from ecg_core.data.labels import MARKED
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.class_report import USUAL
from ecg_core.learning.fits import fitting, leads_caution, preparation_of
from ecg_core.tasks.classifier.kept import kept_probability
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.ui import detect, terms
from ecg_core.ui.classifier.data import CLASSIFYING, prepare
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.load import OF_SOURCE
from ecg_core.ui.models import OF_MODEL, Model
from ecg_core.ui.records.view import link
from ecg_core.ui.rows import key_of_rows
from ecg_core.ui.work import Told, Work, shown

RECORDS_PAGE = "pages/1_Records.py"
MOST_LISTED = 200


@dataclass(frozen=True)
class Called:
    """Every beat that can be used, with the class it is called."""

    beats: BeatSet = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    """Rows of `beats`; the arrays below follow them."""
    called: npt.NDArray[np.str_] = field(repr=False)
    probability: npt.NDArray[np.float32] = field(repr=False)
    """Of the class it is called."""
    classes: tuple[str, ...]
    leads: str
    usual_beat: str
    """Cautions, as in `JudgedBeats`."""


def nobody_annotated(source: DataSource, records: tuple[str, ...]) -> bool:
    """Whether none of the records has a reference beat to judge by."""
    return bool(records) and len(not_annotated(source, records)) == len(records)


def not_annotated(source: DataSource, records: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the records that have no reference beat to judge by."""
    return tuple(name for name in records if not has_reference_beats(source.folder, name))


def called_panel(model: Model, source: DataSource, records: tuple[str, ...]) -> None:
    """Counts by class and record, then the beats of one class, surest first. Raises WorkbenchError as `fitting`."""
    if len(detect.offer(source, records, "called")) == len(records):
        return
    of = model, source, records, detect.any_leads()
    try:
        found = shown(_calling(*of))
    except WorkbenchError:
        _calling.clear(*of)
        raise
    if found is None:
        return
    detect.leads_note(found.leads, found.beats.left_out, found.usual_beat)
    n = len(found.beats.records)
    st.markdown(f"**What it calls the {len(found.rows):,} beats of {n} recording{'' if n == 1 else 's'}**")
    cells = st.columns(len(found.classes))
    for cell, name in zip(cells, found.classes, strict=True):
        count = int((found.called == name).sum())
        cell.metric(name, f"{count:,}", help=terms.meaning(name) if name in CLASSES else None)
        cell.caption(f"{100 * count / max(len(found.called), 1):.2g} % of all beats")
    st.caption(
        "Nobody has labelled these beats: this is what the network says, not how often it is right. That is shown here "
        "when annotated recordings are in use."
    )
    reasons = found.beats.table["excluded"]
    left_out = {str(reason): int(n) for reason, n in reasons[reasons != ""].value_counts().items()}
    st.caption(detect.judged_by(found.beats.leads, left_out))
    st.dataframe(_by_record(found), hide_index=True, height="content" if n <= 12 else 420, alt="Classes by record")
    _beats_of_a_class(model, found)


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs={**OF_MODEL, **OF_SOURCE})
def _calling(model: Model, source: DataSource, records: tuple[str, ...], any_leads: bool) -> Work[Called]:
    return Work(lambda tell: _called(model, source, records, any_leads, tell), CLASSIFYING)


def _called(model: Model, source: DataSource, records: tuple[str, ...], any_leads: bool, tell: Told) -> Called:
    classifier, card = load_classifier(model.folder)
    prepare(source, records, preparation_of(card).config, tell)
    beats = load_beats(source.folder, records, preparation_of(card).config, layer=MARKED)
    beats = fitting(card, beats, any_leads)
    probability = kept_probability(
        classifier, beats, lambda done, of: tell(f"{CLASSIFYING}: record {done} of {of}", done, of)
    )
    rows = np.flatnonzero(beats.used)
    best = probability[rows].argmax(axis=1)
    called = np.asarray(classifier.classes_)[best]
    sure = probability[rows, best]
    return Called(beats, rows, called, sure, classifier.classes_, leads_caution(card, beats), usual_beat_caution(beats))


def _by_record(found: Called) -> pd.DataFrame:
    of_record = rows_by_record(found.beats.table.iloc[found.rows].reset_index(drop=True))
    lines = []
    for name, positions in of_record.items():
        counts = {label: int((found.called[positions] == label).sum()) for label in found.classes}
        lines.append({"Record": name, "Beats": len(positions), **counts})
    return pd.DataFrame(lines)


def _beats_of_a_class(model: Model, found: Called) -> None:
    others = [name for name in found.classes if name not in USUAL] or list(found.classes)
    most = max(others, key=lambda name: int((found.called == name).sum()))
    chosen = st.segmented_control("Beats called", list(found.classes), default=most, required=True, key="called.class")
    positions = np.flatnonzero(found.called == chosen)
    if not len(positions):
        st.caption(f"No beat is called {chosen}.")
        return
    ordered = positions[np.argsort(-found.probability[positions], kind="stable")]
    beats = found.beats.table.iloc[found.rows[ordered]]
    table = pd.DataFrame({"Record": beats["record"].to_numpy(), "Time": [clock(s, 1) for s in beats["time_s"]]})
    table["Sure (%)"] = (100 * found.probability[ordered]).round(1)
    table["RR before (ms)"] = (1000 * beats["rr_pre_s"].to_numpy()).round()
    listed = table.head(MOST_LISTED)
    event = st.dataframe(listed, hide_index=True, placeholder="–", height=420 if len(listed) > 10 else "content",
                         on_select="rerun", selection_mode="single-row",
                         key=key_of_rows("called.beats", found.rows[ordered][:MOST_LISTED]),
                         alt=f"Beats called {chosen}")  # fmt: skip
    more = f" The first {MOST_LISTED} of {len(table):,}." if len(table) > MOST_LISTED else ""
    st.caption(f"Surest first. Tick one to open its strip.{more}")
    whole = table.assign(model=model.id, called=chosen)
    csv_button("Download these beats (CSV)", whole, "called", found.beats.simulated)
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(listed):
        address = {key: value for key, value in link(beats.iloc[rows[0]]).items() if key != "class"}
        st.switch_page(RECORDS_PAGE, query_params={**address, "predict": model.id})
