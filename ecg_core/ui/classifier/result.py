"""The Classifier page's first tab: headline, confusion, classes, EC57, records, calibration."""

from typing import Any

import pandas as pd
import streamlit as st

from ecg_core.beats.splits import DOMINANT_RECORDS
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.calibration import class_reliability
from ecg_core.evaluation.class_report import GROUPS, USUAL, ClassReport
from ecg_core.evaluation.support import FEWEST_RECORDS
from ecg_core.learning.unseen import VALIDATION, trained_here
from ecg_core.plots.classification import confusion_figure, curves_figure, reliability_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.text import number, percent
from ecg_core.ui import page, theme, width
from ecg_core.ui.classifier.data import judge, kept_report, predictions, unjudged_records
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import Model

RECORDS_PAGE = "pages/1_Records.py"
CLASS_HEADINGS = ("Sensitivity", "Positive predictivity", "F1")


def report_of(model: Model, source: DataSource, part: str) -> ClassReport | None:
    """The report of a part: kept, or made now because its button was pressed; None as long as nobody has asked."""
    try:
        report = kept_report(model, part)
    except WorkbenchError as error:
        page.fail(error)
    if report is not None or part == VALIDATION:
        return report
    asked = f"classifier.asked.{model.id}.{part}"
    on_other_data = model.shipped and not trained_here(model.card, source.records)  # nothing is chosen by these
    if not on_other_data and not st.session_state.get(asked):
        n = len(unjudged_records(model, source))
        st.info(
            f"Not judged on {part} yet. These {n} records are kept for the end: choose by validation, then judge here "
            "once. The run notes when."
        )
        if not st.button(f"Judge on {part}", type="primary", icon=":material/gavel:", key="classifier.judge"):
            return None
        st.session_state[asked] = True
    try:
        return judge(model, source, part)
    except WorkbenchError as error:
        page.fail(error)


def result_tab(model: Model, source: DataSource, part: str, report: ClassReport) -> None:
    """Everything about one model on one part."""
    unseen = len(report.records)
    what = f"{unseen} training records, each left out in turn" if part == VALIDATION else f"{part}, {unseen} records"
    here = trained_here(model.card, source.records)
    if model.card.preparation:
        data = "SIMULATED. " if report.simulated else ""
        if part == VALIDATION and not here:
            data += f"Not of the recordings in use, but of those it was trained on ({model.card.data.label}): "
        st.markdown(f"**{page.literal(f'{data}{what}, {report.scored:,} beats')}**")
    _headline(report)
    wide = width.main_column_px() >= width.NARROW_PX
    left, right = st.columns([5, 6], gap="large") if wide else (st.container(), st.container())
    with left:
        st.plotly_chart(
            confusion_figure(report.confusion, theme.palette(), "Beats, and share of the class"),
            theme=None, config=PLOTLY_CONFIG, key="classifier.confusion",
            alt=f"Confusion matrix: accuracy {percent(report.accuracy)}",
        )  # fmt: skip
    with right:
        _classes(report)
    for sentence in _said(report):
        st.caption(page.literal(sentence))
    _ec57(report)
    if model.kind == CLASSIFIER.kind and (here or part != VALIDATION):
        _curves(model, source, part)
    if report.by != GROUPS:
        _records(model, source, report)


def _headline(report: ClassReport) -> None:
    figures = report.figures()
    for cell, figure in zip(st.columns(len(figures)), figures, strict=True):
        with cell:
            st.metric(figure.name, figure.text)
            if figure.interval:
                st.caption(figure.interval_text)
    if report.intervals:
        st.caption(
            f"95 % intervals by bootstrap over {report.units}. Macro-F1: mean F1 of the classes, so rare ones count as "
            "much as N. Accuracy is high for anyone who always says N."
        )


def _classes(report: ClassReport) -> None:
    rows = []
    intervals = report.intervals.classes if report.intervals else {}
    for name, row in report.classes.items():
        texts = percent(row.sensitivity), percent(row.ppv), number(row.f1)
        bounds = intervals[name].f1 if name in intervals else None
        rows.append(
            {
                "Class": name,
                **dict(zip(CLASS_HEADINGS, texts if row.scored else ["not scored"] * 3, strict=True)),
                "F1, 95 %": f"{bounds[0]:.2f} to {bounds[1]:.2f}" if bounds else "–",
                "Beats": f"{row.support:,}",
                **({} if report.by == GROUPS else {report.units.capitalize(): str(row.records)}),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", alt="Figures by class")
    without = []
    for name, rest in report.without.items():
        f1 = {f"{key} F1": number(value) for key, value in rest.f1.items() if key != "N"}
        without.append({"Without record": name, "Macro-F1": number(rest.macro_f1), **f1})
    if without:
        st.dataframe(pd.DataFrame(without), hide_index=True, height="content", alt="Figures without single records")


def _said(report: ClassReport) -> list[str]:
    sentences = [report.note]
    if set(report.without) & set(DOMINANT_RECORDS):
        sentences.append(
            "Record 232 holds three of four S beats and 213 nine of ten F beats of DS2: those scores are mostly about "
            "one patient each, so the figures without them stand beside."
        )
    if report.absent:
        sentences.append(f"No beat of class {', '.join(report.absent)}: macro-F1 is the mean over the other classes.")
    few = [name for name, row in report.classes.items() if row.scored and 0 < row.records < FEWEST_RECORDS]
    if few and report.by != GROUPS:
        sentences.append(f"Class {', '.join(few)}: fewer than {FEWEST_RECORDS} {report.units} hold it.")
    left_out = ", ".join(f"{n:,} {name}" for name, n in report.left_out.items() if n)
    sentences.append(f"{report.label_map or 'Classes are the sub-folders'}. Not judged: {left_out or 'none'}.")
    sentences += [f"Record {name} is left out: {reason}" for name, reason in report.unreadable.items()]
    if report.evaluated:
        sentences.append(f"Judged {report.evaluated[:16].replace('T', ' ')} UTC.")
    return sentences


def _ec57(report: ClassReport) -> None:
    if not report.ec57:
        return
    rows = []
    for kind, statistics in report.ec57.items():
        gross, average = statistics.gross, statistics.average
        for name, rates, counts in (
            ("gross", gross, (gross.true_positives, gross.false_negatives, gross.false_positives, None)),
            ("average", average, (None, None, None, average.sensitivity_records)),
        ):
            rows.append(
                {
                    "Beats": kind,
                    "Statistics": name,
                    "Sensitivity": percent(rates.sensitivity),
                    "Positive predictivity": percent(rates.ppv),
                    "False positive rate": percent(rates.false_positive_rate),
                    **dict(zip(("Found", "Missed", "False", "Records"), map(_count, counts), strict=True)),
                }
            )
    with st.expander("EC57 statistics (VEB, SVEB)"):
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", alt="EC57 statistics")
        st.caption(
            "VEB: V against all others, where a fusion beat called V is neither rewarded nor punished. SVEB: S against "
            "all others. Gross: all beats together; average: mean over records. All 30 minutes are judged."
        )


def _curves(model: Model, source: DataSource, part: str) -> None:
    wide = width.main_column_px() >= width.NARROW_PX
    with st.expander("Calibration and precision-recall"):
        if not st.toggle("Draw them (classifies every beat)", key="classifier.curves"):
            return
        try:
            result = predictions(model, source, part).result
        except WorkbenchError as error:
            page.fail(error)
        names = [name for name, n in zip(result.classes, result.confusion.sum(axis=1), strict=True) if n >= 20]
        left, right = st.columns(2, gap="medium") if wide else (st.container(), st.container())
        with left:
            tables = {name: class_reliability(result, name) for name in names}
            st.plotly_chart(
                reliability_figure(tables, theme.palette(), "Reliability, each class"), theme=None,
                config=PLOTLY_CONFIG, key="classifier.reliability", alt="Said probability against the share that is so",
            )  # fmt: skip
        with right:
            roc = st.session_state.get("classifier.roc", False)
            curves = {name: result.curve(name, roc) for name in names}
            title = "ROC, each class against all others" if roc else "Precision-recall, each class against all others"
            st.plotly_chart(curves_figure(curves, theme.palette(), title, roc), theme=None, config=PLOTLY_CONFIG,
                            key="classifier.pr", alt=title)  # fmt: skip
            st.toggle("ROC instead", key="classifier.roc")
        report = kept_report(model, part)
        if report:
            _calibrated(report)


def _calibrated(report: ClassReport) -> None:
    errors = report.calibration
    each = ", ".join(f"{name} {percent(row.ece)}" for name, row in errors.classes.items() if row.ece is not None)
    sure = ", ".join(
        f"{name} {percent(row.sure_when_wrong)}"
        for name, row in errors.classes.items()
        if row.sure_when_wrong is not None
    )
    st.caption(
        f"Expected calibration error of the prediction {percent(errors.ece)}; of each class's probability: {each}. "
        f"Of the beats it gets wrong, the share it is more than 90 % sure of: {sure}."
    )


def _records(model: Model, source: DataSource, report: ClassReport) -> None:
    heading = report.units.removesuffix("s").capitalize()
    rows = []
    for record, row in report.records.items():
        line: dict[str, object] = {heading: record, "Beats": row.beats, "Wrong": row.wrong}
        line["Accuracy (%)"] = _hundred(row.accuracy)
        for name, figures in row.classes.items():
            if name not in USUAL:
                line[f"{name} beats"] = figures.support
                line[f"{name} Se (%)"] = _hundred(figures.sensitivity)
                line[f"{name} +P (%)"] = _hundred(figures.ppv)
        rows.append(line)
    table = pd.DataFrame(rows).sort_values("Wrong", ascending=False, ignore_index=True)
    st.subheader(f"{heading}s, most mistakes first", anchor=False)
    formats = {name: "%.1f" if name.endswith("(%)") else "localized" for name in table.columns[1:]}
    linked = report.units == "records" and set(report.records) <= set(source.records)
    shown_as: dict[str, Any] = {
        "hide_index": True,
        "height": 38 * min(len(table), 12) + 40,
        "alt": f"Figures of {len(table)} {report.units}",
        "column_config": {name: st.column_config.NumberColumn(format=text) for name, text in formats.items()},
    }
    chosen: list[int] = []
    if linked:
        event = st.dataframe(
            table, on_select="rerun", selection_mode="single-row", key="classifier.records", **shown_as
        )
        chosen = event["selection"]["rows"]
    else:
        st.dataframe(table, **shown_as)
    if chosen:
        shown = {"predict": model.id} if model.kind == CLASSIFIER.kind and report.split != VALIDATION else {}
        st.switch_page(RECORDS_PAGE, query_params={"record": str(table[heading][chosen[0]]), **shown})
    st.caption(
        "Se: sensitivity, +P: positive predictivity, none where nothing is to divide by."
        + (" Choose a row to open the record." if linked else "")
    )
    csv_button("Download the table (CSV)", table.assign(model=model.id, part=report.split),
               f"{model.id.replace('/', '-')}-{report.split}-{report.units}", report.simulated)  # fmt: skip


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _hundred(value: float | None) -> float | None:
    return None if value is None else 100 * value
