"""The image classifier tells pictures apart that differ, judges each with a network that has not seen its group, and
comes back from its folder as it went in."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import ModelError, RunError
from ecg_core.files import read_json, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint
from ecg_core.learning.loop import Stopped
from ecg_core.learning.model_folder import CARD, WEIGHTS
from ecg_core.tasks.image_classifier.classifier import (
    ImageClassifier,
    as_inputs,
    columns_of,
    stratified_groups,
)
from ecg_core.tasks.image_classifier.model import load_image_classifier, save_image_classifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from tests.learning.cards import card_of, put_weights
from tests.learning.listening import Listener

OPTIONS = ImageClassifierOptions(epochs=12, folds=2, members=1, batch_size=16, learning_rate=1e-2)
NAMES = ("lying", "standing")
Pixels = npt.NDArray[np.uint8]


def pictures(n: int = 80, seed: int = 0, colour: bool = False) -> tuple[Pixels, npt.NDArray[np.int64]]:
    """Noisy pictures of a bar that lies (0) or stands (1), somewhere."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = rng.integers(180, 256, (n, 64, 64)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = rng.integers(8, 50, 2)
        size = (4, 30) if label == 0 else (30, 4)
        image[row : row + size[0], column : column + size[1]] = 20
    return (np.repeat(images[..., None], 3, axis=3) if colour else images), labels


IMAGES, LABELS = pictures()
GROUP = stratified_groups(LABELS, 2, 0)


def fitted(
    images: Pixels = IMAGES, labels: npt.NDArray[np.int64] = LABELS, group: npt.NDArray[np.int64] = GROUP,
    options: ImageClassifierOptions = OPTIONS, names: tuple[str, ...] = NAMES, **more: Any,
) -> ImageClassifier:  # fmt: skip
    return ImageClassifier(options, names).fit(images, labels, group, **more)


ONCE = dataclasses.replace(OPTIONS, epochs=1)


@pytest.fixture(scope="module")
def classifier() -> ImageClassifier:
    return fitted()


@pytest.fixture(scope="module")
def quick() -> ImageClassifier:
    return fitted(options=ONCE)


def same_networks(a: ImageClassifier, b: ImageClassifier) -> bool:
    return all(
        np.array_equal(one[name], other[name])
        for one, other in zip(a.networks_, b.networks_, strict=True)
        for name in one
    )


def test_pictures_that_differ_are_told_apart_also_those_left_out_and_new_ones(classifier: ImageClassifier) -> None:
    validation = classifier.validation_probability_
    assert validation.shape == (len(IMAGES), 2)
    assert validation.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (validation.argmax(axis=1) == LABELS).mean() > 0.9
    others, labels = pictures(60, seed=7)
    found = classifier.predict_proba(others)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (found.argmax(axis=1) == labels).mean() > 0.9


def test_a_seed_reproduces_everything_and_another_seed_does_not(quick: ImageClassifier) -> None:
    again, other = fitted(options=ONCE), fitted(options=dataclasses.replace(ONCE, seed=1))
    assert same_networks(again, quick)
    assert np.array_equal(again.validation_probability_, quick.validation_probability_)
    assert not same_networks(other, quick)


def test_labels_of_a_group_left_out_do_not_change_how_it_is_judged(quick: ImageClassifier) -> None:
    labels = LABELS.copy()
    labels[GROUP == 0] = labels[GROUP == 0][::-1]
    assert not np.array_equal(labels, LABELS)
    other = fitted(labels=labels, options=ONCE)
    own = GROUP == 0
    assert np.array_equal(other.validation_probability_[own], quick.validation_probability_[own])
    assert not np.array_equal(other.validation_probability_[~own], quick.validation_probability_[~own])
    assert not same_networks(other, quick)


def test_images_that_are_not_taught_are_judged_and_change_nothing_learned() -> None:
    taught = np.arange(len(IMAGES)) % 5 != 0
    changed = IMAGES.copy()
    changed[~taught] = 255 - changed[~taught]
    one, other = (fitted(images, options=ONCE, taught=taught) for images in (IMAGES, changed))
    assert same_networks(one, other)
    assert np.array_equal(one.validation_probability_[taught], other.validation_probability_[taught])
    assert (one.validation_probability_[~taught].sum(axis=1) > 0.99).all()
    assert not np.array_equal(one.validation_probability_[~taught], other.validation_probability_[~taught])


def test_made_images_reach_the_final_network_and_no_other() -> None:
    options = dataclasses.replace(ONCE, added="gan", ratio=1.0)
    rare = (LABELS == 0) | (np.arange(len(LABELS)) % 8 == 1)
    images, labels, group = IMAGES[rare], LABELS[rare], GROUP[rare]
    made = pictures(40, seed=3)
    without, with_made = fitted(images, labels, group, options), fitted(images, labels, group, options, made=made)
    assert np.array_equal(without.validation_probability_, with_made.validation_probability_)
    assert not same_networks(without, with_made)


def test_a_stopped_training_goes_on_to_exactly_what_an_unbroken_one_learns(quick: ImageClassifier) -> None:
    resume: Checkpoint | None = None
    for _ in range(2):  # stops after the first network, and again after the second
        stopped = Listener(1, resume)
        with pytest.raises(Stopped):
            fitted(options=ONCE, monitor=stopped)
        resume = stopped.kept[-1]
    resumed = fitted(options=ONCE, monitor=Listener(resume=resume))
    assert same_networks(resumed, quick)
    assert np.array_equal(resumed.validation_probability_, quick.validation_probability_)


def test_a_class_with_too_few_images_is_missing_and_keeps_its_column() -> None:
    labels = LABELS.copy()
    labels[7] = 2
    found = fitted(labels=labels, options=ONCE, names=(*NAMES, "leaning", "gone"))
    assert found.missing_ == ("leaning", "gone")
    assert found.predict_proba(IMAGES[:3]).shape == (3, 4)


def test_one_class_alone_cannot_be_learned() -> None:
    with pytest.raises(RunError) as caught:
        fitted(labels=np.zeros(len(IMAGES), np.int64))
    assert str(caught.value) == (
        "Fewer than two classes to learn from (80 lying, 0 standing): choose more records or another folder."
    )


def test_a_group_that_holds_all_of_a_class_cannot_be_left_out() -> None:
    with pytest.raises(RunError, match=r"\(40 lying, 40 standing, one group left out\)"):
        fitted(group=LABELS)


def test_an_untrained_classifier_classifies_nothing() -> None:
    with pytest.raises(ModelError) as caught:
        ImageClassifier(OPTIONS, NAMES).predict_proba(IMAGES)
    assert str(caught.value) == "This classifier is not trained yet."


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_each_group_has_its_share_of_every_class(labels: list[int], folds: int, seed: int) -> None:
    own = np.array(labels)
    group = stratified_groups(own, folds, seed)
    assert group.shape == own.shape
    assert np.array_equal(group, stratified_groups(own, folds, seed))
    for k in np.unique(own):
        counts = np.bincount(group[own == k], minlength=folds)
        assert len(counts) == folds
        assert np.ptp(counts) <= 1


def test_groups_are_drawn_by_their_seed() -> None:
    assert not np.array_equal(stratified_groups(LABELS, 5, 0), stratified_groups(LABELS, 5, 1))


def test_grey_and_colour_images_become_rows_of_channels() -> None:
    colour, _ = pictures(4, colour=True)
    colour[..., 1] = 7
    assert as_inputs(IMAGES).signals.shape == (80, 1, 64, 64)
    rows = as_inputs(colour)
    assert (rows.signals.shape, rows.signals.dtype, rows.numbers.shape) == ((4, 3, 64, 64), np.uint8, (4, 0))
    assert (rows.signals[:, 1] == 7).all()
    assert np.array_equal(rows.signals[:, 0], colour[..., 0])


def test_labels_become_columns_and_unknown_ones_minus_one() -> None:
    assert columns_of(["b", "a", "c", "b"], ("a", "b")).tolist() == [1, 0, -1, 1]


@pytest.fixture
def model(tmp_path: Path, quick: ImageClassifier) -> Path:
    save_image_classifier(tmp_path / "model", quick, card_of("image-classifier", quick.options))
    return tmp_path / "model"


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_image_classifier(folder)
    return str(caught.value)


def test_a_loaded_classifier_says_exactly_what_the_saved_one_does(model: Path, quick: ImageClassifier) -> None:
    loaded, card = load_image_classifier(model)
    assert (loaded.options, loaded.classes_, loaded.missing_) == (quick.options, NAMES, ())
    assert np.array_equal(loaded.predict_proba(IMAGES), quick.predict_proba(IMAGES))
    assert np.allclose(loaded.validation_probability_, quick.validation_probability_, atol=1e-3), "in half precision"
    assert (card.kind, card.about["classes"]) == ("image-classifier", list(NAMES))


def test_a_classifier_of_colour_images_with_two_members_survives_saving(tmp_path: Path) -> None:
    images, labels = pictures(32, colour=True)
    options = dataclasses.replace(ONCE, ground="paper", members=2)
    classifier = fitted(images, labels, stratified_groups(labels, 2, 0), options)
    save_image_classifier(tmp_path, classifier, card_of("image-classifier", classifier.options))
    loaded, _ = load_image_classifier(tmp_path)
    assert len(loaded.networks_) == 2
    assert np.array_equal(loaded.predict_proba(images), classifier.predict_proba(images))


def test_a_model_from_before_there_were_forms_looks_at_the_beat_alone(model: Path, quick: ImageClassifier) -> None:
    assert quick.options.form == "context"
    card = read_json(model / CARD)
    before = {name: value for name, value in card["options"].items() if name != "form"}
    write_json(model / CARD, {**card, "options": before})
    loaded, _ = load_image_classifier(model)
    assert loaded.options == dataclasses.replace(quick.options, form="beat")
    assert loaded.options.drawing.form == "beat"


def test_a_model_of_another_kind_is_refused(model: Path) -> None:
    write_json(model / CARD, {**read_json(model / CARD), "kind": "classifier"})
    assert refused(model) == f"{model} holds a model of kind 'classifier', expected 'image-classifier'."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"classes": ["a", "b", "c"]}, "not 3 classes"),
        ({"options": {"size": 100}}, "size is 100: choose one of 64, 128."),
        ({"options": {"ground": "paper"}}, "for 1 channels, not for 3"),
        ({"options": {"form": "film"}}, "form is 'film': choose one of beat, usual, context."),
        ({"missing": None}, "missing is None"),
        ({"classes": "ab"}, "classes is 'ab'"),
    ],
)
def test_a_card_that_lies_is_damaged(model: Path, changes: dict[str, Any], reason: str) -> None:
    write_json(model / CARD, {**read_json(model / CARD), **changes})
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert reason in message


def test_a_network_without_an_array_is_damaged(model: Path) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    del stored.arrays["network.0.convolutions.2.weight"]
    put_weights(model, stored)
    assert refused(model) == f"The model in {model} is incomplete or damaged ('convolutions.2.weight')."


def test_weights_cut_off_are_damaged(model: Path) -> None:
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes()[:-1])
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged ({WEIGHTS} is damaged (")
