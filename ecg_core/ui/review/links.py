"""Ways to the Review page from where beats are flagged, mistaken or read."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.data.corrections import log
from ecg_core.errors import DataError
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.escape import literal
from ecg_core.ui.models import TEST, Model
from ecg_core.ui.query import Query, by_widget

REVIEW_PAGE = "pages/6_Review.py"
SHIPPED_CLASSIFIER = "models/classifier"


def review_record(record: str, beat: int | None, beat_class: str | None) -> None:
    """From a recording that is read, at the beat that is marked."""
    asked = {"record": record}
    if beat is not None and beat_class is not None:
        asked |= {"rule": "class", "class": beat_class, "order": "time", "beat": str(beat)}
    st.page_link(REVIEW_PAGE, label="Review this recording", icon=":material/fact_check:", query_params=asked)


def corrections_note(folder: Path, record: str) -> None:
    """Says on other pages that people have corrected a recording, whose reference they show."""
    try:
        found = log.read(log.log_file(folder, record)) if log.reviewed_records(folder, [record]) else None
    except DataError as error:
        st.warning(literal(str(error)))
        return
    if found is not None and found.standing():
        n = sum(one.before != one.after for one in found.standing().values())
        people = ", ".join(name or "somebody" for name in found.people)
        st.caption(literal(f"Reviewed by {people}: {n:,} labels corrected on the Review page. Here: the reference."))


def review_flagged(scored: Scored, threshold: float, model: str) -> None:
    """From a threshold to all it flags, and to the bar of the histogram that it stands in; each in the record that has
    most of these beats."""
    score, edges = scored.detection.score, scored.histogram.edges
    bar = int(np.clip(np.searchsorted(edges, threshold, side="right") - 1, 0, len(edges) - 2))
    low, high = float(edges[bar]), float(edges[bar + 1])
    with st.container(horizontal=True):
        _queue_link(scored, score >= threshold, "Review the flagged beats", {"low": f"{threshold:.2f}"}, model)
        if bar < len(edges) - 2:  # the last bar holds all that lie beyond
            said = f"Review this bar, {low:.2f} to {high:.2f}"
            _queue_link(
                scored, (score >= low) & (score < high), said, {"low": f"{low:.3f}", "high": f"{high:.3f}"}, model
            )


def _queue_link(scored: Scored, which: npt.NDArray[np.bool_], label: str, asked: dict[str, str], model: str) -> None:
    names, counts = np.unique(scored.detection.record[which], return_counts=True)
    if len(names):
        most = str(names[np.argmax(counts)])
        st.page_link(REVIEW_PAGE, label=f"{label}, record {most} first", icon=":material/fact_check:",
                     query_params={"record": most, "rule": "flagged", "score": model, **asked})  # fmt: skip


def review_mistakes(record: str, beat: int, beat_class: str, model: str | None) -> None:
    """From a beat a classifier mistakes to all it calls otherwise in that record; to the beats of its class, where the
    `model` was trained on it and agrees by now (None)."""
    asked = {"record": record, "order": "time", "beat": str(beat)}
    asked |= {"rule": "differs", "predict": model} if model else {"rule": "class", "class": beat_class}
    st.page_link(REVIEW_PAGE, label="Review this record from here", icon=":material/fact_check:", query_params=asked)


def compare_with_shipped(model: Model, values: Query) -> None:
    """From a model trained with corrections to what it was before, on patients neither has seen."""

    def compare() -> None:
        values["tab"], values["compare"], values["part"] = "Compare", [model.id, SHIPPED_CLASSIFIER], TEST
        by_widget()

    st.button("Compare it with the shipped classifier on unseen patients", icon=":material/compare:", on_click=compare,
              key="classifier.compare_corrected")  # fmt: skip
