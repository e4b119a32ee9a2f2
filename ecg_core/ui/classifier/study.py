"""The Classifier page's fourth tab: does balancing help, and what a split by beats would make one believe."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.study import verdict
from ecg_core.plots.classification import confusion_figure
from ecg_core.plots.study import KEYS, study_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.runs.folder import ALIVE, list_runs
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.study.options import USUAL, StudyOptions
from ecg_core.tasks.study.training import LESSON, STUDY, kept, start_lesson, start_study
from ecg_core.text import number, percent
from ecg_core.ui import jobs, page, theme, width
from ecg_core.ui.classifier.names import WAY_NAMES, way_name
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import kind_of_id
from ecg_core.workspace import MODELS

SHIPPED = "classifier"
ALL_RECORDS = "all records"
BUSY = "A study is under way: start another when it has ended."


def study_tab(source: DataSource) -> None:
    """The newest study (of a run, or the shipped one), the button that starts another, and the lesson, folded."""
    running = jobs.watched_run(None, (STUDY, LESSON))
    if running is not None and running.state in ALIVE:
        jobs.live_panel(running)
    found = _newest(source, STUDY, "study")
    st.markdown(
        "**Did the synthetic beats help?** The same network, the same number of steps and the same seeds, trained in "
        "each of these ways and judged on patients it has never seen. "
        "What counts is whether an interval leaves out zero."
    )
    if found is None and running is not None:
        st.info("No study has ended yet: the result of the one under way appears here.")
    elif found is None:
        st.info("No study yet. Choose ways below and press **Start the study**.")
    else:
        _result(*found)
    with st.expander("Run a study of your own", expanded=found is None and running is None):
        _form(source, running is not None)
    with st.expander("A lesson: the same network, split by beats instead of by patients"):
        _lesson(source, running is not None)


def _newest(source: DataSource, kind: str, key: str) -> tuple[dict[str, Any], str] | None:
    """The newest finished run's result, or what is shipped, with where it comes from."""
    for run in list_runs():
        if kind_of_id(run.id) == kind and run.state == "finished" and (result := run.result) and key in result:
            if run.config["source"]["label"] != source.label:
                continue
            return result, f"Run of {run.config['created'][:16].replace('T', ' ')}"
    shipped = kept(MODELS / SHIPPED, kind)
    return (shipped, "Shipped with the workbench") if shipped else None


def _result(result: Mapping[str, Any], where: str) -> None:
    names = [name for name in next(iter(result["study"].values()))["classes"] if name != "N"]
    records = sorted({one for row in result["study"].values() for one in row.get("change_without", {})})
    wide = width.main_column_px() >= width.NARROW_PX
    cells = st.columns([2, 3, 2], vertical_alignment="bottom") if wide else [st.container() for _ in range(3)]
    left, middle, right = cells
    with left:
        of = st.segmented_control("Class", [*names, "all"], default=names[0], required=True, key="study.class",
                                  format_func=lambda name: "macro" if name == "all" else name)  # fmt: skip
    keys = ["macro_f1", "accuracy"] if of == "all" else list(KEYS)
    labels = KEYS | {"macro_f1": "Macro-F1", "accuracy": "Accuracy"}
    with middle:
        key = st.segmented_control("Figure", keys, default=keys[0], required=True, format_func=labels.__getitem__,
                                   key=f"study.key.{of == 'all'}")  # fmt: skip
    with right:
        among = st.selectbox("Records", [ALL_RECORDS, *(f"without {one}" for one in records)], key="study.without")
    changes = {}
    for way, row in result["study"].items():
        if "change" in row:
            held = row["change"] if among == ALL_RECORDS else row["change_without"][str(among).split()[-1]]
            changes[way_name(way)] = held[str(of)][str(key)]
    st.plotly_chart(
        study_figure(changes, theme.palette(), f"{'Macro' if of == 'all' else of}: {labels[str(key)]}, {among}"),
        theme=None, config=PLOTLY_CONFIG, key="study.figure",
        alt="; ".join(f"{way}: {verdict(one)}" for way, one in changes.items()),
    )  # fmt: skip
    clear = [f"{way} ({verdict(one)})" for way, one in changes.items() if one["clear"]]
    st.markdown(
        f"Clear effect: {', '.join(clear)}. All others: no clear effect."
        if clear
        else "**No clear effect** of any way: every interval holds zero."
    )
    st.dataframe(study_frame(result), hide_index=True, height="content", alt="Every way of training, mean over seeds",
                 column_config={"Way of training": st.column_config.Column(width=245)})  # fmt: skip
    support = ", ".join(f"{name} {row['beats']:,} beats in {row['records']} records"
                        for name, row in result["support"].items() if name != "Q")  # fmt: skip
    st.caption(
        page.literal(
            f"{where}; {result['data']}; {result['seeds']} seeds, {result['steps']:,} steps each. Means over seeds; "
            f"intervals by paired bootstrap over records and seeds; of a hundred such intervals about five leave out "
            f"zero by chance alone. {support}. {result['note']} The GANs: "
            f"{', '.join(result['gans'])}."
        )
    )
    csv_button("Download the study (CSV)", long_frame(result), "study", False)


def study_frame(result: Mapping[str, Any]) -> pd.DataFrame:
    """One row a way: means over seeds."""
    rows = []
    for way, row in result["study"].items():
        line: dict[str, object] = {"Way of training": way_name(way), "Macro-F1": number(row["macro_f1"]["mean"])}
        for name, figures in row["classes"].items():
            if name != "N":
                line[f"{name} F1"] = number(figures["f1"]["mean"])
                line[f"{name} Se / +P"] = (
                    f"{percent(figures['sensitivity']['mean'])} / {percent(figures['ppv']['mean'])}"
                )
        rows.append(line | {"Accuracy": percent(row["accuracy"]["mean"])})
    return pd.DataFrame(rows)


def long_frame(result: Mapping[str, Any]) -> pd.DataFrame:
    """One row a way, class and figure, with the change and its interval."""
    rows = []
    for way, row in result["study"].items():
        kinds = {ALL_RECORDS: row.get("change", {})} | {
            f"without {record}": change for record, change in row.get("change_without", {}).items()
        }
        for among, change in kinds.items():
            for name, figures in change.items():
                for key, one in figures.items():
                    rows.append({"way": way, "records": among, "class": name, "figure": key, **one})
    return pd.DataFrame(rows)


def _form(source: DataSource, busy: bool) -> None:
    chosen = st.multiselect("Ways of training", list(WAY_NAMES), [way for way in USUAL if way in WAY_NAMES],
                            format_func=way_name, key="study.ways")  # fmt: skip
    left, middle, right = st.columns(3)
    defaults = StudyOptions()
    with left:
        seeds = st.number_input("Seeds", 2, 50, defaults.seeds, key="study.seeds")
    with middle:
        epochs = st.number_input("Epochs", 1, 100, defaults.epochs, key="study.epochs")
    with right:
        ratio = st.number_input("Beats added, for one N beat", 0.05, 1.0, defaults.ratio, 0.05, key="study.ratio")
    trainings = seeds * len({"none", *chosen})
    st.caption(
        f"{trainings} trainings, two at a time: about {max(1, round(trainings * epochs / 8 * 0.35))} minutes on two "
        "cores. It judges on the test records; use it to learn what balancing does, not to choose options by."
    )
    if st.button(
        "Start the study", icon=":material/science:", disabled=busy, key="study.start", help=BUSY if busy else None
    ):
        try:
            start_study(source, StudyOptions(choices=" ".join(chosen), seeds=seeds, epochs=epochs, ratio=ratio))
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            st.rerun()


def _lesson(source: DataSource, busy: bool) -> None:
    st.markdown(
        "Many papers split **beats** at random into training and test, so that every patient is in both. The network "
        "then recognises patients, and the figures rise without it having learned more."
    )
    found = _newest(source, LESSON, "lesson")
    if found:
        wide = width.main_column_px() >= width.NARROW_PX
        columns = st.columns(2, gap="large") if wide else [st.container(), st.container()]
        titles = {"random": "Split by beats: an illusion", "patients": "Split by patients: the truth"}
        for cell, (name, report) in zip(columns, found[0]["lesson"].items(), strict=True):
            with cell:
                st.metric(titles[name], f"Macro-F1 {number(report['macro_f1'])}")
                st.plotly_chart(
                    confusion_figure(report["confusion"], theme.palette(), f"Accuracy {percent(report['accuracy'])}"),
                    theme=None, config=PLOTLY_CONFIG, key=f"lesson.{name}", alt=f"{titles[name]}: confusion matrix",
                )  # fmt: skip
        st.caption(page.literal(f"{found[1]}; {found[0]['data']}. One network each, the same options."))
    if st.button(
        "Train both now (about five minutes)",
        icon=":material/school:",
        disabled=busy,
        key="lesson.start",
        help=BUSY if busy else None,
    ):
        try:
            start_lesson(source, ClassifierOptions())
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            st.rerun()
