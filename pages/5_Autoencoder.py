"""Autoencoder: train on normal beats, move a threshold over the scores, look at what was flagged."""

import streamlit as st

from ecg_core.errors import LeadsError, WorkbenchError
from ecg_core.learning.unseen import VALIDATION, trained_here
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.ui import detect, page, width
from ecg_core.ui.autoencoder.reconstructions import reconstructions_tab
from ecg_core.ui.autoencoder.records import records_tab
from ecg_core.ui.autoencoder.scores import scored
from ecg_core.ui.autoencoder.threshold import threshold_of, threshold_panel
from ecg_core.ui.autoencoder.train import just_finished, train_tab, watched_run
from ecg_core.ui.autoencoder.unclassified import unclassified_panel, unlabelled_panel
from ecg_core.ui.models import TEST, choose, of_kind, part_names
from ecg_core.ui.query import Param, Query, number, one_of

TABS = ("Threshold", "Reconstructions", "Per record", "Train")


def choose_model() -> None:
    values["run"] = st.session_state["autoencoder.model"]
    values["threshold"] = None


source = page.begin("Autoencoder", "Find abnormal beats by how unlike normal ones they are; move the threshold.")
values = Query(
    "autoencoder",
    Param("tab", None, one_of(TABS)),
    Param("run", None, str),
    Param("part", TEST, one_of((TEST, VALIDATION))),
    Param("threshold", None, number(0, 1000), lambda value: f"{value:.2f}"),
)
for note in values.read():
    st.warning(page.literal(note))
if finished := just_finished():
    values["run"], values["threshold"] = finished, None
    values["tab"] = TABS[0]
    st.toast("Training finished. This is its histogram.", icon=":material/check_circle:")
models, problems = of_kind(AUTOENCODER.kind)
for problem in problems:
    st.warning(page.literal(problem))
by_id = {model.id: model for model in models}
wanted, running = values["run"], watched_run(values["run"])
if wanted and wanted not in by_id and running is None:
    st.error(page.literal(f"Unknown run or model {wanted[:80]!r}: choose one of those listed below."))
if values["tab"] is None:
    values["tab"] = "Train" if running else TABS[0]
model = choose(models, wanted)
if model is None:
    st.info("No autoencoder is trained yet. Open **Train** and press Train: it takes up to a minute.")
else:  # above the tabs, because all but Train show what this model makes of these beats
    parts = [TEST, VALIDATION] if trained_here(model.card, source.records) else [TEST]
    if values["part"] not in parts:
        values["part"] = TEST
    st.session_state["autoencoder.model"] = model.id
    st.selectbox("Model", list(by_id), format_func=lambda key: by_id[key].label, key="autoencoder.model",
                 on_change=choose_model)  # fmt: skip
    st.radio(
        "Beats shown",
        parts,
        format_func=part_names(model, source).__getitem__,
        horizontal=True,
        **values.widget("part"),
    )
    if wanted and wanted != model.id and running is not None:
        st.caption(f"Run {running.id} has no result yet: what is shown is the model named above.")
above = st.container()  # what must be known of what the tabs show
# only the tab that is open does any work, and opening one brings it up to date
tabs = dict(zip(TABS, st.tabs(TABS, **values.widget("tab")), strict=True))
values.write()

if tabs["Train"].open:
    with tabs["Train"]:
        train_tab(source, values)
    st.stop()
if model is None:
    st.stop()
part = values["part"]
if part == TEST and len(detect.offer(source, source.records, "autoencoder")) == len(source.records):
    st.stop()
try:
    found = scored(model, source, part, any_leads=detect.any_leads())
except LeadsError as error:
    detect.ask_for_leads(error)
    st.stop()
except WorkbenchError as error:
    page.fail(error)
with above:
    detect.leads_note(found.scores.leads, found.items.left_out, found.scores.usual_beat)
n_records = len(found.detection.labelled_records) or len(found.detection.hours)
name = f"{'SIMULATED, ' if found.items.simulated else ''}{n_records} {part} record{'' if n_records == 1 else 's'}"
threshold = threshold_of(values, found)
if tabs["Threshold"].open:
    with tabs["Threshold"]:
        if found.report is None:
            unclassified_panel(values, found, name, model.id)
            values.write()
            st.stop()
        threshold_panel(values, found, part, name)
        unlabelled_panel(found, threshold_of(values, found), model.id)
        if part == TEST and set(found.items.records) <= set(model.card.split.test) and not found.items.simulated:
            st.caption(page.literal(model.card.split.note))
if tabs["Reconstructions"].open:
    with tabs["Reconstructions"]:
        st.caption(f"{name}, threshold {threshold:.2f}.")
        reconstructions_tab(found, threshold)
        width.measure()
if tabs["Per record"].open:
    with tabs["Per record"]:
        records_tab(found, threshold, model.id)
