"""A model folder gives back the classifier that was saved, and refuses what is damaged or of another kind."""

import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.errors import ModelError
from ecg_core.files import read_json, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.model import load_classifier, save_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from tests.learning.cards import card_of, put_weights

QUICK = {"epochs": 1, "folds": 2, "members": 2, "most_normal": 50, "batch_size": 64, "parts": False}


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(["sim03", "sim10"])


@pytest.fixture(scope="module")
def classifier(beats: BeatSet) -> BeatClassifier:
    return BeatClassifier(ClassifierOptions(**QUICK)).fit(beats)


@pytest.fixture
def model(tmp_path: Path, classifier: BeatClassifier, beats: BeatSet) -> Path:
    save_classifier(tmp_path / "model", classifier, card_of("classifier", classifier.options, beats))
    return tmp_path / "model"


def changed_card(model: Path, **changes: Any) -> None:
    card = {**read_json(model / CARD), **changes}
    write_json(model / CARD, {name: value for name, value in card.items() if value is not ...})


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_classifier(folder)
    return str(caught.value)


def test_a_loaded_classifier_says_exactly_what_the_saved_one_does(
    model: Path, classifier: BeatClassifier, beats: BeatSet
) -> None:
    loaded, _ = load_classifier(model)
    assert loaded.options == classifier.options
    assert loaded.classes_ == classifier.classes_
    assert (loaded.missing_, loaded.trained_on_) == (classifier.missing_, classifier.trained_on_)
    assert len(loaded.networks_) == 2
    assert np.array_equal(loaded.predict_proba(beats), classifier.predict_proba(beats))
    assert np.array_equal(loaded.predict(beats), classifier.predict(beats))
    assert np.array_equal(loaded.validation_probability_, classifier.validation_probability_)


@pytest.mark.parametrize("changes", [{"rhythm": False}, {"classes": "five classes"}, {"classes": "normal or abnormal"}])
def test_every_set_of_classes_and_input_survives_saving(
    tmp_path: Path, beats: BeatSet, changes: dict[str, Any]
) -> None:
    classifier = BeatClassifier(ClassifierOptions(**QUICK | {"members": 1} | changes)).fit(beats, validate=False)
    save_classifier(tmp_path, classifier, card_of("classifier", classifier.options, beats))
    loaded, card = load_classifier(tmp_path)
    assert card.about["classes"] == list(loaded.classes_) == list(classifier.classes_)
    assert np.array_equal(loaded.predict_proba(beats), classifier.predict_proba(beats))


def test_the_folder_holds_weights_and_card_alone_and_the_card_says_what_it_knows(
    model: Path, classifier: BeatClassifier
) -> None:
    assert sorted(path.name for path in model.iterdir()) == [CARD, WEIGHTS]
    card = load_card(model)
    assert (card.kind, card.about["classes"], card.about["missing"]) == ("classifier", ["N", "S", "V", "F"], ["S"])
    assert card.about["trained_on"] == classifier.trained_on_


def test_an_untrained_classifier_is_not_saved(tmp_path: Path, beats: BeatSet) -> None:
    with pytest.raises(ModelError) as caught:
        save_classifier(tmp_path, BeatClassifier(), card_of("classifier", ClassifierOptions(), beats))
    assert str(caught.value) == "This classifier is not trained yet."
    assert not list(tmp_path.iterdir())


def test_the_card_is_written_last_so_that_a_folder_with_a_card_is_complete(
    tmp_path: Path, classifier: BeatClassifier, beats: BeatSet
) -> None:
    card = replace(card_of("classifier", classifier.options, beats), figures={"validation": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        save_classifier(tmp_path, classifier, card)
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]
    assert refused(tmp_path) == f"{tmp_path} holds no model: there is no card.json in it."


def test_a_model_of_another_kind_is_refused(model: Path) -> None:
    changed_card(model, kind="gan")
    assert refused(model) == f"{model} holds a model of kind 'gan', expected 'classifier'."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"missing": ...}, "missing is None"),
        ({"missing": ["X"]}, "missing is ['X']"),
        ({"trained_on": None}, "NoneType"),
        ({"options": {"epochs": 0}}, "epochs is 0: choose a number from 1 to 200."),
        ({"options": {"width": 3}}, "Unknown option width of a classifier."),
        ({"options": {"classes": "five classes"}}, "not 5 classes"),
        ({"options": {"members": 5}}, "weight"),
    ],
)
def test_a_card_that_lacks_something_or_lies_is_damaged(model: Path, changes: dict[str, Any], reason: str) -> None:
    if isinstance(changes.get("options"), dict):
        changes = {"options": read_json(model / CARD)["options"] | changes["options"]}
    changed_card(model, **changes)
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert reason in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"options": ...}, "Object missing required field `options`"),
        ({"preprocessing_hash": 3}, "Expected `str`, got `int` - at `$.preparation.hash`"),
    ],
)
def test_what_any_card_must_have_is_named(model: Path, changes: dict[str, Any], message: str) -> None:
    changed_card(model, **changes)
    assert refused(model).startswith(f"{model / CARD} is damaged: {message}")


def test_a_classifier_without_preparation_is_refused(model: Path) -> None:
    changed_card(model, preprocessing=...)
    assert "it was trained on a folder of images" in refused(model)


@pytest.mark.parametrize(
    "name", ["network.1.stem.weight", "network.0.last.bias", "scaler.mean", "validation.probability"]
)
def test_an_array_that_is_not_there_is_missed_at_once(model: Path, name: str) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    del stored.arrays[name]
    put_weights(model, stored)
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert name.removeprefix("network.1.").removeprefix("network.0.") in message


@pytest.mark.parametrize("name", ["network.0.head.0.weight", "network.1.blocks.2.first.weight"])
def test_an_array_of_another_shape_is_noticed_at_once(model: Path, name: str) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    arrays = {**stored.arrays, name: stored.arrays[name][..., :-1, :]}
    put_weights(model, Checkpoint(arrays, stored.values))
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged (")


def test_missing_weights_are_named(model: Path) -> None:
    (model / WEIGHTS).unlink()
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert WEIGHTS in message


@pytest.mark.parametrize("kept", [0, 7, 100, -1])
def test_weights_cut_off_are_damaged(model: Path, kept: int) -> None:
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes()[:kept])
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged ({WEIGHTS} is damaged (")


class Gadget:
    """Unpickling it creates the canary."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.canary),)


def test_a_pickle_in_place_of_the_weights_is_refused_and_not_executed(model: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for name in (WEIGHTS, CARD):
        (model / name).write_bytes(pickle.dumps(Gadget(canary)))
        refused(model)
    assert not canary.exists()
