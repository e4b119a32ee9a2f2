"""Ways to the Review page from where beats are flagged, mistaken or read."""

import numpy as np
import streamlit as st

from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.models import TEST, Model
from ecg_core.ui.query import Query, by_widget

REVIEW_PAGE = "pages/6_Review.py"
SHIPPED_CLASSIFIER = "models/classifier"


def review_record(record: str) -> None:
    """From a recording that is read."""
    st.page_link(REVIEW_PAGE, label="Review this recording", icon=":material/fact_check:",
                 query_params={"record": record})  # fmt: skip


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


def review_mistakes(record: str, beat: int, model: str) -> None:
    """From a beat a classifier mistakes to all it calls otherwise in that record."""
    st.page_link(
        REVIEW_PAGE, label="Review all it calls otherwise there", icon=":material/fact_check:",
        query_params={"record": record, "rule": "differs", "order": "time", "predict": model, "beat": str(beat)},
    )  # fmt: skip


def compare_with_shipped(model: Model, values: Query) -> None:
    """From a model trained with corrections to what it was before, on patients neither has seen."""

    def compare() -> None:
        values["tab"], values["compare"], values["part"] = "Compare", [model.id, SHIPPED_CLASSIFIER], TEST
        by_widget()

    st.button("Compare it with the shipped classifier on unseen patients", icon=":material/compare:", on_click=compare,
              key="classifier.compare_corrected")  # fmt: skip
