"""Autoencoder: train on normal beats, move a threshold over the scores, look at what was flagged."""

import streamlit as st

from ecg_core.errors import LeadsError, WorkbenchError
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.autoencoder.report import budgets_of
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
from ecg_core.ui.labels import LABELS
from ecg_core.ui.models import TEST, choose, of_kind
from ecg_core.ui.query import Param, Query, number, one_of
from ecg_core.ui.quoted import quoted
from ecg_core.ui.review import links

MODEL_PX = 370
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
    Param("labels", None, one_of(LABELS)),
)
notes = [*values.read(), *values.unknown()]
if finished := just_finished():
    values["run"], values["part"], values["threshold"] = finished, None, None
    values["tab"] = TABS[0]
    st.toast("Training finished. This is its histogram.", icon=":material/check_circle:")
models, problems = of_kind(AUTOENCODER.kind, loading=True)
by_id = {model.id: model for model in models}
wanted, running = values["run"], watched_run(values["run"])
if values["tab"] is None:
    values["tab"] = "Train" if running else TABS[0]
said = st.container()  # what was not used of the address
for problem in problems:
    st.warning(page.literal(problem))
if wanted and wanted not in by_id and running is None:
    notes.append(f"Unknown run or model {quoted(wanted)}: choose one of those listed below.")
    values["run"] = wanted = None
model = choose(models, wanted)
# only the tab that is open does any work, and opening one brings it up to date
tabs = dict(zip(TABS, st.tabs(TABS, **values.widget("tab")), strict=True))


def finish() -> None:
    """Write the address, and say what of the one that was opened was not used."""
    if notes:
        values.hold(notes)
    values.write()
    if notes:
        said.warning(page.literal("  \n".join(notes)))


open_tab = next(name for name in TABS if tabs[name].open)
if open_tab == "Train":
    finish()
    with tabs["Train"]:
        train_tab(source, values)
    st.stop()
if model is None:
    finish()
    tabs[open_tab].info("No autoencoder is trained yet. Open **Train** and press Train: it takes up to a minute.")
    st.stop()
parts = parts_of(model, source)
if values["part"] is not None and values["part"] not in parts:
    notes.append(not_there(values["part"]))
    values["part"] = None
values["part"] = values["part"] or first_part(parts)
with tabs[open_tab]:
    st.session_state["autoencoder.model"] = model.id
    with st.container(horizontal=True):
        st.selectbox("Model", list(by_id), format_func=lambda key: by_id[key].listed_name, key="autoencoder.model",
                     index=list(by_id).index(model.id),
                     on_change=choose_model, width=MODEL_PX)  # fmt: skip
        st.segmented_control(
            "Beats shown",
            parts,
            format_func=part_words(model, source).__getitem__,
            required=True,
            help=PARTS_HELP,
            width="content",
            **values.widget("part"),
        )
    if wanted and wanted != model.id and running is not None:
        st.caption(f"Run {running.id} has no result yet: what is shown is the model named above.")
    above = st.container()  # what must be known of what the tab shows
part = values["part"]
if part == TEST:
    with above:
        unmarked = detect.offer(source, source.records, "autoencoder")
    if len(unmarked) == len(source.records):
        finish()
        st.stop()
try:
    found = scored(model, source, part, any_leads=detect.any_leads())
except LeadsError as error:
    finish()
    with above:
        detect.ask_for_leads(error)
    st.stop()
except WorkbenchError as error:
    finish()
    with above:
        page.fail(error)
if note := beyond(values, found):
    notes.append(note)
finish()
with above:
    detect.leads_note(found.scores.leads, found.items.left_out)
n_records = len(found.detection.labelled_records) or len(found.detection.hours)
name = f"{'SIMULATED, ' if found.items.simulated else ''}{n_records} {part} record{'' if n_records == 1 else 's'}"
threshold = threshold_of(values, found)
if open_tab == "Threshold":
    placed_anew()
    with tabs[open_tab]:
        if found.report is None:
            unclassified_panel(values, found, name, model.id)
        else:
            of_split = set(found.items.records) <= set(model.card.split.test) and not found.items.simulated
            told = model.card.split.note if part == TEST and of_split else ""
            threshold_panel(values, found, part, name, model.id, told, budgets_of(model.card))
            links.review_flagged(found, threshold, model.id)
if open_tab == "Reconstructions":
    with tabs[open_tab]:
        reconstructions_tab(values, found, threshold, f"{name}, threshold {threshold:.2f}.", model.id)
if open_tab == "Per record":
    with tabs[open_tab]:
        records_tab(found, threshold, model.id, part)
detect.leads_note("", {}, found.scores.usual_beat)
