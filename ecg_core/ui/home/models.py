"""Home's models: what is shipped and what was trained here, each with its leading figure on validation."""

from collections.abc import Sequence
from itertools import cycle

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.learning.fits import lead_needs
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import AnyTask
from ecg_core.ui.escape import literal
from ecg_core.ui.models import Model, choose, of_kind
from ecg_core.ui.runs.listed import result_text, summaries
from ecg_core.ui.terms import meanings

MOST_RUNS = 4
"""Newest runs that stand here; the others under Runs."""


def models_card(source: DataSource, columns: int) -> None:
    """Shipped models of every task in so many columns; on other data than MIT-BIH it says that their figures are from
    there."""
    st.subheader("Shipped models", anchor=False)
    if not source.is_mitdb:
        st.caption("Figures from MIT-BIH, not from the recordings in use.")
    tasks = [task for task in REGISTRY.values() if task.model]
    by_task = {task.kind: of_kind(task.kind) for task in tasks}
    for problem in dict.fromkeys(problem for _, problems in by_task.values() for problem in problems):
        st.warning(literal(problem))
    kept = {task.kind: [model for model in by_task[task.kind][0] if model.shipped] for task in tasks}
    if not any(kept.values()):
        st.markdown("No model is shipped here.")
    places = st.columns(columns) if columns > 1 else [st.container()]
    for place, task in zip(cycle(places), (task for task in tasks if kept[task.kind]), strict=False):
        with place:
            if task.class_option:
                _generators(task, kept[task.kind])
            elif model := choose(kept[task.kind], None):
                with st.container(gap=None):
                    _judged(task, model)


def example_model() -> Model | None:
    """The model of the example below the cards."""
    return choose(of_kind(AUTOENCODER.kind)[0], None)


def figures_text(model: Model) -> str:
    """The leading figure on validation, in bold, then on the records kept for the end, each named: two models stand
    beside each other with the same part in bold."""
    validation = model.report(VALIDATION)
    if not isinstance(validation, ClassReport | DetectionReport):
        return ""
    figure = validation.figures()[0]
    said = f"{figure.name} **{figure.text}** validation"
    test = model.report(model.best_part)
    if model.best_part == VALIDATION or not isinstance(test, ClassReport | DetectionReport):
        return said
    return f"{said}, {test.figures()[0].text} test ({model.best_part})"


def _judged(task: AnyTask, model: Model) -> None:
    needs = lead_needs(model.card.preparation) if model.card.preparation else None
    st.page_link(task.page, label=literal(f"Shipped {task.title.lower()}"), icon=f":material/{task.icon}:",
                 query_params={"run": model.id}, help=needs)  # fmt: skip
    if said := figures_text(model):
        st.caption(literal(said), help=meanings("AUC", "Macro-F1", "Validation", "Test"))


def _generators(task: AnyTask, models: Sequence[Model]) -> None:
    """All shipped generators of a kind in one line, with the classes they make."""
    if classes := ", ".join(sorted({model.class_label for model in models})):
        label = f"Shipped {task.title.removesuffix('GAN').lower()}GANs: {classes}"
        st.page_link(task.page, label=literal(label), icon=f":material/{task.icon}:",
                     query_params={"tab": task.result_tab} if task.result_tab else {})  # fmt: skip


def own_runs(columns: int) -> None:
    """The newest finished runs of every kind, side by side in so many columns."""
    ended = [summary for summary in summaries().values() if summary.state == "finished" and summary.run.task]
    if not ended:
        return
    st.subheader("Trained here", anchor=False)
    for column, summary in zip(st.columns(columns) * MOST_RUNS, ended[:MOST_RUNS], strict=False):
        task, config = summary.run.task, summary.config
        assert task is not None and config is not None, "a finished run that could be read"
        with column.container(gap=None):
            st.page_link(task.page, label=literal(summary.title), icon=f":material/{task.icon}:",
                         query_params=task.result_address(summary.run.id))  # fmt: skip
            st.caption(literal(f"{config.started:%d %b %H:%M}: {result_text(summary)}"))
    if len(ended) > MOST_RUNS:
        st.page_link("pages/7_Runs.py", label=f"All {len(ended)} finished runs", icon=":material/history:")
