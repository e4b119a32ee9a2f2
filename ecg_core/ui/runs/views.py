"""One run opened, several compared, and the buttons that change them."""

import hashlib
import re
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ecg_core.errors import RunError, WorkbenchError
from ecg_core.evaluation.fidelity_report import FidelityReport
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.image_fidelity_report import ImageFidelityReport
from ecg_core.evaluation.image_fidelity_sentence import image_sentence
from ecg_core.plots.curves import compare_figure, is_adversarial
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.runs.control import promote
from ecg_core.runs.folder import ALIVE, RunSummary, delete_run
from ecg_core.tasks.gan.result import GanResult
from ecg_core.text import seconds
from ecg_core.ui import jobs, theme
from ecg_core.ui.escape import literal
from ecg_core.ui.query import Query

LOG_CHARACTERS = 4000
DELETED = "runs.deleted"


def runs_table(summaries: Sequence[RunSummary]) -> pd.DataFrame:
    """One row a run, newest first; a column for the leading figure of each kind of result."""
    rows = []
    for summary in summaries:
        config, result = summary.config, summary.result
        figures = result.report.figures() if result else ()
        rows.append(
            {
                "Started": pd.Timestamp(config.started).tz_convert(None) if config else pd.NaT,
                "What": summary.run.task.title if summary.run.task else summary.run.kind,
                "State": summary.state,
                "Now": jobs.status_text(summary.run) if summary.state == "running" else summary.problem,
                **{figure.name: figure.value for figure in figures[:1] if summary.run.has_model()},
                "Unit": summary.unit,
                "Duration": seconds(result.seconds) if result else "",
                "Data": config.source.label if config else "",
                "Run": summary.run.id,
            }
        )
    table = pd.DataFrame(rows)
    if not rows:
        return table
    last = ["Unit", "Duration", "Data", "Run"]
    first = [name for name in table.columns if name not in last]
    if not table["Now"].any():
        first.remove("Now")
    return table[[*first, *last]]


def table_key(run_ids: Sequence[str]) -> str:
    """Key of the table that shows these runs. A tick is kept by row: another table has other ticks, so that a run which
    comes or goes never takes over somebody's tick."""
    return "runs.table." + hashlib.blake2b(" ".join(run_ids).encode(), digest_size=8).hexdigest()


def open_view(summary: RunSummary, values: Query) -> None:
    """State and buttons, curves and figures, then options, files and log."""
    run, config = summary.run, summary.config
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
            st.caption("The same again:")
            st.code(config.command, language="bash", wrap_lines=True)
    with right:
        _figures(summary)
    details = st.columns(3, gap="medium")
    with details[0].expander("Options"):
        if config:
            options = {**config.options, "train on": ", ".join(config.split.train)}
            table = pd.DataFrame({"Option": list(options), "Value": [str(value) for value in options.values()]})
            st.dataframe(table[table["Value"] != ""], hide_index=True, alt="Options of the run", height="content")
    with details[1].expander("Files"):
        files = pd.DataFrame(run.files(), columns=["File", "Bytes"])
        st.dataframe(files, hide_index=True, alt="Files of the run", height="content")
        st.caption(literal(str(run.folder)))
    with details[2].expander("Log"):
        path = run.folder / "log.txt"
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        st.code(text[-LOG_CHARACTERS:] or "Nothing was logged.", language=None, wrap_lines=True)


def compare_view(summaries: Sequence[RunSummary]) -> None:
    """Curves over each other, figures and differing options side by side."""
    epochs = {summary.run.id: summary.progress.epochs for summary in summaries if summary.progress.epochs}
    gans = {run_id: rows for run_id, rows in epochs.items() if is_adversarial(rows[-1])}
    others = {run_id: rows for run_id, rows in epochs.items() if run_id not in gans}
    for key, shown in {"compare": others, "compare.gans": gans}.items():  # their losses are different things
        if shown:
            st.plotly_chart(compare_figure(shown, theme.palette()), theme=None, config=PLOTLY_CONFIG, key=key,
                            alt=f"Training loss of {len(shown)} runs")  # fmt: skip
    figures = {summary.run.id: _compared(summary) for summary in summaries}
    options = {
        summary.run.id: {name: str(value) for name, value in (summary.config.options if summary.config else {}).items()}
        for summary in summaries
    }
    above = pd.DataFrame(figures).fillna("–")
    below = pd.DataFrame(options).fillna("–")
    differ = [len(set(row)) > 1 for row in below.to_numpy()]
    st.dataframe(pd.concat([above, below[differ]]), alt="Figures and differing options of the runs")
    st.caption("Options that are the same in all of them are left out.")


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
    with st.container(horizontal=True):
        if summary.state == "finished" and task:
            st.page_link(task.page, label="Open the result", icon=":material/monitoring:",
                         query_params=task.result_address(run.id))  # fmt: skip
            if task.model and st.button("Promote to models/", icon=":material/upload:", key="promote"):
                _promote(summary)
        if st.button("Delete", icon=":material/delete:", key="delete"):
            _delete(summary, values)


def _figures(summary: RunSummary) -> None:
    """Every figure of the result, and of each part it was judged on, with its interval."""
    result, task = summary.result, summary.run.task
    if result is None or task is None:
        st.caption("No result yet.")
        return
    st.markdown(literal(f"**{result.report.headline()}**"))
    try:
        evaluations = summary.run.evaluations()
    except RunError as error:
        st.warning(literal(str(error)))
        evaluations = {}
    first = "Validation" if task.model and task.model.report else "Figure"
    columns = {first: _texts(result.report.figures())}
    columns |= {part: _texts(report.figures()) for part, report in evaluations.items()}
    st.dataframe(pd.DataFrame(columns).fillna("–"), alt="Figures of the run", height="content")
    if any(figure.interval for figure in result.report.figures()) or evaluations:
        st.caption("In brackets 95 % intervals by bootstrap over records.")
    if isinstance(result.report, GanResult):
        st.caption(literal(sentence(result.report.fidelity)))
    elif isinstance(result.report, FidelityReport):
        for row in result.report.classes.values():
            st.caption(literal(sentence(row)))
    elif isinstance(result.report, ImageFidelityReport):
        for images in result.report.classes.values():
            st.caption(literal(image_sentence(images)))
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
        sent = st.form_submit_button("Promote", type="primary")
    if sent:
        try:
            target = promote(summary.run, name, replace)
        except WorkbenchError as error:
            st.error(literal(str(error)))
        else:
            st.success(f"Now in models/{target.name}.")


@st.dialog("Delete this run?")
def _delete(summary: RunSummary, values: Query) -> None:
    run = summary.run
    files = run.files()
    size = sum(size for _, size in files) / 1e6
    st.write(f"Run **{run.id}** with {len(files)} files ({size:.1f} MB) goes for good: options, curves, model, result.")
    st.write("A copy promoted to `models/` stays.")
    if st.button("Delete for good", type="primary", key="delete.yes"):
        try:
            delete_run(run)
        except WorkbenchError as error:
            st.error(literal(str(error)))
        else:
            values["run"] = None
            st.session_state[DELETED] = run.id
            st.rerun()
