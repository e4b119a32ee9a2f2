"""The embedding of images: linear, made of recorded training images alone, every class with the same say."""

import numpy as np
import pytest

from ecg_core.errors import DataError
from ecg_core.evaluation.image_embedding import ImageEmbedding, half_side
from tests.evaluation.made_images import drawn, made_images, made_signals, together

TRAIN = together(made_images(60, 0), made_images(200, 1, beat_class="N", width_s=0.02))


def test_half_the_side_is_the_mean_ink_of_four_pixels() -> None:
    image = np.full((1, 4, 4), 255, np.uint8)
    image[0, 0, :2] = 0
    assert half_side(image).tolist() == [[0.5, 0, 0, 0]]


def test_scores_are_linear_in_ink_and_of_the_same_images_the_same() -> None:
    embedding, again = ImageEmbedding.fit(TRAIN, 0), ImageEmbedding.fit(TRAIN, 0)
    small = half_side(drawn(made_signals(4, 9)))
    scores = embedding.transform(small)
    assert embedding.name == "image-pca-32"
    assert scores.shape == (4, 32)
    np.testing.assert_array_equal(scores, again.transform(small))
    mixed = embedding.transform(small[:2].mean(axis=0, keepdims=True))
    np.testing.assert_allclose(mixed[0], scores[:2].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(embedding.components @ embedding.components.T, np.eye(32), atol=1e-6)
    assert 0.5 < embedding.explained < 1


def test_a_common_class_does_not_outweigh_a_rare_one() -> None:
    embedding = ImageEmbedding.fit(TRAIN, 0)
    means = [embedding.transform(half_side(TRAIN.images[TRAIN.rows_of(name)])).mean(axis=0) for name in "VN"]
    middle = np.linalg.norm((means[0] + means[1]) / 2)
    assert middle < 0.1 * np.linalg.norm(means[0] - means[1])


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(DataError, match="made for 1024"):
        ImageEmbedding.fit(TRAIN, 0).transform(np.zeros((1, 256), np.float32))


def test_one_image_is_nothing_to_embed_in() -> None:
    with pytest.raises(DataError, match="1 recorded images"):
        ImageEmbedding.fit(made_images(1, 0, n_patients=1), 0)
