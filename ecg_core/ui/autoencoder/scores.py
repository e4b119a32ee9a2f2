"""Beats scored by a model, once for all sessions."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.store import is_prepared, load_beats
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.evaluation.bootstrap import detection_intervals
from ecg_core.evaluation.detection import Detection
from ecg_core.learning.model_folder import config_of
from ecg_core.plots.detection import Histogram, histogram_of
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector, Items
from ecg_core.tasks.autoencoder.model import load_detector
from ecg_core.tasks.autoencoder.report import detection_of, load_items, used_rows
from ecg_core.tasks.registry import unseen_records
from ecg_core.ui.models import Model

TEST, VALIDATION = "test", "validation"


@dataclass(frozen=True)
class Scored:
    """A model's scores of one set of beats, with everything a threshold needs ready."""

    detector: AutoencoderDetector = field(repr=False)
    items: Items = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    """Rows of `items` that can be judged; the arrays below follow them."""
    parts: dict[str, npt.NDArray[np.float64]] = field(repr=False)
    detection: Detection = field(repr=False)
    histogram: Histogram = field(repr=False)
    roc: pd.DataFrame = field(repr=False)
    precision_recall: pd.DataFrame = field(repr=False)
    roc_auc: float | None
    average_precision: float | None
    intervals: dict[str, tuple[float, float] | None]
    """95 % intervals of ROC AUC and average precision, by bootstrap over records."""
    part_auc: dict[str, float | None]
    """Part of the score -> ROC AUC of that part alone."""
    left_out: dict[str, int]
    """Reason -> beats that were not judged."""


def scored(model: Model, source: DataSource, part: str) -> Scored:
    """Scores of the model's test records, or of its validation, in the data in use.

    Raises WorkbenchError where the model or the data cannot be used together.
    """
    records = unseen_records(source, model.card) if part == TEST else tuple(model.card["split"]["train"])
    prepare(source, config_of(model.card))
    return _scored(str(model.folder), model.stamp, source, records, part, data_stamp(source.folder))


def scored_records(model: Model, source: DataSource, records: tuple[str, ...]) -> Scored:
    """Scores of a few records only, prepared on their own: quick on a cold start."""
    alone = DataSource(source.kind, source.folder, records, source.simulated)
    return _scored(str(model.folder), model.stamp, alone, records, TEST, data_stamp(source.folder))


def prepare(source: DataSource, config: BeatConfig) -> None:
    """Prepare the beats of the data in use if nobody has yet, showing how far it is."""
    if is_prepared(source.folder, source.records, config):
        return
    bar = st.progress(0.0, "Preparing the beats of all records. This happens once.")

    def show(done: int, of: int) -> None:
        bar.progress(done / of, f"Preparing beats: record {done} of {of}. This happens once.")

    load_beats(source.folder, source.records, config, show)
    bar.empty()


def has_validation(model: Model, source: DataSource) -> bool:
    """Whether the model's own training data are the data in use, so that its validation can be shown."""
    return set(model.card["split"]["train"]) <= set(source.records)


@st.cache_resource(max_entries=4, show_spinner="Scoring every beat")
def _scored(
    folder: str,
    stamp: int,  # noqa: ARG001
    source: DataSource,
    records: tuple[str, ...],
    part: str,
    data: tuple[int, int],  # noqa: ARG001
) -> Scored:
    detector, card = load_detector(Path(folder))
    beats, items = load_items(source.folder, records, source.records, detector.options, card)
    error = None
    if part == VALIDATION:
        error = detector.validation_error_
        if len(error) != len(items) or beats.data_hash != card["data"]["data_hash"]:
            raise RunError(
                "The validation scores belong to the data the model was trained on, which are not in use now."
            )
    parts = detector.score_parts(items, error)
    total: npt.NDArray[np.float64] = np.sum(list(parts.values()), axis=0)
    detection = detection_of(items, total)
    rows = used_rows(items)
    both = detection.roc_auc() is not None
    reasons = items.table["excluded"]
    return Scored(
        detector=detector,
        items=items,
        rows=rows,
        parts={name: values[rows] for name, values in parts.items()},
        detection=detection,
        histogram=histogram_of(detection),
        roc=detection.roc() if both else pd.DataFrame(columns=["false_positive_rate", "sensitivity"]),
        precision_recall=detection.precision_recall()
        if both
        else pd.DataFrame(columns=["sensitivity", "positive_predictivity"]),
        roc_auc=detection.roc_auc(),
        average_precision=detection.average_precision(),
        intervals=detection_intervals(detection),
        part_auc={part: detection_of(items, values).roc_auc() for part, values in parts.items()},
        left_out={str(reason): int(n) for reason, n in reasons[reasons != ""].value_counts().items()},
    )


def data_stamp(folder: Path) -> tuple[int, int]:
    """Number of files and latest change: enough to notice that recordings were replaced."""
    times = [path.stat().st_mtime_ns for path in folder.iterdir() if path.suffix in (".hea", ".dat", ".atr")]
    return len(times), max(times, default=0)
