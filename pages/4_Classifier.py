"""Classifier: name the class of a beat, judged on patients it has never seen, and what balancing does for it."""

import streamlit as st

from ecg_core.data.labels import CORRECTED
from ecg_core.errors import LeadsError, WorkbenchError
from ecg_core.learning.unseen import VALIDATION, trained_here
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.image_classifier.task import IMAGE_CLASSIFIER
from ecg_core.ui import detect, jobs, page, terms, width
from ecg_core.ui.classifier.compare import chosen_models, compare_tab
from ecg_core.ui.classifier.data import can_judge, part_words, test_part, unjudged_records
from ecg_core.ui.classifier.forms import forms_panel
from ecg_core.ui.classifier.mistakes import mistakes_tab
from ecg_core.ui.classifier.result import report_of, result_tab
from ecg_core.ui.classifier.study import study_tab
from ecg_core.ui.classifier.train import KINDS, WATCHED, train_tab
from ecg_core.ui.classifier.unclassified import called_panel, nobody_annotated, not_annotated
from ecg_core.ui.labels import LABELS
from ecg_core.ui.models import TEST, choose, of_kind
from ecg_core.ui.query import Param, Query, one_of
from ecg_core.ui.quoted import quoted
from ecg_core.ui.review import links

RESULT, MISTAKES, COMPARE, STUDY, TRAIN = TABS = ("Result", "Mistakes", "Compare", "Study", "Train")


def choose_model() -> None:
    values["run"], values["part"] = st.session_state["classifier.model"], None  # each opens on its own first part


source = page.begin("Classifier", "Train a network that names the class of each beat; see where it is right and wrong.")
values = Query(
    "classifier",
    Param("tab", None, one_of(TABS)),
    Param("run", None, str),
    Param("part", None, one_of((VALIDATION, TEST))),
    Param("cell", None, str),
    Param("compare", None, chosen_models, ",".join),
    Param("labels", None, one_of(LABELS)),
)
notes = values.read()
known = {param.name for param in values.params}
for name in sorted(set(st.query_params) - known):
    notes.append(f"{quoted(name, 40)} in the address was not used: this page knows {', '.join(sorted(known))}.")
if finished := jobs.just_finished(WATCHED):
    values["run"], values["part"], values["tab"] = finished, VALIDATION, RESULT
    st.toast("Training finished. This is its validation.", icon=":material/check_circle:")
models, problems = of_kind(*KINDS, loading=True)
for problem in problems:
    st.warning(page.literal(problem))
by_id = {model.id: model for model in models}
wanted, running = values["run"], jobs.watched_run(values["run"], KINDS)
if wanted and wanted not in by_id and running is None:
    notes.append(f"Unknown run or model {quoted(wanted)}: choose one of those listed below.")
    values["run"] = wanted = None
if values["tab"] is None:
    values["tab"] = TRAIN if running or not models else RESULT
if notes := list(dict.fromkeys(notes)):
    values.hold(notes)  # what is worked out beside the page draws it again
for note in notes:
    st.warning(page.literal(note))
model = choose(models, wanted)
# only the tab that is open does any work, and opening one brings it up to date
tabs = dict(zip(TABS, st.tabs(TABS, **values.widget("tab")), strict=True))
values.write()
if tabs[TRAIN].open:
    with tabs[TRAIN]:
        train_tab(source, values)
        width.measure()
    st.stop()
if tabs[STUDY].open:
    with tabs[STUDY]:
        study_tab(source)
        width.measure()
    st.stop()
open_tab = next(name for name in TABS if tabs[name].open)
with tabs[open_tab]:
    if model is None:
        st.info("No classifier is trained yet. Open **Train** and press Train: it takes a few minutes.")
        st.stop()
    if open_tab == COMPARE:
        compare_tab(models, source, values)
        width.measure()
        st.stop()
    on_beats, here = can_judge(model, source), trained_here(model.card, source.records)
    # the mistakes of a validation are beats of the training records, which must be here to be drawn
    parts = [VALIDATION, TEST] if open_tab == RESULT or here else [TEST]
    # a model opens on its validation: the test is asked for; on other data than it was trained on, nothing is chosen
    first = VALIDATION if here or not on_beats else TEST
    if values["part"] not in parts or not on_beats:
        values["part"] = first
    wide = width.main_column_px() >= width.NARROW_PX  # else names of models would be cut off
    left, right = st.columns([4, 5]) if wide else (st.container(), st.container())
    with left:
        st.session_state["classifier.model"] = model.id
        st.selectbox("Model", list(by_id), format_func=lambda key: by_id[key].listed_name, key="classifier.model",
                     index=list(by_id).index(model.id),
                     on_change=choose_model)  # fmt: skip
    with right:
        if on_beats:
            st.segmented_control(
                "Judged on", parts, format_func=part_words(model, source).__getitem__, required=True,
                help=terms.meanings("Validation", "Test", "DS1 and DS2"), **values.widget("part"),
            )  # fmt: skip
    if wanted and wanted != model.id and running is not None:
        st.caption(f"Run {running.id} has no result yet: what is shown is the model named above.")
    part = test_part(model, source) if on_beats and values["part"] == TEST else VALIDATION
    values.write()
    records = unjudged_records(model, source)
    if model.kind == CLASSIFIER.kind and part != VALIDATION and nobody_annotated(source, records):
        try:
            called_panel(model, source, records)
        except LeadsError as error:
            detect.ask_for_leads(error)
        except WorkbenchError as error:
            page.fail(error)
        width.measure()
        st.stop()
    if open_tab == MISTAKES:
        if model.kind == CLASSIFIER.kind and (part == VALIDATION or report_of(model, source, part)):
            mistakes_tab(model, source, part, values)
        elif model.kind != CLASSIFIER.kind:
            st.info(
                "Single mistakes are shown for beat classifiers only: what they say of each beat is kept, and they "
                "hold it against the patient's usual beat, which is what is drawn here. Of an image classifier only "
                "counts are kept. Choose a beat classifier above, or see what this one makes of some beats at the "
                "end of **Result**."
            )
    elif report := report_of(model, source, part):
        result_tab(model, source, part, report, values)
        if model.kind == CLASSIFIER.kind and model.card.layer == CORRECTED:
            links.compare_with_shipped(model, values)
        if model.kind == IMAGE_CLASSIFIER.kind:
            forms_panel(model, models, source)
        if model.kind == CLASSIFIER.kind and part != VALIDATION and (rest := not_annotated(source, records)):
            st.subheader("Records that nobody labelled", anchor=False)
            called_panel(model, source, rest)
values.write()
width.measure()
