"""A classifier's labels are a layer: one label a beat, the most probable, and where it comes from."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.beat_table import beat_table
from ecg_core.beats.classes import beat_class
from ecg_core.beats.store import load_beats
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError, ModelError
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.labels import predicted_layer
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.workspace import MODELS

MODEL, CREATED = "models/classifier", "2026-11-24T17:00:00+00:00"


@pytest.fixture(scope="module")
def two_way(simulated_beats: BeatSet) -> BeatClassifier:
    options = ClassifierOptions(
        classes="normal or abnormal", epochs=1, folds=2, members=1, most_normal=50, batch_size=64, parts=False
    )
    return BeatClassifier(options).fit(simulated_beats.only(["sim03", "sim10"]), validate=False)


def test_the_shipped_classifier_labels_every_beat_of_a_real_record(mitdb: Path) -> None:
    classifier, _ = load_classifier(MODELS / "classifier")
    beats = load_beats(mitdb, ("233",))
    layer = predicted_layer(classifier, beats, MODEL, CREATED)
    assert (layer.name, layer.kind, layer.made_by, layer.created) == (MODEL, "model", MODEL, CREATED)
    assert layer.made_from == beats.digests["233"] != ""
    record = read_record(mitdb, "233")
    np.testing.assert_array_equal(layer.annotations.sample, beat_table(record.annotations, record.fs).r_sample)
    np.testing.assert_array_equal(layer.annotations.symbol, classifier.predict(beats))
    np.testing.assert_array_equal(layer.probability, classifier.predict_proba(beats).max(axis=1))
    assert set(layer.annotations.aux) == {""}
    beside = record.with_layer(layer)
    assert beside.annotations is record.annotations, "a prediction never stands in the place of the reference"
    assert beside.layers[MODEL] is layer


def test_labels_that_are_no_class_are_written_out_and_pass_for_no_annotated_class(
    two_way: BeatClassifier, simulated_beats: BeatSet
) -> None:
    beats = simulated_beats.only(["sim10"])
    layer = predicted_layer(two_way, beats, "run", CREATED)
    labels = two_way.predict(beats)
    assert set(labels) == {"normal", "abnormal"}
    np.testing.assert_array_equal(layer.annotations.aux, labels)
    np.testing.assert_array_equal([beat_class(code) == "N" for code in layer.annotations.symbol], labels == "normal")


def test_a_layer_is_of_one_recording(two_way: BeatClassifier, simulated_beats: BeatSet) -> None:
    with pytest.raises(DataError, match="A layer belongs to one recording, these beats to 2: choose one"):
        predicted_layer(two_way, simulated_beats.only(["sim03", "sim10"]), "run", CREATED)


def test_a_classifier_that_is_not_trained_labels_nothing(simulated_beats: BeatSet) -> None:
    with pytest.raises(ModelError, match="not trained yet"):
        predicted_layer(BeatClassifier(), simulated_beats.only(["sim10"]), "run", CREATED)
