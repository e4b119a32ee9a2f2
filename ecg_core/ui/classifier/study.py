"""The Classifier page's fourth tab: does balancing help, and what a split by beats would make one believe."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from ecg_core import workspace
from ecg_core.beats.classes import CLASSES
from ecg_core.data.sources import DataSource
from ecg_core.plots.study import KEYS, study_figure
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
from ecg_core.ui import jobs, page, terms, theme, width
from ecg_core.ui.chart import chart
from ecg_core.ui.charts.matrix import confusion_matrix
from ecg_core.ui.classifier.few_beats import few_beats_form, few_beats_result, few_beats_verdict
from ecg_core.ui.classifier.names import adds_synthetic, way_name
from ecg_core.ui.classifier.studies import newest, start_button
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.forms import ask

ALL_RECORDS = "all records"
SIGNALS, IMAGES, FEW, LESSON = "Signals", "Images", "Few beats", "A lesson: split by beats"
QUESTIONS = {
    SIGNALS: "Did the synthetic beats help?",
    IMAGES: "Did the synthetic images help?",
    FEW: "Do synthetic beats help where few are recorded?",
    LESSON: "What if beats are split, not patients?",
}
INTROS = {
    SIGNALS: "The same network, the same number of steps and the same seeds, trained in each of these ways and judged "
    "on the test records. Class weights and the like make up for rare classes without a new beat: synthetic beats are "
    "worth their trouble only if they do better than these.",
    IMAGES: "The image classifier, the same number of steps and the same seeds, trained in each of these ways and "
    "judged on the test records. Class weights and the like make up for rare classes without a new image: synthetic "
    "images are worth their trouble only if they do better than these.",
    FEW: "Only so many beats of one class are kept to learn from; a GAN learns from these and nothing else. Judged on "
    "the test records.",
}
ANOTHER_QUESTION = "Whether synthetic ones look right is another question: see Fidelity on the Synthesis page."
MACRO = "all"


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


@st.fragment
def study_tab(source: DataSource) -> None:
    """The newest study (of a run, or the shipped one), and the button that starts another; the split by beats."""
    of = st.segmented_control("Study of", list(QUESTIONS), default=SIGNALS, required=True, key="study.of",
                              help=terms.meanings("GAN", "SMOTE", "Macro-F1", "Test"))  # fmt: skip
    running = jobs.watched_run(None, (AUGMENTATION_STUDY.kind, IMAGE_STUDY.kind, FEW_BEATS.kind, RANDOM_SPLIT.kind))
    if running is not None and running.state in ALIVE:
        jobs.live_panel(running)
    if of == LESSON:
        _split_by_beats(source, running is not None)
        return
    task: Task[Any, Any] = FEW_BEATS if of == FEW else WAYS[of].task
    found = newest(source, task, shipped_with(task))
    if found is None and running is not None and running.kind == task.kind:
        st.markdown(f"**{QUESTIONS[of]}** {INTROS[of]}")
        st.info("No study has ended yet: the result of the one under way appears here.")
    elif found is None:
        st.markdown(f"**{QUESTIONS[of]}** {INTROS[of]}")
        st.info("No study yet. Choose ways below and press **Start the study**.")
    else:
        if of == FEW:
            st.markdown(f"**{QUESTIONS[of]}** {few_beats_verdict(found[0])}{whence(found[0].data, source)}")
        else:
            st.markdown(f"**{QUESTIONS[of]}** {answer(found[0])}{whence(found[0].data, source)}")
        st.caption(f"{INTROS[of]} What counts is whether an interval leaves out zero. {ANOTHER_QUESTION}")
        if of == FEW:
            few_beats_result(*found)
        else:
            _result(*found, WAYS[of].key)
    fold = st.expander("Run a study of your own", expanded=found is None and running is None, on_change="rerun",
                       key=f"study.own.{of}")  # fmt: skip
    if fold.open:
        with fold:
            if of == FEW:
                few_beats_form(source, running is not None)
            else:
                _form(source, running is not None, WAYS[of])


def answer(report: StudyReport) -> str:
    """The verdict on the ways that add synthetic beats or images, by macro-F1."""
    changes = {way: row.change[MACRO]["macro_f1"] for way, row in report.study.items() if row.change}
    some = {way: one for way, one in changes.items() if adds_synthetic(way)}
    if not some:
        return "This study has no way that adds any."
    clear = [f"{way_name(way)} ({one.verdict})" for way, one in some.items() if one.clear]
    if not clear:
        return "On macro-F1: **no clear effect**."
    rest = "" if len(clear) == len(some) else "; of the others no clear effect"
    return f"On macro-F1: **a clear effect** of {', '.join(clear)}{rest}."


def whence(data: str, source: DataSource) -> str:
    """That figures are from other data than those in use, if they are."""
    return (
        ""
        if data == source.label
        else page.literal(f" **These figures are from {data}, not from the recordings in use.**")
    )


def shipped_with(task: Task[Any, Any]) -> Path:
    """Folder of the shipped model that a study's result lies beside."""
    kind = IMAGE_CLASSIFIER.kind if task is IMAGE_STUDY else CLASSIFIER.kind
    return workspace.MODELS / kind


def _result(report: StudyReport, where: str, at: str) -> None:
    first = next(iter(report.study.values()))
    names = [name for name in first.classes if name != "N"]
    records = sorted({record for row in report.study.values() for record in row.change_without})
    wide = width.main_column_px() >= width.NARROW_PX
    cells = st.columns([3, 4, 2] if wide else [4, 5, 3])
    left, middle, right = cells
    with left:
        of = st.segmented_control("Class", [MACRO, *names], default=MACRO, required=True, key=f"{at}.class",
                                  format_func=lambda name: "All" if name == MACRO else name,
                                  help=terms.meanings(*(name for name in names if name in CLASSES)))  # fmt: skip
    keys = ["macro_f1", "accuracy"] if of == MACRO else list(KEYS)
    labels = KEYS | {"macro_f1": "Macro-F1", "accuracy": "Accuracy"}
    with middle:
        key = st.segmented_control("Figure", keys, default=keys[0], required=True, format_func=labels.__getitem__,
                                   key=f"{at}.key.{of == MACRO}", help=terms.meanings(
                                       "Macro-F1", "F1", "Sensitivity", "Positive predictivity"))  # fmt: skip
    with right:
        without = st.selectbox("Records", ["", *records], key=f"{at}.without",
                               format_func=lambda record: f"without {record}" if record else ALL_RECORDS)  # fmt: skip
    among = f"without {without}" if without else ALL_RECORDS
    changes = {
        way_name(way): (row.change_without[without] if without else row.change)[str(of)][str(key)]
        for way, row in report.study.items()
        if row.change
    }
    chart(
        study_figure(changes, theme.palette(), f"{labels[str(key)]}{'' if of == MACRO else f' of {of}'}, {among}"),
        key=f"{at}.figure",
        alt="; ".join(f"{way}: {change.verdict}" for way, change in changes.items()),
    )  # fmt: skip
    clear = [f"{way} ({change.verdict})" for way, change in changes.items() if change.clear]
    what = labels[str(key)] if of == MACRO else f"{labels[str(key)].lower() if key != 'f1' else 'F1'} of {of}"
    st.markdown(
        f"On {what}: clear effect of {', '.join(clear)}. All others: no clear effect."
        if clear
        else f"On {what}: **no clear effect** of any way: every interval holds zero."
    )
    _study_details(report, where, at)


@st.fragment
def _study_details(report: StudyReport, where: str, at: str) -> None:
    fold = st.expander("All figures, and how they were made", key=f"{at}.details", on_change="rerun")
    if not fold.open:
        return
    with fold:
        _details(report, where, at)


def _details(report: StudyReport, where: str, at: str) -> None:
    st.dataframe(study_frame(report), hide_index=True, height="content", alt="Every way of training, mean over seeds",
                 column_config={"Way of training": st.column_config.Column(width=245),
                                "Macro-F1": st.column_config.Column(help=terms.meaning("Macro-F1")),
                                **{f"{name} Se / +P": st.column_config.Column(help=terms.meanings(name, "Se", "+P"))
                                   for name in CLASSES}})  # fmt: skip
    support = ", ".join(f"{name} {row.beats:,} beats in {row.records} records"
                        for name, row in report.support.items() if name != "Q")  # fmt: skip
    gans = f" The GANs: {', '.join(report.gans)}." if report.gans else ""
    st.caption(
        page.literal(
            f"{where}; {report.data}; {report.seeds} seeds, {report.steps:,} steps each. Means over seeds; "
            f"intervals by paired bootstrap over records and seeds; of a hundred such intervals about five leave out "
            f"zero by chance alone. Overlapping intervals do not rule out a difference. {support}. {report.note}{gans}"
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
    found = newest(source, RANDOM_SPLIT, shipped_with(RANDOM_SPLIT))
    verdict = ""
    if found:
        by_beats, by_patients = (found[0].lesson[name].macro_f1 for name in ("random", "patients"))
        verdict = f" Macro-F1 seems to be {number(by_beats)}; on unseen patients it is {number(by_patients)}."
    st.markdown(f"**{QUESTIONS[LESSON]}**{verdict}{whence(found[0].data, source) if found else ''}")
    st.caption(
        "Many papers split beats at random into training and test, so that every patient is in both. The network then "
        "recognises patients, and the figures rise without it having learned more."
    )
    if found:
        comparison, where = found
        wide = width.main_column_px() >= width.NARROW_PX
        columns = st.columns(2, gap="large") if wide else [st.container(), st.container()]
        titles = {"random": "Split by beats: an illusion", "patients": "Split by patients: the truth"}
        for cell, (name, report) in zip(columns, comparison.lesson.items(), strict=True):
            with cell:
                st.metric(titles[name], f"Macro-F1 {number(report.macro_f1)}")
                confusion_matrix(
                    report.confusion, theme.palette(), f"Accuracy {percent(report.accuracy)}",
                    key=f"lesson.{name}", alt=f"{titles[name]}: confusion matrix",
                    file=f"split_by_{name}{'_SIMULATED' if report.simulated else ''}",
                )  # fmt: skip
        st.caption(page.literal(f"{where}; {comparison.data}. One network each, the same options."))
    start_button(
        "Train both now (about five minutes)", ":material/school:", busy, "lesson.start", source, RANDOM_SPLIT,
        ClassifierOptions, {},
    )  # fmt: skip
