"""What becomes of a review: a threshold of the recording's own, files to take away, the report, another training."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.labels import CORRECTED
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.reports.recording_files import recording_inputs
from ecg_core.reports.recording_report import recording_report
from ecg_core.reports.report_inputs import ReportInputs
from ecg_core.reports.reviewed import corrected_record, review_counts, with_families
from ecg_core.review.adapted_threshold import adapted_threshold
from ecg_core.ui import detect
from ecg_core.ui.query import Query
from ecg_core.ui.review import below
from ecg_core.ui.review.opening import Review

CLASSIFIER_PAGE, AUTOENCODER_PAGE = "pages/4_Classifier.py", "pages/5_Autoencoder.py"


def adaptation(review: Review, corrections: Corrections, state: Query) -> None:
    """A threshold of this recording's own, from what was decided, with its effect."""
    scores, asked = review.scores, review.queue.asked
    if scores is None or asked.rule != "flagged" or asked.high is not None:
        return
    found = adapted_threshold(scores, corrections, scores.threshold if asked.low is None else asked.low)
    if found is None or found.offered == found.now:
        return
    now, offered = found.now, found.offered
    st.markdown(
        f"**A threshold of its own?** By {found.decided} decisions {offered.threshold:.2f} fits this recording "
        f"better than {now.threshold:.2f}: {offered.flagged:,} beats flagged instead of {now.flagged:,}; of those "
        f"decided, {offered.false_alarms} false alarms instead of {now.false_alarms}, {offered.missed} abnormal missed "
        f"instead of {now.missed}. It says nothing of beats nobody has looked at."
    )

    def use() -> None:
        state["low"], state["beat"] = round(offered.threshold, 2), None

    if st.button("Use it for this queue", key="review.adapt", on_click=use):
        st.rerun()


def report(source: DataSource, review: Review, corrections: Corrections, state: Query) -> None:
    """The report of this recording, made when it is asked for."""
    stem = review.labelled.record.name.replace("/", "_")
    with st.container(horizontal=True):
        for ending, what in (("pdf", "Report (PDF, to scale)"), ("html", "Report (HTML)")):
            st.download_button(
                what, _made(source, review, corrections, state["predict"] or "", ending), f"{stem}.{ending}",
                on_click="ignore", icon=":material/summarize:", key=f"review.report.{ending}",
            )  # fmt: skip


def training(corrections: Corrections) -> None:
    """Where corrections go into a training, and models are compared."""
    if not any(one.before != one.after for one in corrections.standing().values()):
        return
    st.page_link(CLASSIFIER_PAGE, label="Train the classifier with them", icon=":material/model_training:",
                 query_params={"tab": "Train", "labels": CORRECTED})  # fmt: skip
    st.page_link(AUTOENCODER_PAGE, label="Train the autoencoder with them", icon=":material/model_training:",
                 query_params={"tab": "Train", "labels": CORRECTED})  # fmt: skip


def offer(source: DataSource, review: Review, corrections: Corrections, state: Query) -> None:
    """All of it; a report even before the first decision."""
    report(source, review, corrections, state)
    if corrections.standing():
        below.exports(review.labelled, corrections, review.seen)
        training(corrections)


def _made(source: DataSource, review: Review, corrections: Corrections, model: str, ending: str) -> Callable[[], bytes]:
    any_leads = detect.any_leads()  # a file is made outside of any session, which is asked here

    def make() -> bytes:
        try:
            inputs = _inputs(source, review, corrections, model, any_leads)
        except WorkbenchError:  # a model that has gone meanwhile, or does not fit: the rest can still be reported
            inputs = _inputs(source, review, corrections, "", any_leads)
        made = recording_report(inputs)
        from ecg_core.reports.recording_html import recording_html  # matplotlib takes a third of a second to import
        from ecg_core.reports.recording_pdf import recording_pdf

        if ending == "html":
            return recording_html(made, inputs.read_from).encode()
        return recording_pdf(made, inputs.read_from)

    return make


def _inputs(source: DataSource, review: Review, corrections: Corrections, model: str, any_leads: bool) -> ReportInputs:
    standing = bool(corrections.standing())
    layer = corrected_record(review.seen, corrections) if standing else None
    name = review.labelled.record.name
    inputs = recording_inputs(source, name, model, any_leads, layer)
    counts = review_counts(review.queue, corrections) if standing or len(review.queue) else None
    return with_families(replace(inputs, review=counts))
