"""The Classifier page's fourth tab: does balancing help, and what a split by beats would make one believe."""

from dataclasses import asdict
from typing import Any, cast

import pandas as pd
import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.plots.classification import confusion_figure
from ecg_core.plots.study import KEYS, study_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.runs.control import start
from ecg_core.runs.folder import ALIVE, list_runs, summary_of
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.options import USUAL, StudyOptions
from ecg_core.tasks.study.result import StudyReport
from ecg_core.tasks.study.task import AUGMENTATION_STUDY, RANDOM_SPLIT
from ecg_core.tasks.study.training import kept_result
from ecg_core.tasks.task import R, Task
from ecg_core.text import number, percent
from ecg_core.ui import jobs, page, theme, width
from ecg_core.ui.classifier.names import WAY_NAMES, way_name
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.forms import ask
from ecg_core.workspace import MODELS

SHIPPED = "classifier"
ALL_RECORDS = "all records"
BUSY = "A study is under way: start another when it has ended."


def study_tab(source: DataSource) -> None:
    """The newest study (of a run, or the shipped one), the button that starts another; the split by beats, folded."""
    running = jobs.watched_run(None, (AUGMENTATION_STUDY.kind, RANDOM_SPLIT.kind))
    if running is not None and running.state in ALIVE:
        jobs.live_panel(running)
    newest = _newest(source, AUGMENTATION_STUDY)
    st.markdown(
        "**Did the synthetic beats help?** The same network, the same number of steps and the same seeds, trained in "
        "each of these ways and judged on patients it has never seen. "
        "What counts is whether an interval leaves out zero."
    )
    if newest is None and running is not None:
        st.info("No study has ended yet: the result of the one under way appears here.")
    elif newest is None:
        st.info("No study yet. Choose ways below and press **Start the study**.")
    else:
        _result(*newest)
    with st.expander("Run a study of your own", expanded=newest is None and running is None):
        _form(source, running is not None)
    with st.expander("A lesson: the same network, split by beats instead of by patients"):
        _split_by_beats(source, running is not None)


def _newest(source: DataSource, task: Task[Any, R]) -> tuple[R, str] | None:
    """The newest finished run's result on these data, or what is shipped, with where it comes from."""
    for run in list_runs():
        if run.kind != task.kind:
            continue
        summary = summary_of(run)
        if summary.result and summary.config and summary.config.source.label == source.label:
            return cast(R, summary.result.report), f"Run of {summary.config.created[:16].replace('T', ' ')}"
    try:
        shipped = kept_result(task, MODELS / SHIPPED)
    except WorkbenchError as error:
        st.warning(page.literal(str(error)))
        return None
    return (shipped, "Shipped with the workbench") if shipped else None


def _result(report: StudyReport, where: str) -> None:
    first = next(iter(report.study.values()))
    names = [name for name in first.classes if name != "N"]
    records = sorted({record for row in report.study.values() for record in row.change_without})
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
        without = st.selectbox("Records", ["", *records], key="study.without",
                               format_func=lambda record: f"without {record}" if record else ALL_RECORDS)  # fmt: skip
    among = f"without {without}" if without else ALL_RECORDS
    changes = {
        way_name(way): (row.change_without[without] if without else row.change)[str(of)][str(key)]
        for way, row in report.study.items()
        if row.change
    }
    st.plotly_chart(
        study_figure(changes, theme.palette(), f"{'Macro' if of == 'all' else of}: {labels[str(key)]}, {among}"),
        theme=None, config=PLOTLY_CONFIG, key="study.figure",
        alt="; ".join(f"{way}: {change.verdict}" for way, change in changes.items()),
    )  # fmt: skip
    clear = [f"{way} ({change.verdict})" for way, change in changes.items() if change.clear]
    st.markdown(
        f"Clear effect: {', '.join(clear)}. All others: no clear effect."
        if clear
        else "**No clear effect** of any way: every interval holds zero."
    )
    st.dataframe(study_frame(report), hide_index=True, height="content", alt="Every way of training, mean over seeds",
                 column_config={"Way of training": st.column_config.Column(width=245)})  # fmt: skip
    support = ", ".join(f"{name} {row.beats:,} beats in {row.records} records"
                        for name, row in report.support.items() if name != "Q")  # fmt: skip
    st.caption(
        page.literal(
            f"{where}; {report.data}; {report.seeds} seeds, {report.steps:,} steps each. Means over seeds; "
            f"intervals by paired bootstrap over records and seeds; of a hundred such intervals about five leave out "
            f"zero by chance alone. {support}. {report.note} The GANs: {', '.join(report.gans)}."
        )
    )
    csv_button("Download the study (CSV)", long_frame(report), "study", False)


def study_frame(report: StudyReport) -> pd.DataFrame:
    """One row a way: means over seeds."""
    rows = []
    for way, row in report.study.items():
        line: dict[str, object] = {"Way of training": way_name(way), "Macro-F1": number(row.macro_f1.mean)}
        for name, figures in row.classes.items():
            if name != "N":
                line[f"{name} F1"] = number(figures.f1.mean)
                line[f"{name} Se / +P"] = f"{percent(figures.sensitivity.mean)} / {percent(figures.ppv.mean)}"
        rows.append(line | {"Accuracy": percent(row.accuracy.mean)})
    return pd.DataFrame(rows)


def long_frame(report: StudyReport) -> pd.DataFrame:
    """One row a way, class and figure, with the change and its interval."""
    rows = []
    for way, row in report.study.items():
        kinds = {ALL_RECORDS: row.change} | {
            f"without {record}": change for record, change in row.change_without.items()
        }
        for among, changes in kinds.items():
            for name, figures in changes.items():
                for key, change in figures.items():
                    line = {"way": way, "records": among, "class": name, "figure": key, **asdict(change)}
                    rows.append({**line, "change": change.change, "clear": change.clear})
    return pd.DataFrame(rows)


def _form(source: DataSource, busy: bool) -> None:
    chosen = st.multiselect("Ways of training", list(WAY_NAMES), [way for way in USUAL if way in WAY_NAMES],
                            format_func=way_name, key="study.ways")  # fmt: skip
    left, middle, right = st.columns(3)
    with left:
        seeds = ask(StudyOptions, "seeds", "study.seeds")
    with middle:
        epochs = ask(StudyOptions, "epochs", "study.epochs")
    with right:
        ratio = ask(StudyOptions, "ratio", "study.ratio")
    trainings = seeds * len({"none", *chosen})
    st.caption(
        f"{trainings} trainings, two at a time: about {max(1, round(trainings * epochs / 8 * 0.35))} minutes on two "
        "cores. It judges on the test records; use it to learn what balancing does, not to choose options by."
    )
    if st.button(
        "Start the study", icon=":material/science:", disabled=busy, key="study.start", help=BUSY if busy else None
    ):
        try:
            options = StudyOptions(choices=" ".join(["none", *chosen]), seeds=seeds, epochs=epochs, ratio=ratio)
            start(AUGMENTATION_STUDY, Recordings.of(source), options)
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            st.rerun()


def _split_by_beats(source: DataSource, busy: bool) -> None:
    st.markdown(
        "Many papers split **beats** at random into training and test, so that every patient is in both. The network "
        "then recognises patients, and the figures rise without it having learned more."
    )
    newest = _newest(source, RANDOM_SPLIT)
    if newest:
        comparison, where = newest
        wide = width.main_column_px() >= width.NARROW_PX
        columns = st.columns(2, gap="large") if wide else [st.container(), st.container()]
        titles = {"random": "Split by beats: an illusion", "patients": "Split by patients: the truth"}
        for cell, (name, report) in zip(columns, comparison.lesson.items(), strict=True):
            with cell:
                st.metric(titles[name], f"Macro-F1 {number(report.macro_f1)}")
                st.plotly_chart(
                    confusion_figure(report.confusion, theme.palette(), f"Accuracy {percent(report.accuracy)}"),
                    theme=None, config=PLOTLY_CONFIG, key=f"lesson.{name}", alt=f"{titles[name]}: confusion matrix",
                )  # fmt: skip
        st.caption(page.literal(f"{where}; {comparison.data}. One network each, the same options."))
    if st.button(
        "Train both now (about five minutes)",
        icon=":material/school:",
        disabled=busy,
        key="lesson.start",
        help=BUSY if busy else None,
    ):
        try:
            start(RANDOM_SPLIT, Recordings.of(source), ClassifierOptions())
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            st.rerun()
