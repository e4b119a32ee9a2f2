"""What models say of one recording, for a queue made without a page."""

from pathlib import Path

from ecg_core import workspace
from ecg_core.beats.families import families
from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.beats.marked import layer_of
from ecg_core.data.labels import DETECTED, LabelLayer
from ecg_core.data.layers import kept_layer
from ecg_core.data.reader import read_record
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError
from ecg_core.review.beat_scores import BeatScores, beat_scores
from ecg_core.review.groups import groups_of
from ecg_core.review.queue import Given, Rule, seen_labels
from ecg_core.tasks.autoencoder import training
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.classifier.predicting import predict_record
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.workspace import MODELS

SHIPPED_DETECTOR, SHIPPED_CLASSIFIER = (MODELS / task.kind for task in (AUTOENCODER, CLASSIFIER))
"""What speaks where nobody names a model."""
WITH_SCORES: tuple[Rule, ...] = ("flagged",)
WITH_PREDICTIONS: tuple[Rule, ...] = ("promised", "unsure", "differs")


def labelled_record(source: DataSource, record: str) -> LabelledRecord:
    """A record with its reference, or its detected R peaks where nobody marked a beat. Raises DataError."""
    if record not in source.records:
        raise DataError(f"Unknown record {record[:80]!r}: {source.label}, none of that name.")
    found = read_record(source.folder, record)
    if detected := kept_layer(source.folder, record, DETECTED):
        found = found.with_layer(detected)
    if layer_of(source.folder, record) == DETECTED and detected:
        return labelled(found, detected)
    return labelled(found, reference_layer(found))


def given_for(rule: Rule, source: DataSource, record: str, model: Path | None = None) -> Given:
    """All that a rule looks at. `model` is the autoencoder of `flagged`, or the classifier of the others.

    Raises WorkbenchError where a model or the record cannot be used.
    """
    found = labelled_record(source, record)
    scores = _scores(model or SHIPPED_DETECTOR, source, record) if rule in WITH_SCORES else None
    predictions: LabelLayer | None = None
    if rule in WITH_PREDICTIONS or found.layer.is_detected:
        folder = model if model and rule not in WITH_SCORES else SHIPPED_CLASSIFIER
        predictions = predict_record(folder, name_of(folder), source.folder, record, workspace.now()).layer
    groups = groups_of(families(found.record, found.beats.r_sample), found.beats) if rule == "families" else None
    return Given(seen_labels(found, predictions), scores, predictions, groups)


def name_of(model: Path) -> str:
    """What pages call a model's folder."""
    whole = model.absolute() if model.is_symlink() else model.resolve()  # a link may lead in a circle
    return f"{whole.parent.name}/{whole.name}"


def _scores(model: Path, source: DataSource, record: str) -> BeatScores:
    return beat_scores(name_of(model), training.scored(model, JudgedOn(source, (record,), "test", False)))
