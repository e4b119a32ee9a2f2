"""Autoencoder: train on normal beats, move a threshold over the scores, look at what was flagged."""

import streamlit as st

from ecg_core.errors import LeadsError, WorkbenchError
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.ui import detect, page
from ecg_core.ui.autoencoder.parts import PARTS_HELP, first_part, not_there, part_words, parts_of
from ecg_core.ui.autoencoder.reconstructions import RANKS, reconstructions_tab
from ecg_core.ui.autoencoder.records import records_tab
from ecg_core.ui.autoencoder.scores import scored
from ecg_core.ui.autoencoder.threshold import threshold_panel
from ecg_core.ui.autoencoder.threshold_view import beyond, placed_anew, threshold_of
from ecg_core.ui.autoencoder.train import just_finished, train_tab, watched_run
from ecg_core.ui.autoencoder.unclassified import unclassified_panel
from ecg_core.ui.autoencoder.unknown import unknown_names
from ecg_core.ui.models import TEST, choose, of_kind
from ecg_core.ui.query import Param, Query, number, one_of

TABS = ("Threshold", "Reconstructions", "Per record", "Train")


def choose_model() -> None:
    values["run"] = st.session_state["autoencoder.model"]
    values["part"] = values["threshold"] = None


source = page.begin("Autoencoder", "Find abnormal beats by how unlike normal ones they are; move the threshold.")
values = Query(
    "autoencoder",
    Param("tab", None, one_of(TABS)),
    Param("run", None, str),
    Param("part", None, one_of((TEST, VALIDATION))),
    Param("threshold", None, number(0, 1000), lambda value: f"{value:.2f}"),
    Param("rank", None, one_of(RANKS)),
)
notes = [*values.read(), *unknown_names(values)]
if finished := just_finished():
    values["run"], values["part"], values["threshold"] = finished, None, None
    values["tab"] = TABS[0]
    st.toast("Training finished. This is its histogram.", icon=":material/check_circle:")
models, problems = of_kind(AUTOENCODER.kind)
by_id = {model.id: model for model in models}
wanted, running = values["run"], watched_run(values["run"])
if values["tab"] is None:
    values["tab"] = "Train" if running else TABS[0]
model = choose(models, wanted)
said = st.container()  # what was not used of the address
for problem in problems:
    st.warning(page.literal(problem))
if wanted and wanted not in by_id and running is None:
    st.error(page.literal(f"Unknown run or model {wanted[:80]!r}: choose one of those listed below."))
if model is None:
    st.info("No autoencoder is trained yet. Open **Train** and press Train: it takes up to a minute.")
else:  # above the tabs, because all but Train show what this model makes of these beats
    parts = parts_of(model, source)
    if values["part"] is not None and values["part"] not in parts:
        notes.append(not_there(values["part"]))
        values["part"] = None
    values["part"] = values["part"] or first_part(parts)
    st.session_state["autoencoder.model"] = model.id
    left, right = st.columns([9, 11])
    left.selectbox("Model", list(by_id), format_func=lambda key: by_id[key].listed_name, key="autoencoder.model",
                   on_change=choose_model)  # fmt: skip
    right.segmented_control(
        "Beats shown",
        parts,
        format_func=part_words(model, source).__getitem__,
        required=True,
        help=PARTS_HELP,
        **values.widget("part"),
    )
    if wanted and wanted != model.id and running is not None:
        st.caption(f"Run {running.id} has no result yet: what is shown is the model named above.")
above = st.container()  # what must be known of what the tabs show
# only the tab that is open does any work, and opening one brings it up to date
tabs = dict(zip(TABS, st.tabs(TABS, **values.widget("tab")), strict=True))


def finish() -> None:
    """Write the address, and say what of the one that was opened was not used."""
    if notes:
        values.hold(notes)
    values.write()
    if notes:
        said.warning(page.literal("  \n".join(notes)))


if tabs["Train"].open or model is None:
    finish()
    if tabs["Train"].open:
        with tabs["Train"]:
            train_tab(source, values)
    st.stop()
part = values["part"]
if part == TEST and len(detect.offer(source, source.records, "autoencoder")) == len(source.records):
    finish()
    st.stop()
try:
    found = scored(model, source, part, any_leads=detect.any_leads())
except LeadsError as error:
    finish()
    detect.ask_for_leads(error)
    st.stop()
except WorkbenchError as error:
    finish()
    page.fail(error)
if note := beyond(values, found):
    notes.append(note)
finish()
with above:
    detect.leads_note(found.scores.leads, found.items.left_out)
n_records = len(found.detection.labelled_records) or len(found.detection.hours)
name = f"{'SIMULATED, ' if found.items.simulated else ''}{n_records} {part} record{'' if n_records == 1 else 's'}"
threshold = threshold_of(values, found)
if tabs["Threshold"].open:
    placed_anew()
    with tabs["Threshold"]:
        if found.report is None:
            unclassified_panel(values, found, name, model.id)
        else:
            of_split = set(found.items.records) <= set(model.card.split.test) and not found.items.simulated
            told = model.card.split.note if part == TEST and of_split else ""
            threshold_panel(values, found, part, name, model.id, told)
if tabs["Reconstructions"].open:
    with tabs["Reconstructions"]:
        reconstructions_tab(values, found, threshold, f"{name}, threshold {threshold:.2f}.", model.id)
if tabs["Per record"].open:
    with tabs["Per record"]:
        records_tab(found, threshold, model.id, part)
detect.leads_note("", {}, found.scores.usual_beat)
