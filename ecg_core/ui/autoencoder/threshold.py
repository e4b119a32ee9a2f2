"""The Autoencoder page's main tab: the histogram, the threshold across it, and what it does."""

from collections.abc import Sequence

import streamlit as st

from ecg_core.evaluation.alarm_budget import AlarmBudget
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.text import number, percent
from ecg_core.ui.autoencoder.alarms import alarms_control
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.autoencoder.threshold_view import threshold_of, view
from ecg_core.ui.autoencoder.unclassified import unlabelled_panel
from ecg_core.ui.escape import literal
from ecg_core.ui.models import TEST
from ecg_core.ui.query import Query


@st.fragment
def threshold_panel(
    values: Query, scored: Scored, part: str, name: str, model: str, note: str, budgets: Sequence[AlarmBudget] = ()
) -> None:
    """The threshold's view and what must be known of it; a fragment, since letting the threshold go redraws this only.

    `note` is what a reader must know of the test records, `budgets` are thresholds that validation came to.
    """
    view(values, scored, name, f"{model.replace('/', '-')}-{part}")
    here = scored.detection.at(threshold_of(values, scored)).false_alarms_per_hour if part == TEST else None
    budget = alarms_control(values, budgets, here)
    values.write()
    own, threshold, unit = scored.detector.threshold_, threshold_of(values, scored), scored.detector.options.unit
    if values["threshold"] is not None and part == TEST and budget is None:
        st.warning(
            f"Moved from {own:.2f}, which validation set, to {threshold:.2f} while looking at test records: "
            "these figures no longer say what to expect of new patients.",
            icon=":material/info:",
        )
    elif budget is None:
        share = percent(scored.detector.options.quantile)
        st.caption(
            f"The default, {own:.2f}, comes from validation: {share} of its normal {unit} lie below. Nothing of the "
            f"test records entered. Each part of a score grows by 2.3 for each factor of ten in rarity among normal "
            f"{unit}."
        )
    if scored.report is not None:
        _supports(scored, scored.report)
    unlabelled_panel(scored, threshold, model)
    if note:
        st.caption(literal(note))


def _supports(scored: Scored, report: DetectionReport) -> None:
    """Intervals, what each part does alone, and what was not judged."""
    bounds = report.intervals.roc_auc
    interval = f" (95 % {bounds[0]:.3f} to {bounds[1]:.3f}, bootstrap over records)" if bounds else ""
    lines = [f"ROC AUC {number(report.roc_auc)}{interval}."]
    if set(scored.parts) == {"shape", "early"} and set(report.parts) >= {"shape", "early"}:
        shape, early = (number(report.parts[part].roc_auc) for part in ("shape", "early"))
        lines.append(
            "The score is a sum: **shape**, how badly the network draws the beat's QRS, and **early**, how premature "
            f"the beat is for its recording (no network in it). **What the network adds:** timing alone has ROC AUC "
            f"{early}, shape alone {shape}, both {number(report.roc_auc)}."
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
