"""Ways to the Review page from where beats are flagged, mistaken or read."""

from pathlib import Path

import numpy as np
import streamlit as st

from ecg_core.data.corrections import log
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
    found = log.read(log.log_file(folder, record)) if log.reviewed_records(folder, [record]) else None
    if found is not None and found.standing():
        n = sum(one.before != one.after for one in found.standing().values())
        people = ", ".join(name or "somebody" for name in found.people)
        st.caption(literal(f"Reviewed by {people}: {n:,} labels corrected on the Review page. Here: the reference."))


def review_flagged(scored: Scored, threshold: float, model: str) -> None:
    """From a threshold to the queue of the record in which it flags most."""
    detection = scored.detection
    names, counts = np.unique(detection.record[detection.score >= threshold], return_counts=True)
    if not len(names):
        return
    most = str(names[np.argmax(counts)])
    st.page_link(
        REVIEW_PAGE, label=f"Review the flagged beats, record {most} first", icon=":material/fact_check:",
        query_params={"record": most, "rule": "flagged", "low": f"{threshold:.2f}", "score": model},
    )  # fmt: skip


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
