"""Beats scored by an autoencoder, once for all sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.store import is_prepared, load_beats
from ecg_core.data.labels import MARKED
from ecg_core.data.sources import DataSource
from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.evaluation.threshold_positions import Positions, positions_of
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.unseen import unseen_records
from ecg_core.plots.detection import Histogram, histogram_of
from ecg_core.tasks.autoencoder import training
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector, Items
from ecg_core.tasks.autoencoder.report import ScoredItems
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.ui.load import OF_SOURCE
from ecg_core.ui.models import OF_MODEL, TEST, Model


@dataclass(frozen=True, eq=False)
class Scored:
    """A model's scores of one set of beats, with everything a threshold needs ready."""

    scores: ScoredItems = field(repr=False)
    report: DetectionReport | None = field(repr=False)
    """Every figure at the model's own threshold: the same computation as `evaluate`. None where no beat has a class."""
    histogram: Histogram = field(repr=False)
    positions: Positions = field(repr=False)
    """Every threshold that can be chosen, and what it flags."""
    roc: pd.DataFrame = field(repr=False)
    precision_recall: pd.DataFrame = field(repr=False)

    @property
    def detector(self) -> AutoencoderDetector:
        return self.scores.detector

    @property
    def items(self) -> Items:
        return self.scores.items

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """Rows of `items` that can be judged; scores and parts follow them."""
        return self.scores.rows

    @property
    def parts(self) -> Mapping[str, npt.NDArray[np.float64]]:
        return self.scores.parts

    @property
    def detection(self) -> Detection:
        return self.scores.detection


def scored(model: Model, source: DataSource, part: str, any_leads: bool = False) -> Scored:
    """Scores of the model's test records, or of its validation, in the data in use; with `any_leads` also of leads that
    it was not trained on.

    Raises WorkbenchError where the model or the data cannot be used together.
    """
    card = model.card
    records = unseen_records(card, source.records, source.patients) if part == TEST else card.split.train
    prepare(source, records, preparation_of(card).config)
    return _scored(model, source, tuple(records), part, any_leads)


def scored_records(model: Model, source: DataSource, records: tuple[str, ...]) -> Scored:
    """Scores of a few records only: quick on a cold start."""
    return _scored(model, source, records, TEST, any_leads=False)


def prepare(source: DataSource, records: tuple[str, ...], config: BeatConfig) -> None:
    """Prepare the beats of some records if nobody has yet, showing how far it is."""
    once = _preparation(source, records, config)
    once.done = once.done or is_prepared(source.folder, records, config, MARKED)
    if once.done:
        return
    bar = st.progress(0.0, "Preparing the beats of these records. This happens once.")

    def show(done: int, of: int) -> None:
        bar.progress(done / of, f"Preparing beats: record {done} of {of}. This happens once.")

    load_beats(source.folder, records, config, show, MARKED)
    bar.empty()
    once.done = True


@dataclass
class _Preparation:
    """Whether the beats of some records were seen to be prepared: asking 22 records anew takes 10 ms of every run."""

    source: DataSource
    records: tuple[str, ...]
    config: BeatConfig
    done: bool = False


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs={**OF_SOURCE, BeatConfig: lambda config: config.hash})
def _preparation(source: DataSource, records: tuple[str, ...], config: BeatConfig) -> _Preparation:
    return _Preparation(source, records, config)


@st.cache_resource(max_entries=4, show_spinner="Scoring every beat", hash_funcs={**OF_MODEL, **OF_SOURCE})
def _scored(model: Model, source: DataSource, records: tuple[str, ...], part: str, any_leads: bool) -> Scored:
    scores = training.scored(model.folder, JudgedOn(source, records, part, any_leads))
    report = scores.report() if scores.detection.counted.any() else None
    histogram = histogram_of(scores.detection)
    both = report is not None and report.roc_auc is not None
    return Scored(
        scores,
        report,
        histogram,
        positions_of(scores.detection, scores.detector.threshold_, float(histogram.edges[-1])),
        scores.detection.roc() if both else pd.DataFrame(columns=["false_positive_rate", "sensitivity"]),
        scores.detection.precision_recall() if both else pd.DataFrame(columns=["sensitivity", "positive_predictivity"]),
    )
