"""Home's second card: the models that are ready, each kind by its task."""

from collections.abc import Sequence

import streamlit as st

from ecg_core.learning.fits import lead_needs
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import AnyTask
from ecg_core.ui.escape import literal
from ecg_core.ui.models import Model, choose, of_kind

MOST_RUNS = 2
"""Newest runs of a kind that stand beside its shipped model."""


def models_card() -> None:
    """The models of every task that makes any, with the figure each is known by."""
    st.subheader("Models", anchor=False)
    tasks = [task for task in REGISTRY.values() if task.model]
    by_task = {task.kind: of_kind(task.kind) for task in tasks}
    for problem in dict.fromkeys(problem for _, problems in by_task.values() for problem in problems):
        st.warning(literal(problem))
    if not any(models for models, _ in by_task.values()):
        st.markdown("No model is trained yet.")
    for task in tasks:
        models = by_task[task.kind][0]
        if task.class_option:
            _generators(task, models)
        else:
            _judges(task, models)


def example_model() -> Model | None:
    """The model of the example below the cards."""
    return choose(of_kind(AUTOENCODER.kind)[0], None)


def _judges(task: AnyTask, models: Sequence[Model]) -> None:
    """The newest models of a kind that are judged, and the shipped one."""
    first = choose(models, None)
    shown = [model for model in models if model is not first][:MOST_RUNS]
    for model in [*shown, *([first] if first else [])]:
        name = model.id.removeprefix("models/") if model.shipped else model.name.lower()
        name = f"{task.title}, {'shipped' if name == task.kind else name}"
        st.page_link(task.page, label=literal(name), icon=f":material/{task.icon}:", query_params={"run": model.id})
        needs = lead_needs(model.card.preparation) if model.card.preparation else ""
        if said := ". ".join(filter(None, [model.headline(), needs])):
            st.caption(literal(said))


def _generators(task: AnyTask, models: Sequence[Model]) -> None:
    """All generators of a kind in one line, with the classes they make."""
    classes = ", ".join(sorted({model.class_label for model in models}))
    if classes:
        st.page_link(task.page, label=literal(f"{task.title}s: {classes}"), icon=f":material/{task.icon}:",
                     query_params={"tab": task.result_tab} if task.result_tab else {})  # fmt: skip
