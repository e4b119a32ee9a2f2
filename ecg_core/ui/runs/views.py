"""One run opened, several compared, and the buttons that change them."""

import re
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ecg_core import logs
from ecg_core.errors import RunError, WorkbenchError
from ecg_core.evaluation.fidelity_report import FidelityReport
from ecg_core.evaluation.fidelity_verdicts import summary as fidelity_summary
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.image_fidelity_report import ImageFidelityReport
from ecg_core.learning.option_words import options_in_words
from ecg_core.plots.curves import compare_figure, is_adversarial
from ecg_core.runs.control import promote
from ecg_core.runs.folder import ALIVE, RunSummary
from ecg_core.tasks.gan.result import GanResult, ImageGanResult
from ecg_core.ui import jobs, theme
from ecg_core.ui.chart import chart
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.escape import literal, placeless
from ecg_core.ui.guests import change_button, served_to_others, where
from ecg_core.ui.query import Query
from ecg_core.ui.runs.delete import ask_to_delete
from ecg_core.ui.runs.listed import NONE, said_of

LOG_CHARACTERS = 4000


def open_view(summary: RunSummary, values: Query) -> None:
    """What it came to, buttons, curves and figures, then options, files and log."""
    run, config = summary.run, summary.config
    st.subheader(literal(summary.title), anchor=False)
    st.caption(f"Run {run.id}, {summary.state}")
    if summary.result:
        st.markdown(f"**{literal(said_of(summary))}**")
    if summary.problem:
        st.error(literal(summary.problem), icon=":material/error:")
    if summary.state in ALIVE:
        jobs.live_panel(run)
    else:
        if summary.state != "damaged":
            jobs.ended_panel(run)
        _buttons(summary, values)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if summary.state not in ALIVE:
            jobs.curves(run)
        if config:
            _again(run.id, config.command)
    with right:
        _figures(summary)
    details = st.columns(3, gap="medium")
    with details[0].expander("Options"):
        if config:
            options = _options(summary)
            if config.split.train:
                options["Trained on"] = ", ".join(config.split.train)
            table = pd.DataFrame({"Option": list(options), "Value": list(options.values())})
            st.dataframe(table, hide_index=True, alt="Options of the run", height="content")
            csv_button("Download CSV", table, f"options_{run.id}", _simulated(summary))
    with details[1].expander("Files"):
        files = pd.DataFrame(run.files(), columns=["File", "Bytes"])
        st.dataframe(files, hide_index=True, alt="Files of the run", height="content")
        csv_button("Download CSV", files, f"files_{run.id}", False)
        where(run.folder, f"where.{run.id}")
    with details[2].expander("Log"):
        path = run.folder / "log.txt"
        text = ""
        if path.is_file():
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - LOG_CHARACTERS))
                text = file.read(LOG_CHARACTERS).decode("utf-8", "replace")
        st.code(placeless(text) or "Nothing was logged.", language=None, wrap_lines=True)


def _again(run_id: str, command: str) -> None:
    """The command, without this machine's paths until somebody who sits at it asks for them: then it can be copied."""
    st.caption("The same again:")
    short = placeless(command)
    asked = not served_to_others() and short != command and st.button(
        "With whole paths", type="tertiary", key=f"whole.{run_id}"
    )  # fmt: skip
    st.code(command if asked else short, language="bash", wrap_lines=True)


def compare_view(summaries: Sequence[RunSummary]) -> None:
    """Figures and differing options side by side, then curves over each other."""
    for summary in summaries:
        if summary.problem:
            st.error(literal(summary.problem), icon=":material/error:")
    figures = {summary.run.id: _compared(summary) for summary in summaries}
    options = {summary.run.id: _options(summary) for summary in summaries}
    whats = pd.DataFrame({summary.run.id: {"What": summary.title} for summary in summaries})
    above = pd.DataFrame(figures).astype(object).fillna(NONE)
    below = pd.DataFrame(options).astype(object).fillna(NONE)
    differ = [len(set(row)) > 1 for row in below.to_numpy()]
    table = pd.concat([whats, above, below[differ]])
    st.dataframe(table, alt="Figures and differing options of the runs", height="content")
    simulated = any(map(_simulated, summaries))
    csv_button("Download CSV", table.reset_index(names="Figure or option"), "runs_compared", simulated)
    st.caption("Options that are the same in all of them are left out.")
    epochs = {summary.run.id: summary.progress.epochs for summary in summaries if summary.progress.epochs}
    gans = {run_id: rows for run_id, rows in epochs.items() if is_adversarial(rows[-1])}
    others = {run_id: rows for run_id, rows in epochs.items() if run_id not in gans}
    for key, shown in {"compare": others, "compare.gans": gans}.items():  # their losses are different things
        if shown:
            chart(compare_figure(shown, theme.palette()), key=key, alt=f"Training loss of {len(shown)} runs")


def _compared(summary: RunSummary) -> dict[str, str]:
    """Figures of a run by the name they are compared under: of its result, and of every part it was judged on."""
    if summary.result is None:
        return {}
    try:
        evaluations = summary.run.evaluations()
    except RunError:
        evaluations = {}
    parts: dict[str, tuple[Figure, ...]] = {"validation": summary.result.report.figures()}
    parts |= {part: report.figures() for part, report in evaluations.items()}
    task = summary.run.task
    if task is None or task.model is None or task.model.report is None:
        return {figure.name: figure.text for figure in parts["validation"]}
    return {f"{figure.name} ({part})": figure.text for part, figures in parts.items() for figure in figures}


def _buttons(summary: RunSummary, values: Query) -> None:
    run, task = summary.run, summary.run.task
    with st.container(horizontal=True, vertical_alignment="center"):
        if summary.state == "finished" and task:
            st.page_link(task.page, label="Open the result", icon=":material/monitoring:",
                         query_params=task.result_address(run.id))  # fmt: skip
            if task.model and change_button("Promote to models/", icon=":material/upload:", key="promote"):
                _promote(summary)
        if summary.state != "damaged":
            st.download_button("Report (HTML)", lambda: _report(summary), f"{run.id}.html", "text/html",
                               on_click="ignore", icon=":material/download:", key=f"report.{run.id}",
                               help="One file to pass on: options in words, curves, every table, and how to make it "
                                    "again. It runs nothing and names no folder of this computer.")  # fmt: skip
        if change_button("Delete", icon=":material/delete:", key="delete"):
            ask_to_delete(summary, values)


def _report(summary: RunSummary) -> str:
    from ecg_core.reports.run_report import run_report  # matplotlib, which no page waits for

    return run_report(summary)


def _options(summary: RunSummary) -> dict[str, str]:
    task, config = summary.run.task, summary.config
    return options_in_words(task.options, config.options) if task and config else {}


def _simulated(summary: RunSummary) -> bool:
    return summary.config is not None and summary.config.source.label.startswith("SIMULATED")


def _figures(summary: RunSummary) -> None:
    """Every figure of the result, and of each part it was judged on, with its interval."""
    result, task = summary.result, summary.run.task
    if result is None or task is None:
        st.caption("No result yet.")
        return
    try:
        evaluations = summary.run.evaluations()
    except RunError as error:
        st.warning(literal(str(error)))
        evaluations = {}
    first = "Validation" if task.model and task.model.report else "Value"
    columns = {first: _texts(result.report.figures())}
    columns |= {part: _texts(report.figures()) for part, report in evaluations.items()}
    table = pd.DataFrame(columns).fillna(NONE)
    st.dataframe(table, alt="Figures of the run", height="content")
    csv_button("Download CSV", table.reset_index(names="Name"), f"figures_{summary.run.id}", _simulated(summary))
    if any(figure.interval for figure in result.report.figures()) or evaluations:
        st.caption("In brackets 95 % intervals by bootstrap over records.")
    if isinstance(result.report, GanResult | ImageGanResult) and result.report.fidelity:
        st.caption(literal(fidelity_summary(result.report.fidelity)))
    elif isinstance(result.report, FidelityReport):
        for row in result.report.classes.values():
            st.caption(literal(fidelity_summary(row)))
    elif isinstance(result.report, ImageFidelityReport):
        for images in result.report.classes.values():
            st.caption(literal(fidelity_summary(images)))
    if task.tab:
        st.page_link(task.page, label=f"Everything about it, under {task.tab}", icon=":material/monitoring:",
                     query_params=task.address_of(summary.run.id))  # fmt: skip


def _texts(figures: Sequence[Figure]) -> dict[str, str]:
    return {figure.name: figure.text + (f" ({figure.interval_text})" if figure.interval else "") for figure in figures}


def promoted_name(summary: RunSummary) -> str:
    """What to call a run's model at first: `gan-V`, or kind and day where it makes no class."""
    day = summary.config.created[:10] if summary.config else ""
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{summary.run.kind}-{summary.class_label or day}").strip("-")[:40]


@st.dialog("Promote to models/")
def _promote(summary: RunSummary) -> None:
    st.write("Copies model and card to `models/`, where every page offers it and it outlives the run.")
    with st.form("promote.form", border=False):
        name = st.text_input("Name", promoted_name(summary), key="promote.name")
        replace = st.checkbox("Replace a model of that name", key="promote.replace")
        sent = change_button("Promote", form=True, type="primary")
    if sent:
        try:
            target = promote(summary.run, name, replace)
            logs.event("run.promoted", run=summary.run.id, model=f"models/{target.name}")
        except WorkbenchError as error:
            st.error(literal(str(error)))
        else:
            st.success(f"Now in models/{target.name}.")
