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
from ecg_core.plots.classification import curves_figure, reliability_figure
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.text import number, percent
from ecg_core.ui import page, terms, theme, width
from ecg_core.ui.chart import chart
from ecg_core.ui.charts.matrix import confusion_matrix
from ecg_core.ui.classifier.data import (
    data_name,
    judge,
    kept_report,
    predictions,
    test_words,
    unjudged_records,
)
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query, by_widget
from ecg_core.ui.rows import key_of_rows

RECORDS_PAGE = "pages/1_Records.py"
CLASS_HEADINGS = ("Sensitivity", "Positive predictivity", "F1")
HELP = {name: terms.meaning(name) for name in (*CLASS_HEADINGS, "Macro-F1", "Interval")}
OF_CLASSES = terms.meanings("N", "S", "V", "F", "Q", "Se", "+P", "F1", "Interval")
SHORT = {"Positive predictivity": "+P"}


def report_of(model: Model, source: DataSource, part: str) -> ClassReport | None:
    """The report of a part: kept, or made now because its button was pressed; None as long as nobody has asked, or it
    is being made."""
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
            f"Not judged on test records yet ({n} that it was not trained on). Use this once, at the end, and choose "
            "by validation. The run notes when it was judged."
        )
        if not st.button("Judge on test records", type="primary", icon=":material/gavel:", key="classifier.judge"):
            return None
        st.session_state[asked] = True
    try:
        return judge(model, source, part)
    except WorkbenchError as error:
        page.fail(error)


def result_tab(model: Model, source: DataSource, part: str, report: ClassReport, values: Query) -> None:
    """Everything about one model on one part: the verdict and the confusion matrix, then details, folded."""
    here = trained_here(model.card, source.records)
    other = part == VALIDATION and not here and model.card.preparation
    whose = f"**On {page.literal(data_name(model))}, not the recordings in use:** " if other else ""
    st.markdown(whose + page.literal(verdict(report)))
    st.caption(page.literal(_of_what(model, part, report, here)))
    wide = width.main_column_px() >= width.NARROW_PX
    left, right = st.columns([5, 6] if wide else [5, 3], gap="medium")
    drawn_from = model.kind == CLASSIFIER.kind and (here or part != VALIDATION)
    with left:
        _confusion(model, report, values, drawn_from)
    with right:
        _headline(report)
    with right if wide else st.container():
        _classes(report)
    if report.note:
        st.caption(page.literal(report.note))
    if report.by != GROUPS:
        _records(model, source, report)
    if drawn_from:
        _curves(model, source, part)
    _details(report)


def verdict(report: ClassReport) -> str:
    """What it finds of each class but the usual one, and how often it is right where it says so."""
    rows = {name: row for name, row in report.classes.items() if row.scored and row.support and name not in USUAL}
    if not rows:
        return f"**{percent(report.accuracy)} of the beats are named right.**"
    found = _listed([f"{percent(row.sensitivity)} of {name}" for name, row in rows.items()])
    called = {name: row for name, row in rows.items() if row.ppv is not None}
    right = _listed([f"{name} {percent(row.ppv)}" for name, row in called.items()])
    things = "beats" if report.ec57 or set(rows) <= {"S", "V", "F", "Q", "abnormal"} else "images"
    return f"**It finds {found} {things}.**" + (f" Of those it calls so, right are: {right}." if right else "")


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _of_what(model: Model, part: str, report: ClassReport, here: bool) -> str:
    """Whose figures these are, in a line."""
    n = len(report.records)
    if not model.card.preparation:
        return f"{report.scored:,} images"
    what = (
        f"Validation: {n} training records, each left out in turn" if part == VALIDATION
        else f"{test_words(part, n)}: {n} records that it was not trained on"
    )  # fmt: skip
    data = "SIMULATED. " if report.simulated else ""
    if part == VALIDATION and not here:
        what += f", of {model.card.data.label}"
    return f"{data}{what}, {report.scored:,} beats."


def _confusion(model: Model, report: ClassReport, values: Query, clickable: bool) -> None:
    def open_cell(cell: str) -> None:
        values["cell"], values["tab"] = cell, "Mistakes"
        by_widget()

    confusion_matrix(
        report.confusion, theme.palette(),
        "Click a cell to see its beats" if clickable else "Beats, and share of the class",
        key="classifier.confusion", alt=f"Confusion matrix: accuracy {percent(report.accuracy)}",
        file=f"{model.id.replace('/', '-')}-{report.split}-confusion{'_SIMULATED' if report.simulated else ''}",
        on_choose=open_cell if clickable else None,
    )  # fmt: skip


def _headline(report: ClassReport) -> None:
    with st.container(horizontal=True, gap="medium"):
        for figure in report.figures()[:2]:
            help_text = HELP["Macro-F1"] if figure.name == "Macro-F1" else (
                "Beats named right. High for anyone who always says N."
            )  # fmt: skip
            with st.container(width=190, gap=None):
                st.metric(figure.name, figure.text, help=help_text)
                if figure.interval:
                    st.caption(figure.interval_text, help=HELP["Interval"])


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
    st.caption("Class by class", help=OF_CLASSES)
    # no dataframe: that takes a browser a quarter of a second longer, and nobody sorts four rows
    st.table(pd.DataFrame(rows).rename(columns=SHORT), hide_index=True, border="horizontal", alt="Figures by class")
    without = []
    for name, rest in report.without.items():
        f1 = {f"{key} F1": number(value) for key, value in rest.f1.items() if key != "N"}
        without.append({"Without record": name, "Macro-F1": number(rest.macro_f1), **f1})
    if without:
        st.table(pd.DataFrame(without), hide_index=True, border="horizontal", alt="Figures without single records")


@st.fragment
def _details(report: ClassReport) -> None:
    fold = st.expander("What was judged, and EC57 statistics", key="classifier.details", on_change="rerun")
    if not fold.open:
        return
    with fold:
        for sentence in _said(report):
            st.caption(page.literal(sentence))
        _ec57(report)


def _said(report: ClassReport) -> list[str]:
    sentences = []
    if report.intervals:
        sentences.append(
            f"95 % intervals by bootstrap over {report.units}. Macro-F1: mean F1 of the classes, so rare ones count as "
            "much as N. Accuracy is high for anyone who always says N."
        )
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
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        alt="EC57 statistics",
        column_config={name: st.column_config.Column(help=HELP[name]) for name in CLASS_HEADINGS[:2]},
    )
    st.caption(
        "EC57: the standard's own statistics. VEB: V against all others, where a fusion beat called V is neither "
        "rewarded nor punished. SVEB: S against all others. Gross: all beats together; average: mean over records. All "
        "30 minutes are judged."
    )


@st.fragment
def _curves(model: Model, source: DataSource, part: str) -> None:
    wide = width.main_column_px() >= width.NARROW_PX
    fold = st.expander("Calibration and precision-recall", key="classifier.curves", on_change="rerun")
    if not fold.open:
        return
    with fold:
        try:
            made = predictions(model, source, part)
        except WorkbenchError as error:
            page.fail(error)
        if made is None:
            return
        result = made.result
        names = [name for name, n in zip(result.classes, result.confusion.sum(axis=1), strict=True) if n >= 20]
        left, right = st.columns(2, gap="medium") if wide else (st.container(), st.container())
        with left:
            tables = {name: class_reliability(result, name) for name in names}
            chart(
                reliability_figure(tables, theme.palette(), "Reliability, each class"), key="classifier.reliability",
                alt="Said probability against the share that is so",
            )  # fmt: skip
        with right:
            roc = st.session_state.get("classifier.roc", False)
            curves = {name: result.curve(name, roc) for name in names}
            title = "ROC, each class against all others" if roc else "Precision-recall, each class against all others"
            chart(curves_figure(curves, theme.palette(), title, roc),
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


@st.fragment
def _records(model: Model, source: DataSource, report: ClassReport) -> None:
    heading = report.units.removesuffix("s").capitalize()
    fold = st.expander(f"{heading}s, most mistakes first", key="classifier.by_record", on_change="rerun")
    if fold.open:
        with fold:
            _record_table(model, source, report, heading)


def _record_table(model: Model, source: DataSource, report: ClassReport, heading: str) -> None:
    rows = []
    for record, row in report.records.items():
        line: dict[str, object] = {heading: record, "Beats": row.beats, "Wrong": row.wrong}
        # cut off, not rounded: with a beat wrong it is not 100
        line["Accuracy (%)"] = None if row.accuracy is None else 10_000 * (row.beats - row.wrong) // row.beats / 100
        for name, figures in row.classes.items():
            if name not in USUAL:
                line[f"{name} beats"] = figures.support
                line[f"{name} Se (%)"] = _hundred(figures.sensitivity)
                line[f"{name} +P (%)"] = _hundred(figures.ppv)
        rows.append(line)
    table = pd.DataFrame(rows).sort_values("Wrong", ascending=False, ignore_index=True)
    formats = {name: "%.1f" if name.endswith("(%)") else "localized" for name in table.columns[1:]}
    formats["Accuracy (%)"] = "%.2f"
    linked = report.units == "records" and set(report.records) <= set(source.records)
    shown_as: dict[str, Any] = {
        "hide_index": True,
        "height": 38 * min(len(table), 12) + 40,
        "alt": f"Figures of {len(table)} {report.units}",
        "placeholder": "–",
        "column_config": {
            name: st.column_config.NumberColumn(format=text, help=_help(name)) for name, text in formats.items()
        },
    }
    chosen: list[int] = []
    if linked:
        key = key_of_rows("classifier.records", table[heading])
        event = st.dataframe(table, on_select="rerun", selection_mode="single-row", key=key, **shown_as)
        chosen = event["selection"]["rows"]
    else:
        st.dataframe(table, **shown_as)
    if chosen:
        shown = {"predict": model.id} if model.kind == CLASSIFIER.kind and report.split != VALIDATION else {}
        st.switch_page(RECORDS_PAGE, query_params={"record": str(table[heading][chosen[0]]), **shown})
    st.caption(
        "Se: sensitivity, +P: positive predictivity, a dash where nothing is to divide by."
        + (" Choose a row to open the record." if linked else "")
    )
    csv_button("Download the table (CSV)", table.assign(model=model.id, part=report.split),
               f"{model.id.replace('/', '-')}-{report.split}-{report.units}", report.simulated)  # fmt: skip


def _help(column: str) -> str | None:
    """What the abbreviations in a column's name mean."""
    words = [word for word in column.split() if word in ("S", "V", "F", "Se", "+P")]
    return terms.meanings(*words) if words else None


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _hundred(value: float | None) -> float | None:
    return None if value is None else 100 * value
