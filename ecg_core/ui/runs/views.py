"""One run opened, several compared, and the buttons that change them."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.plots.curves import compare_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.runs.control import promote
from ecg_core.runs.folder import ALIVE, Run, delete_run
from ecg_core.text import number, percent, seconds
from ecg_core.ui import jobs, theme
from ecg_core.ui.models import AUTOENCODER, CLASSIFIER, GAN, IMAGE_CLASSIFIER, IMAGE_GAN
from ecg_core.ui.query import Query

LOG_CHARACTERS = 4000
DELETED = "runs.deleted"
FIGURES = ["Average precision (validation)", "Threshold", "Images learned from"]
JUDGED = {"mmd": "MMD", "frechet": "Fréchet distance", "two_sample_auc": "Two-sample AUC"}
"""Figure of a beat GAN -> its name; each is shown beside its value between two groups of patients."""


def runs_table(runs: list[Run]) -> pd.DataFrame:
    """One row a run, newest first."""
    rows = []
    for run in runs:
        config, result = run.config, run.result
        validation = (result or {}).get("validation", {})
        state = run.state
        rows.append(
            {
                "Started": pd.Timestamp(config["created"]).tz_convert(None),
                "What": jobs.NAMES.get(config["kind"], config["kind"]),
                "State": f"{state}, {jobs.status_text(run)}" if state == "running" else state,
                "ROC AUC": validation.get("roc_auc"),
                "Macro-F1 (validation)": validation.get("macro_f1"),
                "MMD ratio": mmd_ratio((result or {}).get("fidelity", {})),
                "Unit": _unit(config),
                "Duration": seconds(result["seconds"]) if result else "",
                "Data": config["source"]["label"],
                "Run": run.id,
            }
        )
    table = pd.DataFrame(rows)
    if not rows:
        return table
    figures = ["ROC AUC", "Macro-F1 (validation)", "MMD ratio"]
    empty = [name for name in figures if not table[name].notna().any()]
    return table.drop(columns=empty if len(empty) < len(figures) else figures[1:])


def mmd_ratio(row: Mapping[str, Any]) -> float | None:
    """Distance of synthetic from recorded beats, over that between two groups of patients; None where there is none."""
    return row["mmd"] / row["mmd_real"] if row.get("mmd_real") else None


def _unit(config: Mapping[str, Any]) -> str:
    """What a run works on: `beats`, `windows`, `V beats`, `V images, 64 px`."""
    options = config["options"]
    if "beat_class" in options:
        return f"{options['beat_class']} beats"
    if "label" in options:
        return f"{options['label']} images, {options['size']} px"
    if "choices" in options:
        return f"{len(set(options['choices'].split()))} ways, {options['seeds']} seeds"
    if "most_normal" in options:
        return f"images, {options['size']} px" if "size" in options else "beats"
    return str(options.get("unit", ""))


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
        options = dict(run.config["options"])
        if train := run.config["split"]["train"]:
            options["train on"] = ", ".join(train)
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
    gans = {run_id: rows for run_id, rows in epochs.items() if rows and "generator_loss" in rows[-1]}
    others = {run_id: rows for run_id, rows in epochs.items() if rows and run_id not in gans}
    for key, shown in {"compare": others, "compare.gans": gans}.items():  # their losses are different things
        if shown:
            st.plotly_chart(compare_figure(shown, theme.palette()), theme=None, config=PLOTLY_CONFIG, key=key,
                            alt=f"Training loss of {len(shown)} runs")  # fmt: skip
    columns: dict[str, dict[str, str]] = {}
    for run in runs:
        figures = _compared(run)
        columns[run.id] = figures | {name: str(value) for name, value in run.config["options"].items()}
    table = pd.DataFrame(columns).fillna("–")
    differ = [len(set(row)) > 1 for row in table.to_numpy()]
    st.dataframe(
        table[
            table.index.isin(FIGURES) | table.index.str.startswith(("ROC AUC", "Macro-F1", *JUDGED.values())) | differ
        ],
        alt="Figures and differing options of the runs",
    )
    st.caption("Options that are the same in all of them are left out.")


def _compared(run: Run) -> dict[str, str]:
    """Figures of a run, by the name they are compared under."""
    result = run.result or {}
    if run.kind == AUTOENCODER:
        validation = result.get("validation", {})
        figures = {
            "ROC AUC (validation)": number(validation.get("roc_auc")),
            "Average precision (validation)": number(validation.get("average_precision")),
            "Threshold": number(result.get("threshold"), 2),
        }
        return figures | {f"ROC AUC ({part})": number(report["roc_auc"]) for part, report in run.evaluations.items()}
    if run.kind in (CLASSIFIER, IMAGE_CLASSIFIER):
        reports = {"validation": result["validation"], **run.evaluations} if result else {}
        return {f"Macro-F1 ({part})": number(report["macro_f1"]) for part, report in reports.items()}
    if run.kind == IMAGE_GAN:
        return {"Images learned from": f"{result['images']:,}"} if result else {}
    judged = result.get("classes", {}) if "classes" in result else {"": result.get("fidelity", {})}
    figures = {}
    for beat_class, row in judged.items():
        for key, name in JUDGED.items():
            figures[f"{name} of {beat_class}" if beat_class else name] = number(row.get(key))
    return figures


def _buttons(run: Run, values: Query) -> None:
    with st.container(horizontal=True):
        if run.state == "finished" and run.kind in jobs.PAGES:
            address = jobs.address_of(run)
            if run.kind in (GAN, IMAGE_GAN):
                address["tab"] = "Sample"
            st.page_link(jobs.PAGES[run.kind], label="Open the result", icon=":material/monitoring:",
                         query_params=address)  # fmt: skip
            if run.kind not in jobs.UNDER_WAY and st.button(
                "Promote to models/", icon=":material/upload:", key="promote"
            ):
                _promote(run)
        if st.button("Delete", icon=":material/delete:", key="delete"):
            _delete(run, values)


def _figures(run: Run) -> None:
    result = run.result
    if not result:
        st.caption("No result yet.")
    elif "macro_f1" in result.get("validation", {}):
        _classification(run, result)
    elif "study" in result or "lesson" in result:
        st.markdown("Its result is shown on the Classifier page, under **Study**.")
    elif "validation" in result:
        _detection(run, result)
    elif "fidelity" in result or "classes" in result:
        _fidelity(result.get("classes") or {result["fidelity"]["beat_class"]: result["fidelity"]})
    elif "images" in result:
        st.markdown(
            f"Learned from **{result['images']:,} images**. No figure judges images here: look at some under Sample."
        )


def _fidelity(rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Each figure beside the same between two groups of patients, and a sentence a class."""
    columns: dict[str, dict[str, str]] = {}
    for beat_class, row in rows.items():
        columns[beat_class] = {"Beats learned from": f"{row['n_train']:,}"}
        for key, name in JUDGED.items():
            columns[beat_class][name] = number(row[key])
            columns[beat_class][f"{name}, between patients"] = number(row.get(f"{key}_real"))
        columns[beat_class]["Closer than recorded ones"] = percent(row["copying_share"])
    st.dataframe(pd.DataFrame(columns), alt="Fidelity of the synthetic beats", height="content")
    for row in rows.values():
        st.caption(row.get("sentence") or sentence(row))


def _classification(run: Run, result: dict[str, Any]) -> None:
    rows = []
    for name, report in {"Validation": result["validation"], **run.evaluations}.items():
        row = {"Records": name, "Macro-F1": number(report["macro_f1"])}
        bounds = report["intervals"] and report["intervals"]["macro_f1"]
        row |= {"95 % interval": _interval(bounds), "Accuracy": percent(report["accuracy"])}
        row |= {f"{key} F1": number(one["f1"]) for key, one in report["classes"].items() if "f1" in one}
        rows.append(row | {"Judged": report.get("evaluated", result["finished"])[:16].replace("T", " ")})
    st.dataframe(pd.DataFrame(rows).set_index("Records").T, alt="Figures of the run", height="content")
    st.caption("Intervals by bootstrap over records.")


def _detection(run: Run, result: dict[str, Any]) -> None:
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


def promoted_name(run: Run) -> str:
    """What to call a run's model at first: `gan-V`, or kind and day where it makes no class."""
    options = run.config["options"]
    makes = options.get("beat_class") or options.get("label") or run.config["created"][:10]
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{run.kind}-{makes}").strip("-")[:40]


@st.dialog("Promote to models/")
def _promote(run: Run) -> None:
    st.write("Copies model and card to `models/`, where every page offers it and it outlives the run.")
    with st.form("promote.form", border=False):
        name = st.text_input("Name", promoted_name(run), key="promote.name")
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
