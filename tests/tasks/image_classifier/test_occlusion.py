"""Wiping a part of an image out changes the probability of a class by what that part said."""

import numpy as np
import pytest

from ecg_core.tasks.gan.image_gan import Images
from ecg_core.tasks.image_classifier.classifier import ImageClassifier, stratified_groups
from ecg_core.tasks.image_classifier.occlusion import PARTS, occlusion
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions

OPTIONS = ImageClassifierOptions(epochs=6, folds=2, members=1, batch_size=16, learning_rate=1e-2)
BAR = (slice(20, 44), slice(8, 16))


def picture(standing: bool, seed: int = 0) -> Images:
    """Faint noise, with a dark bar on the left or none."""
    image = np.random.default_rng(seed).integers(240, 256, (64, 64)).astype(np.uint8)
    if standing:
        image[BAR] = 0
    return image


@pytest.fixture(scope="module")
def classifier() -> ImageClassifier:
    labels = np.arange(64) % 2
    images = np.stack([picture(bool(label), k) for k, label in enumerate(labels)])
    return ImageClassifier(OPTIONS, ("empty", "bar")).fit(images, labels, stratified_groups(labels, 2, 0))


def test_a_pixel_falls_by_the_mean_over_the_squares_that_hide_it(classifier: ImageClassifier) -> None:
    image = picture(True)
    fall = occlusion(classifier, image, "bar")
    assert fall.shape == (64, 64)
    whole = classifier.predict_proba(image[None])[0, 1]
    side = 64 // PARTS
    for y, x in ((0, 0), (30, 12), (63, 63)):
        found = []
        for top in range(-side // 2, 64, side // 2):
            for left in range(-side // 2, 64, side // 2):
                if top <= y < top + side and left <= x < left + side:
                    hidden = image.copy()
                    hidden[max(0, top) : top + side, max(0, left) : left + side] = 255
                    found.append(float(whole - classifier.predict_proba(hidden[None])[0, 1]))
        assert len(found) == 4
        assert fall[y, x] == pytest.approx(np.mean(found), abs=1e-5)


def test_what_one_class_loses_the_other_gains_and_the_bar_says_bar(classifier: ImageClassifier) -> None:
    image = picture(True)
    assert classifier.predict_proba(image[None])[0, 1] > 0.5
    fall = occlusion(classifier, image, "bar")
    assert fall + occlusion(classifier, image, "empty") == pytest.approx(np.zeros((64, 64)), abs=1e-5)
    assert fall[BAR].mean() > np.abs(fall[:, 32:]).mean()


def test_where_there_is_only_ground_wiping_out_changes_nothing(classifier: ImageClassifier) -> None:
    image = np.full((64, 64), 255, np.uint8)
    assert occlusion(classifier, image, "bar") == pytest.approx(np.zeros((64, 64)), abs=1e-6)
