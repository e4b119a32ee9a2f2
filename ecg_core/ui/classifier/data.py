"""What a classifier makes of beats, once for all sessions: reports, and predictions for the gallery of mistakes."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.classification import Classified
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.unseen import unseen_records
from ecg_core.runs.evaluation import evaluate_run
from ecg_core.runs.folder import open_run
from ecg_core.tasks.classifier import training
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import Encoder
from ecg_core.tasks.evaluation import evaluate_model, records_of
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.ui.autoencoder.scores import prepare
from ecg_core.ui.load import OF_SOURCE
from ecg_core.ui.models import OF_MODEL, Model


@dataclass(frozen=True)
class Predictions:
    """Every judged beat of a part with what the classifier says of it."""

    classifier: BeatClassifier = field(repr=False)
    beats: BeatSet = field(repr=False)
    encoder: Encoder = field(repr=False)
    result: Classified = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    """Rows of `beats` that `result` holds, in its order."""


def test_part(model: Model, source: DataSource) -> str:
    """What the records a model may be judged on are called: `DS2`, `test`, or `unseen` for chosen ones."""
    split = split_of(source.records, source.patients)
    return split.test_name if set(model.card.split.test) == set(split.test) else "unseen"


def can_judge(model: Model, source: DataSource) -> bool:
    """Whether the model classifies beats and there are records in use that it may be judged on."""
    return model.card.preparation is not None and bool(unjudged_records(model, source))


def unjudged_records(model: Model, source: DataSource) -> tuple[str, ...]:
    """Records in use that the model may be judged on; none if it was trained on all of them."""
    try:
        return unseen_records(model.card, source.records, source.patients)
    except ModelError:
        return ()


def kept_report(model: Model, part: str) -> ClassReport | None:
    """The report of a part that was judged before: of validation always, of others once somebody asked for it.

    Raises RunError if a run's report is damaged.
    """
    report = model.report(part)
    if report is None and not model.shipped:
        report = open_run(model.id).evaluations().get(part)
    return report if isinstance(report, ClassReport) else None


def judge(model: Model, source: DataSource, part: str) -> ClassReport:
    """Judge a model on records it has not seen, because somebody asked. A run keeps the report, with its time.

    Raises WorkbenchError where model and data cannot be used together.
    """
    if model.card.preparation:
        prepare(source, records_of(part, source, model.card), model.card.preparation.config)
    if model.shipped:
        return _judged_here(model, source, part)
    report = evaluate_run(open_run(model.id), source, part)
    assert isinstance(report, ClassReport)
    return report


@st.cache_resource(max_entries=8, show_spinner="Judging every beat", hash_funcs={**OF_MODEL, **OF_SOURCE})
def _judged_here(model: Model, source: DataSource, part: str) -> ClassReport:
    report = evaluate_model(model.folder, source, part)
    assert isinstance(report, ClassReport)
    return report


def predictions(model: Model, source: DataSource, part: str) -> Predictions:
    """Predictions for a beat classifier's validation or test records. Raises WorkbenchError as `judge`."""
    prepare(source, records_of(part, source, model.card), preparation_of(model.card).config)
    return _predictions(model, source, part)


@st.cache_resource(max_entries=3, show_spinner="Classifying every beat", hash_funcs={**OF_MODEL, **OF_SOURCE})
def _predictions(model: Model, source: DataSource, part: str) -> Predictions:
    made = training.predictions(model.folder, JudgedOn(source, records_of(part, source, model.card), part))
    encoder = Encoder(made.beats, made.classifier.options.rhythm)
    return Predictions(made.classifier, made.beats, encoder, made.result, made.rows)
