"""Haze and interrupted strokes show in the figures; a stroke as it is drawn does not."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from ecg_core.evaluation.sharpness import interrupted, sharpness
from tests.evaluation.made_images import GEOMETRY, drawn, made_signals

IMAGES = drawn(made_signals(30, 0))


def test_a_drawn_stroke_is_whole_and_grey_at_its_edges_only() -> None:
    found = sharpness(IMAGES, GEOMETRY)
    assert found.interrupted == 0
    assert 0.01 < found.grey < 0.1


def test_a_blurred_image_is_greyer() -> None:
    blurred = np.stack([gaussian_filter(one.astype(float), 0.8) for one in IMAGES]).astype(np.uint8)
    assert sharpness(blurred, GEOMETRY).grey > 1.5 * sharpness(IMAGES, GEOMETRY).grey


def test_columns_without_ink_are_interrupted() -> None:
    images = IMAGES.copy()
    images[:, :, 8:16] = 255
    assert sharpness(images, GEOMETRY).interrupted == pytest.approx(8 / 64)


def test_light_within_a_column_and_a_jump_to_the_next_are_interruptions() -> None:
    ink = np.zeros((1, 12, 6), np.float32)
    ink[0, 5] = 1  # a level line
    assert not interrupted(ink).any()
    ink[0, 2, 1] = 1  # a speck above it
    assert interrupted(ink)[0].tolist() == [False, True, False, False, False, False]
    ink[0, 2, 1] = 0
    ink[0, 5, 4:], ink[0, 7, 4:] = 0, 1  # a step down by two rows
    assert interrupted(ink)[0].tolist() == [False, False, False, False, True, False]
    ink[0, 7, 4:], ink[0, 6, 4:] = 0, 1  # by one: it touches diagonally
    assert not interrupted(ink).any()


def test_without_panels_only_the_grey_of_the_whole_image_is_told() -> None:
    found = sharpness(IMAGES, None)
    assert found.interrupted is None
    assert found.grey == pytest.approx(sharpness(IMAGES, GEOMETRY).grey)
