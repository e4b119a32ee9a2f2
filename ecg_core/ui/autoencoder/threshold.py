"""The Autoencoder page's main tab: the histogram, the threshold across it, and what it does."""

import pandas as pd
import streamlit as st

from ecg_core.beats.classes import CLASS_NAMES
from ecg_core.evaluation.detection import OperatingPoint
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.plots.detection import histogram_figure, pr_figure, roc_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.text import number, percent
from ecg_core.ui import theme
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.escape import literal
from ecg_core.ui.models import TEST
from ecg_core.ui.query import Query

STEP = 0.05
CELL_PX = 148  # six beside each other on a wide screen, three on a narrow one


def threshold_of(values: Query, scored: Scored) -> float:
    """The threshold in use: the address's or slider's, else the model's own, within the slider's range.

    Where the slider, which has two decimals, stands at the model's own, that is meant to the last decimal.
    """
    own, chosen = scored.detector.threshold_, values["threshold"]
    top = round(float(scored.histogram.edges[-1]), 2)
    value = min(max(own if chosen is None else float(chosen), 0.0), top)
    return own if round(value, 2) == round(own, 2) else value


@st.fragment
def threshold_panel(values: Query, scored: Scored, part: str, name: str) -> None:
    """Histogram, slider and figures; a fragment, so that moving the slider redraws nothing else."""
    own = round(scored.detector.threshold_, 2)
    detection, unit = scored.detection, scored.detector.options.unit
    box = st.container()  # the histogram stands above the slider, but needs its value
    threshold = threshold_of(values, scored)
    st.session_state["threshold.slider"] = round(threshold, 2)
    st.slider(
        "Threshold",
        0.0,
        round(float(scored.histogram.edges[-1]), 2),
        step=STEP,
        key="threshold.slider",
        on_change=take,
        args=(values,),
        format="%.2f",
        help=f"{unit.capitalize()} that score at least this much are flagged.",
    )
    point = detection.at(threshold)
    moved = abs(threshold - own) > STEP / 2 + 1e-9
    _figures(point, unit)
    with st.container(horizontal=True, vertical_alignment="center"):
        density = st.toggle(
            "Same area for every class", True, key="threshold.density", help="Off: numbers of beats, rare classes low."
        )
        log = st.toggle("Logarithmic", False, key="threshold.log")
        if moved:
            st.button("Back to the default", on_click=_reset, args=(values,), key="threshold.reset")
    if moved and part == TEST:
        st.warning(
            f"Moved from {own:.2f}, which validation set, to {threshold:.2f} while looking at test records: "
            "these figures no longer say what to expect of new patients.",
            icon=":material/info:",
        )
    else:
        share = percent(scored.detector.options.quantile)
        st.caption(
            f"The default, {own:.2f}, comes from validation: {share} of its normal {unit} lie below. Nothing of the "
            "test records entered. A score of 0 is ordinary; each part of it grows by 2.3 when normal "
            f"{unit} as odd as that get ten times rarer."
        )
    missed = point.abnormal - point.true_positives
    title = f"{name}: {percent(point.sensitivity)} of abnormal {unit} flagged, {missed:,} missed"
    with box:
        st.plotly_chart(
            histogram_figure(scored.histogram, threshold, theme.palette(), title=title, density=density, log=log),
            theme=None,
            config=PLOTLY_CONFIG,
            key="threshold.histogram",
            alt=f"Histogram of abnormality scores by class with the threshold at {threshold:.2f}. {title}",
        )
    values.write()
    if scored.report is not None:
        if scored.report.roc_auc is not None:
            _curves(scored, scored.report, point)
        _class_table(scored, threshold)
        _supports(scored, scored.report)


def _supports(scored: Scored, report: DetectionReport) -> None:
    """Intervals, what each part does alone, and what was not judged."""
    bounds = report.intervals.roc_auc
    interval = f" (95 % {bounds[0]:.3f} to {bounds[1]:.3f}, bootstrap over records)" if bounds else ""
    alone = ", ".join(f"{part} alone {number(areas.roc_auc)}" for part, areas in report.parts.items())
    lines = [f"ROC AUC {number(report.roc_auc)}{interval}."]
    if len(scored.parts) > 1:
        lines.append(
            "The score is a sum: **shape**, how badly the network draws the beat's QRS, and **early**, how premature "
            f"the beat is for its recording (no network in it). ROC AUC {alone}."
        )
    if any(report.left_out.values()):
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in report.left_out.items() if n)
        lines.append(f"Not judged: {reasons}.")
    lines += [f"Record {name} is left out: {reason}" for name, reason in report.unreadable.items()]
    if not scored.detection.complete:
        lines.append(
            "Windows are a balanced choice, not all of a recording: positive predictivity and F1 hold for that balance "
            "only, and no rate per hour can be given."
        )
    st.markdown(literal(" ".join(lines)))


def _curves(scored: Scored, report: DetectionReport, point: OperatingPoint) -> None:
    left, right = st.columns(2)
    figure = roc_figure(scored.roc, point, report.roc_auc, theme.palette())
    alt = f"ROC curve, area {number(report.roc_auc)}, with the operating point"
    left.plotly_chart(figure, theme=None, config=PLOTLY_CONFIG, key="threshold.roc", alt=alt)
    figure = pr_figure(scored.precision_recall, point, report.average_precision, theme.palette())
    alt = f"Precision-recall curve, average {number(report.average_precision)}, with the operating point"
    right.plotly_chart(figure, theme=None, config=PLOTLY_CONFIG, key="threshold.pr", alt=alt)


def _figures(point: OperatingPoint, unit: str) -> None:
    normal_below = point.normal - point.false_positives
    cells = (
        ("Sensitivity", percent(point.sensitivity), f"{point.true_positives:,} of {point.abnormal:,} abnormal"),
        ("Specificity", percent(point.specificity), f"{normal_below:,} of {point.normal:,} normal"),
        (
            "Positive predictivity",
            percent(point.positive_predictivity),
            f"{point.true_positives:,} of {point.flagged:,}",
        ),
        ("F1", percent(point.f1), "of sensitivity and +P"),
        (
            "False alarms per hour",
            number(point.false_alarms_per_hour, 1),
            f"over {point.hours:.1f} h" if point.hours else "not for windows",
        ),
        ("Flagged", f"{point.flagged:,}", f"{unit} of N, S, V, F"),
    )
    with st.container(horizontal=True):
        for label, value, support in cells:
            with st.container(width=CELL_PX, gap=None):
                st.metric(label, value)
                st.caption(support)


def _class_table(scored: Scored, threshold: float) -> None:
    rows = {name: row for name, row in scored.detection.by_class(threshold).items() if row.beats}
    shown = pd.DataFrame(
        {
            "Class": [f"{name}, {CLASS_NAMES[name].lower()}" for name in rows],
            "Flagged": [percent(row.flagged_share) for row in rows.values()],
            "Of": [row.beats for row in rows.values()],
            "Records": [row.records for row in rows.values()],
            "ROC AUC": [number(row.roc_auc) for row in rows.values()],
        }
    )
    help_texts = {
        "Of": f"{scored.detector.options.unit.capitalize()} of the class",
        "Records": "Records that hold the class",
        "ROC AUC": "Area under the ROC curve of this class against N",
    }
    columns = {name: st.column_config.Column(help=text) for name, text in help_texts.items()}
    columns["Of"] = st.column_config.NumberColumn(help=help_texts["Of"], format="localized")
    st.dataframe(
        shown,
        hide_index=True,
        alt="Share flagged and ROC AUC of each class",
        height="content",
        column_config=columns,
    )
    st.caption("Q is shown, but counts neither as normal nor as abnormal.")


def take(values: Query) -> None:
    values["threshold"] = round(float(st.session_state["threshold.slider"]), 2)


def _reset(values: Query) -> None:
    values["threshold"] = None
