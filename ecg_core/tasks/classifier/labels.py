"""What a classifier says of a recording's beats, as a layer of labels beside the reference."""

import numpy as np

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import CLASSES
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.errors import DataError
from ecg_core.evaluation.risk_control import to_review
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.kept import kept_probability

SYMBOLS = {"normal": "N", "abnormal": "?"}
"""Annotation symbol of a label that is no AAMI class; `?` is a beat that nobody has classified."""


def predicted_layer(classifier: BeatClassifier, beats: BeatSet, model_id: str, created: str) -> LabelLayer:
    """Label every beat of one recording with its most probable class.

    A label that is an AAMI class has its letter as symbol and no `aux`; `normal` and `abnormal` stand in `aux`.

    Parameters
    ----------
    beats : all prepared beats of one recording, those that are excluded included
    model_id : what pages call the model, such as `models/classifier`; the layer's name and maker
    created : when the labels are made, ISO 8601 in UTC

    Raises DataError if `beats` are of more than one recording, ModelError if the classifier is not trained.
    """
    if len(beats.records) != 1:
        raise DataError(f"A layer belongs to one recording, these beats to {len(beats.records)}: choose one.")
    (record,) = beats.records
    probability = kept_probability(classifier, beats)
    best = probability.argmax(axis=1)
    labels = np.asarray(classifier.classes_)[best].tolist()
    return LabelLayer(
        name=model_id,
        kind="model",
        made_by=model_id,
        made_from=beats.digests[record],
        created=created,
        annotations=Annotations(
            sample=beats.table["r_sample"].to_numpy(np.int64),
            symbol=np.array([SYMBOLS.get(label, label) for label in labels], "<U1"),
            aux=tuple("" if label in CLASSES else label for label in labels),
        ),
        probability=probability[np.arange(len(best)), best],
        needs_review=to_review(classifier.promises_, probability, classifier.classes_)
        if classifier.promises_
        else None,
    )
