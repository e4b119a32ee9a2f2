"""What a classifier makes of beats, once for all sessions: reports, and predictions for the gallery of mistakes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.beats.store import load_beats
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.evaluation.classification import Classified
from ecg_core.files import read_json
from ecg_core.learning.model_folder import config_of
from ecg_core.runs.folder import open_run
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import Encoder
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.report import check_card, classified
from ecg_core.tasks.registry import evaluate_model, evaluate_run, records_of
from ecg_core.ui.autoencoder.scores import data_stamp, prepare
from ecg_core.ui.models import Model

VALIDATION, TEST = "validation", "test"


@dataclass(frozen=True)
class Predictions:
    """Every judged beat of a part with what the classifier says of it."""

    classifier: BeatClassifier = field(repr=False)
    beats: BeatSet = field(repr=False)
    encoder: Encoder = field(repr=False)
    found: Classified = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    """Rows of `beats` that `found` holds, in its order."""


def test_part(model: Model, source: DataSource) -> str:
    """What the records a model may be judged on are called: `DS2`, `test`, or `unseen` for chosen ones."""
    split = split_of(source.records)
    return split.test_name if set(model.card["split"]["test"]) == set(split.test) else "unseen"


def can_judge(model: Model, source: DataSource) -> bool:
    """Whether the model classifies beats and its test records are in the data in use."""
    return "preprocessing" in model.card and bool(set(model.card["split"]["test"]) & set(source.records))


def kept_report(model: Model, part: str) -> dict[str, Any] | None:
    """The report of a part that was judged before: of validation always, of others once somebody asked for it."""
    found: dict[str, Any] | None = model.card["figures"].get(part)
    if found is None and not model.shipped:
        path = model.folder / "evaluations" / f"{part}.json"
        found = read_json(path) if path.is_file() else None
    return found


def judge(model: Model, source: DataSource, part: str) -> dict[str, Any]:
    """Judge a model on records it has not seen, because somebody asked. A run keeps the report, with its time.

    Raises WorkbenchError where model and data cannot be used together.
    """
    if "preprocessing" in model.card:
        prepare(source, config_of(model.card))
    if model.shipped:
        return _judged_here(str(model.folder), model.stamp, source, part, data_stamp(source.folder))
    return evaluate_run(open_run(model.id), source, part)


@st.cache_resource(max_entries=8, show_spinner="Judging every beat")
def _judged_here(
    folder: str,
    stamp: int,  # noqa: ARG001
    source: DataSource,
    part: str,
    data: tuple[int, int],  # noqa: ARG001
) -> dict[str, Any]:
    return evaluate_model(Path(folder), source, part)


def predictions(model: Model, source: DataSource, part: str) -> Predictions:
    """Predictions for a beat classifier's validation or test records. Raises WorkbenchError as `judge`."""
    prepare(source, config_of(model.card))
    return _predictions(str(model.folder), model.stamp, source, part, data_stamp(source.folder))


@st.cache_resource(max_entries=3, show_spinner="Classifying every beat")
def _predictions(
    folder: str,
    stamp: int,  # noqa: ARG001
    source: DataSource,
    part: str,
    data: tuple[int, int],  # noqa: ARG001
) -> Predictions:
    classifier, card = load_classifier(Path(folder))
    beats = load_beats(source.folder, source.records, config_of(card)).only(records_of(part, source, card))
    probability = None
    if part == VALIDATION:
        probability = classifier.validation_probability_
        if len(probability) != len(beats) or beats.data_hash != card["data"]["data_hash"]:
            raise RunError("The validation belongs to the data the model was trained on, which are not in use now.")
    else:
        check_card(card, beats)
    found, rows = classified(classifier, beats, probability)
    return Predictions(classifier, beats, Encoder(beats, classifier.options.rhythm), found, rows)
