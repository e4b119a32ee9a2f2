"""The Classifier page's fourth tab: does balancing help, and what a split by beats would make one believe."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from ecg_core import workspace
from ecg_core.data.sources import DataSource
from ecg_core.plots.classification import confusion_figure
from ecg_core.plots.study import KEYS, study_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.runs.folder import ALIVE
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.image_classifier.task import IMAGE_CLASSIFIER
from ecg_core.tasks.study.image_options import USUAL_OF_IMAGES, ImageStudyOptions
from ecg_core.tasks.study.options import PLAIN, USUAL, StudyOptions
from ecg_core.tasks.study.result import StudyReport
from ecg_core.tasks.study.task import AUGMENTATION_STUDY, FEW_BEATS, IMAGE_STUDY, RANDOM_SPLIT
from ecg_core.tasks.task import Task
from ecg_core.text import number, percent
from ecg_core.ui import jobs, page, theme, width
from ecg_core.ui.classifier.few_beats import few_beats_form, few_beats_result
from ecg_core.ui.classifier.names import way_name
from ecg_core.ui.classifier.studies import newest, start_button
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.forms import ask

ALL_RECORDS = "all records"
SIGNALS, IMAGES, FEW = "Signals", "Images", "Few beats"
INTROS = {
    SIGNALS: "**Did the synthetic beats help?** The same network, the same number of steps and the same seeds, trained "
    "in each of these ways and judged on patients it has never seen. "
    "What counts is whether an interval leaves out zero.",
    IMAGES: "**Did the synthetic images help?** The image classifier, the same number of steps and the same seeds, "
    "trained in each of these ways and judged on patients it has never seen. "
    "What counts is whether an interval leaves out zero.",
    FEW: "**Do synthetic beats help where few are recorded?** Only so many beats of one class are kept to learn from; "
    "a GAN learns from these and nothing else. Judged on patients never seen.",
}


@dataclass(frozen=True)
class Ways:
    """A study of ways of training, as its form asks for it."""

    task: Task[Any, StudyReport]
    options: type[StudyOptions] | type[ImageStudyOptions]
    usual: tuple[str, ...]
    key: str
    minutes: float
    """Of one training with the options as they are, two at a time on two cores."""


WAYS = {
    SIGNALS: Ways(AUGMENTATION_STUDY, StudyOptions, USUAL, "study", 0.35),
    IMAGES: Ways(IMAGE_STUDY, ImageStudyOptions, USUAL_OF_IMAGES, "study.images", 0.45),
}


def study_tab(source: DataSource) -> None:
    """The newest study (of a run, or the shipped one), the button that starts another; the split by beats, folded."""
    of = st.segmented_control("Study of", list(INTROS), default=SIGNALS, required=True, key="study.of",
                              label_visibility="collapsed")  # fmt: skip
    running = jobs.watched_run(None, (AUGMENTATION_STUDY.kind, IMAGE_STUDY.kind, FEW_BEATS.kind, RANDOM_SPLIT.kind))
    if running is not None and running.state in ALIVE:
        jobs.live_panel(running)
    st.markdown(INTROS[of])
    task: Task[Any, Any] = FEW_BEATS if of == FEW else WAYS[of].task
    found = newest(source, task, shipped_with(task))
    if found is None and running is not None and running.kind == task.kind:
        st.info("No study has ended yet: the result of the one under way appears here.")
    elif found is None:
        st.info("No study yet. Choose ways below and press **Start the study**.")
    elif of == FEW:
        few_beats_result(*found)
    else:
        _result(*found, WAYS[of].key)
    with st.expander("Run a study of your own", expanded=found is None and running is None):
        if of == FEW:
            few_beats_form(source, running is not None)
        else:
            _form(source, running is not None, WAYS[of])
    if of == SIGNALS:
        with st.expander("A lesson: the same network, split by beats instead of by patients"):
            _split_by_beats(source, running is not None)


def shipped_with(task: Task[Any, Any]) -> Path:
    """Folder of the shipped model that a study's result lies beside."""
    kind = IMAGE_CLASSIFIER.kind if task is IMAGE_STUDY else CLASSIFIER.kind
    return workspace.MODELS / kind


def _result(report: StudyReport, where: str, at: str) -> None:
    first = next(iter(report.study.values()))
    names = [name for name in first.classes if name != "N"]
    records = sorted({record for row in report.study.values() for record in row.change_without})
    wide = width.main_column_px() >= width.NARROW_PX
    cells = st.columns([2, 3, 2], vertical_alignment="bottom") if wide else [st.container() for _ in range(3)]
    left, middle, right = cells
    with left:
        of = st.segmented_control("Class", [*names, "all"], default=names[0], required=True, key=f"{at}.class",
                                  format_func=lambda name: "macro" if name == "all" else name)  # fmt: skip
    keys = ["macro_f1", "accuracy"] if of == "all" else list(KEYS)
    labels = KEYS | {"macro_f1": "Macro-F1", "accuracy": "Accuracy"}
    with middle:
        key = st.segmented_control("Figure", keys, default=keys[0], required=True, format_func=labels.__getitem__,
                                   key=f"{at}.key.{of == 'all'}")  # fmt: skip
    with right:
        without = st.selectbox("Records", ["", *records], key=f"{at}.without",
                               format_func=lambda record: f"without {record}" if record else ALL_RECORDS)  # fmt: skip
    among = f"without {without}" if without else ALL_RECORDS
    changes = {
        way_name(way): (row.change_without[without] if without else row.change)[str(of)][str(key)]
        for way, row in report.study.items()
        if row.change
    }
    st.plotly_chart(
        study_figure(changes, theme.palette(), f"{'Macro' if of == 'all' else of}: {labels[str(key)]}, {among}"),
        theme=None, config=PLOTLY_CONFIG, key=f"{at}.figure",
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
    gans = f" The GANs: {', '.join(report.gans)}." if report.gans else ""
    st.caption(
        page.literal(
            f"{where}; {report.data}; {report.seeds} seeds, {report.steps:,} steps each. Means over seeds; "
            f"intervals by paired bootstrap over records and seeds; of a hundred such intervals about five leave out "
            f"zero by chance alone. {support}. {report.note}{gans}"
        )
    )
    csv_button("Download the study (CSV)", long_frame(report), at.replace(".", "-"), False)


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


def _form(source: DataSource, busy: bool, ways: Ways) -> None:
    names = [way for way in ways.usual if way != PLAIN]
    chosen = st.multiselect("Ways of training", names, names, format_func=way_name, key=f"{ways.key}.ways")
    left, middle, right = st.columns(3)
    with left:
        seeds = ask(ways.options, "seeds", f"{ways.key}.seeds")
    with middle:
        epochs = ask(ways.options, "epochs", f"{ways.key}.epochs")
    with right:
        ratio = ask(ways.options, "ratio", f"{ways.key}.ratio")
    trainings = seeds * len({PLAIN, *chosen})
    minutes = trainings * epochs / ways.options().epochs * ways.minutes
    st.caption(
        f"{trainings} trainings, two at a time: about {max(1, round(minutes))} minutes on two "
        "cores. It judges on the test records; use it to learn what balancing does, not to choose options by."
    )
    options = {"choices": " ".join([PLAIN, *chosen]), "seeds": seeds, "epochs": epochs, "ratio": ratio}
    start_button(
        "Start the study", ":material/science:", busy, f"{ways.key}.start", source, ways.task, ways.options, options
    )


def _split_by_beats(source: DataSource, busy: bool) -> None:
    st.markdown(
        "Many papers split **beats** at random into training and test, so that every patient is in both. The network "
        "then recognises patients, and the figures rise without it having learned more."
    )
    if found := newest(source, RANDOM_SPLIT, shipped_with(RANDOM_SPLIT)):
        comparison, where = found
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
    start_button(
        "Train both now (about five minutes)", ":material/school:", busy, "lesson.start", source, RANDOM_SPLIT,
        ClassifierOptions, {},
    )  # fmt: skip
