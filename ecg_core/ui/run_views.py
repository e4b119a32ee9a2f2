"""One run opened, several compared, and the buttons that change them."""

import pandas as pd
import streamlit as st

from ecg_core.errors import WorkbenchError
from ecg_core.plots.curves import compare_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.runs.control import promote
from ecg_core.runs.folder import ALIVE, Run, delete_run
from ecg_core.text import number, percent, seconds
from ecg_core.ui import jobs, theme
from ecg_core.ui.query import Query

LOG_CHARACTERS = 4000
DELETED = "runs.deleted"
FIGURES = ["Average precision (validation)", "Threshold"]
PAGES = {"autoencoder": "pages/5_Autoencoder.py"}


def runs_table(runs: list[Run]) -> pd.DataFrame:
    """One row a run, newest first."""
    rows = []
    for run in runs:
        config, result = run.config, run.result
        validation = (result or {}).get("validation", {})
        rows.append(
            {
                "Started": pd.Timestamp(config["created"]).tz_convert(None),
                "What": jobs.NAMES.get(config["kind"], config["kind"]),
                "State": f"{run.state}, {jobs.status_text(run)}" if run.state == "running" else run.state,
                "ROC AUC": validation.get("roc_auc"),
                "Unit": config["options"].get("unit", ""),
                "Duration": seconds(result["seconds"]) if result else "",
                "Data": config["source"]["label"],
                "Run": run.id,
            }
        )
    return pd.DataFrame(rows)


def open_view(run: Run, values: Query) -> None:
    """State and buttons, curves and figures, then options, files and log."""
    state = run.state
    if state in ALIVE:
        jobs.live_panel(run)
    else:
        jobs.ended_panel(run)
        _buttons(run, values)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if state not in ALIVE:
            jobs.curves(run)
        st.caption("The same again:")
        st.code(run.config["command"], language="bash", wrap_lines=True)
    with right:
        _figures(run)
    details = st.columns(3, gap="medium")
    with details[0].expander("Options"):
        options = {**run.config["options"], "train on": ", ".join(run.config["split"]["train"])}
        table = pd.DataFrame({"Option": list(options), "Value": [str(value) for value in options.values()]})
        st.dataframe(table, hide_index=True, alt="Options of the run", height="content")
    with details[1].expander("Files"):
        files = pd.DataFrame(run.files(), columns=["File", "Bytes"])
        st.dataframe(files, hide_index=True, alt="Files of the run", height="content")
        st.caption(str(run.folder))
    with details[2].expander("Log"):
        path = run.folder / "log.txt"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        st.code(text[-LOG_CHARACTERS:] or "Nothing was logged.", language=None, wrap_lines=True)


def compare_view(runs: list[Run]) -> None:
    """Curves over each other, figures and differing options side by side."""
    epochs = {run.id: run.progress().epochs for run in runs}
    shown = {run_id: rows for run_id, rows in epochs.items() if rows}
    if shown:
        st.plotly_chart(compare_figure(shown, theme.palette()), theme=None, config=PLOTLY_CONFIG, key="compare",
                        alt=f"Training loss of {len(shown)} runs")  # fmt: skip
    columns: dict[str, dict[str, str]] = {}
    for run in runs:
        validation = (run.result or {}).get("validation", {})
        figures = {
            "ROC AUC (validation)": number(validation.get("roc_auc")),
            "Average precision (validation)": number(validation.get("average_precision")),
            "Threshold": number((run.result or {}).get("threshold"), 2),
        }
        figures |= {f"ROC AUC ({part})": number(report["roc_auc"]) for part, report in run.evaluations.items()}
        columns[run.id] = figures | {name: str(value) for name, value in run.config["options"].items()}
    table = pd.DataFrame(columns).fillna("–")
    differ = [len(set(row)) > 1 for row in table.to_numpy()]
    st.dataframe(
        table[table.index.isin(FIGURES) | table.index.str.startswith("ROC AUC") | differ],
        alt="Figures and differing options of the runs",
    )
    st.caption("Options that are the same in all of them are left out.")


def _buttons(run: Run, values: Query) -> None:
    with st.container(horizontal=True):
        if run.state == "finished" and run.kind in PAGES:
            st.page_link(PAGES[run.kind], label="Open the result", icon=":material/monitoring:",
                         query_params={"run": run.id})  # fmt: skip
            if st.button("Promote to models/", icon=":material/upload:", key="promote"):
                _promote(run)
        if st.button("Delete", icon=":material/delete:", key="delete"):
            _delete(run, values)


def _figures(run: Run) -> None:
    result = run.result
    if not result:
        st.caption("No result yet.")
        return
    reports = {"Validation": result["validation"], **run.evaluations}
    rows = []
    for name, report in reports.items():
        point = report["threshold"]
        rows.append(
            {
                "Records": name,
                "ROC AUC": number(report["roc_auc"]),
                "95 % interval": _interval(report["intervals"]["roc_auc"]),
                "Average precision": number(report["average_precision"]),
                "Sensitivity": percent(point["sensitivity"]),
                "False alarms per hour": number(point["false_alarms_per_hour"], 1),
                "Scored": report.get("evaluated", result["finished"])[:16].replace("T", " "),
            }
        )
    table = pd.DataFrame(rows).set_index("Records").T
    st.dataframe(table, alt="Figures of the run", height="content")
    st.caption("Intervals by bootstrap over records. Sensitivity and false alarms at the run's own threshold.")


def _interval(bounds: list[float] | None) -> str:
    return f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "–"


@st.dialog("Promote to models/")
def _promote(run: Run) -> None:
    st.write("Copies model and card to `models/`, where every page offers it and it outlives the run.")
    with st.form("promote.form", border=False):
        name = st.text_input("Name", f"{run.kind}-{run.config['created'][:10]}", key="promote.name")
        replace = st.checkbox("Replace a model of that name", key="promote.replace")
        sent = st.form_submit_button("Promote", type="primary")
    if sent:
        try:
            target = promote(run, name, replace)
        except WorkbenchError as error:
            st.error(str(error))
        else:
            st.success(f"Now in models/{target.name}.")


@st.dialog("Delete this run?")
def _delete(run: Run, values: Query) -> None:
    files = run.files()
    size = sum(size for _, size in files) / 1e6
    st.write(f"Run **{run.id}** with {len(files)} files ({size:.1f} MB) goes for good: options, curves, model, result.")
    st.write("A copy promoted to `models/` stays.")
    if st.button("Delete for good", type="primary", key="delete.yes"):
        try:
            delete_run(run)
        except WorkbenchError as error:
            st.error(str(error))
        else:
            values["run"] = None
            st.session_state[DELETED] = run.id
            st.rerun()
