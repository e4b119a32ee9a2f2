"""Synthesis: train GANs on rare classes, look at what they make, judge it, and fill up a training set with it."""

import streamlit as st

from ecg_core.beats.balance import USUAL_RATIO
from ecg_core.beats.classes import CLASSES
from ecg_core.tasks.fidelity.task import FIDELITY as FIDELITY_TASK
from ecg_core.tasks.fidelity.task import IMAGE_FIDELITY
from ecg_core.tasks.gan.task import GAN, IMAGE_GAN
from ecg_core.tasks.places import kind_of_id
from ecg_core.ui import jobs, page
from ecg_core.ui.models import of_kind
from ecg_core.ui.query import Param, Query, number, one_of, whole
from ecg_core.ui.quoted import quoted
from ecg_core.ui.synthesis.fidelity import fidelity_tab
from ecg_core.ui.synthesis.plan import plan_tab
from ecg_core.ui.synthesis.sample import sample_tab
from ecg_core.ui.synthesis.train import KINDS, MAKE, WATCHED, classes_of, finished_run, train_tab

TRAIN, SAMPLE, FIDELITY, PLAN = TABS = ("Train", "Sample", "Fidelity", "Balance plan")

source = page.begin("Synthesis", "Make more beats of a rare class, and see whether they pass for recorded ones.")
values = Query(
    "synthesis",
    Param("tab", None, one_of(TABS)),
    Param("run", None, str),
    Param("class", "V", one_of(CLASSES)),
    Param("n", 24, whole(1, 10_000)),
    Param("seed", 1, whole(0, 2**31 - 1)),
    Param("ratio", USUAL_RATIO, number(0.05, 1.0), lambda value: f"{value:g}"),
    Param("make", None, one_of(tuple(MAKE))),
    Param("classes", None, classes_of),
    Param("epochs", None, whole(1, 1000)),
)
notes = values.read()
for note in notes:
    st.warning(page.literal(note))
if finished := jobs.just_finished(WATCHED):
    values["run"] = finished
    st.toast("Training finished.", icon=":material/check_circle:")
models, problems = of_kind(GAN.kind, loading=True)
image_models, more_problems = of_kind(IMAGE_GAN.kind, loading=True)
for problem in dict.fromkeys([*problems, *more_problems]):
    st.warning(page.literal(problem))
wanted, running = values["run"], jobs.watched_run(values["run"], KINDS)
judging = bool(wanted) and kind_of_id(wanted) in (FIDELITY_TASK.kind, IMAGE_FIDELITY.kind)
known = wanted in {model.id for model in (*models, *image_models)} or (running and running.id == wanted)
if wanted and not known and not judging and not finished_run(wanted):
    st.error(page.literal(f"Unknown run or model {quoted(wanted)}: choose one of those listed below."))
    values["run"] = None
if values["tab"] is None:
    # from Class balance; an address that named a tab or a ratio that is none says nothing of the plan
    if "ratio" in st.query_params and "tab" not in st.query_params and not any("'ratio'" in note for note in notes):
        values["tab"] = PLAN
    elif judging:
        values["tab"] = FIDELITY
    else:
        values["tab"] = TRAIN if running or not (models or image_models) else SAMPLE

# only the tab that is open does any work, and opening one brings it up to date
tabs = dict(zip(TABS, st.tabs(TABS, **values.widget("tab")), strict=True))
values.write()
if tabs[TRAIN].open:
    with tabs[TRAIN]:
        train_tab(source, values)
if tabs[SAMPLE].open:
    with tabs[SAMPLE]:
        sample_tab(source, values, models, image_models)
if tabs[FIDELITY].open:
    with tabs[FIDELITY]:
        fidelity_tab(source, values, models, image_models)
if tabs[PLAN].open:
    with tabs[PLAN]:
        plan_tab(source, values, models)
values.write()
