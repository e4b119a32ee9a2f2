"""Probabilities that mean what they say have no calibration error; those that boast have theirs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_core.evaluation.calibration import (
    BINS,
    calibration,
    calibration_error,
    class_reliability,
    confidence_reliability,
    reliability,
)
from ecg_core.evaluation.classification import Classified

probabilities = hnp.arrays(np.float32, st.integers(1, 200), elements=st.floats(0, 1, width=32))


def sure(confidence: float, right: int, wrong: int) -> Classified:
    """N beats, all called with the same confidence: some N, rightly, and some V."""
    p = np.array([[confidence, 1 - confidence]] * right + [[1 - confidence, confidence]] * wrong, np.float32)
    return Classified(("N", "V"), np.full(right + wrong, "N"), p, np.full(right + wrong, "a"))


def test_probabilities_that_come_true_as_often_as_they_say_have_no_error() -> None:
    said = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 100)
    came_true = np.concatenate([np.arange(100) < 100 * p for p in (0.1, 0.3, 0.5, 0.7, 0.9)])
    table = reliability(said, came_true)
    assert table["said"].tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert calibration_error(table) == pytest.approx(0, abs=1e-12)


def test_certainty_that_is_always_right_has_no_error() -> None:
    assert calibration(sure(1.0, 50, 0)).ece == 0


@pytest.mark.parametrize(("right", "expected"), [(80, 0.15), (95, 0.0), (50, 0.45), (100, 0.05), (0, 0.95)])
def test_a_constant_confidence_of_95_percent_errs_by_its_distance_from_the_share_right(
    right: int, expected: float
) -> None:
    assert calibration(sure(0.95, right, 100 - right)).ece == pytest.approx(expected, abs=1e-6)


def test_the_error_is_weighted_by_beats() -> None:
    said = np.concatenate([np.full(300, 0.9), np.full(100, 0.1)])
    came_true = np.concatenate([np.ones(300, bool), np.zeros(100, bool)])  # off by 0.1 both
    came_true[:30] = False  # the greater bin is right now
    assert calibration_error(reliability(said, came_true)) == pytest.approx(0.1 * 100 / 400)


@settings(deadline=None)
@given(probabilities, st.integers(0, 2**32 - 1))
def test_bins_hold_every_beat_once_and_none_is_empty(said: np.ndarray, seed: int) -> None:
    came_true = np.random.default_rng(seed).random(len(said)) < 0.5
    table = reliability(said, came_true)
    assert table["beats"].sum() == len(said)
    assert (table["beats"] > 0).all()
    assert len(table) <= BINS
    assert (table["said"] * table["beats"]).sum() == pytest.approx(said.sum(dtype=np.float64), abs=1e-6)
    assert (table["found"] * table["beats"]).sum() == pytest.approx(came_true.sum())
    assert table["said"].is_monotonic_increasing
    assert 0 <= calibration_error(table) <= 1


def test_bins_are_of_equal_width_and_one_belongs_to_the_last() -> None:
    said = np.array([0.0, 0.249, 0.25, 0.74, 0.75, 1.0])
    table = reliability(said, np.array([False, True, False, False, True, True]), bins=4)
    assert table["beats"].tolist() == [2, 1, 1, 2]
    assert table["said"].tolist() == pytest.approx([0.1245, 0.25, 0.74, 0.875])
    assert table["found"].tolist() == [0.5, 0, 0, 1]


def test_of_nothing_there_is_no_error() -> None:
    assert calibration_error(reliability(np.zeros(0), np.zeros(0, bool))) is None


MIXED = Classified(
    ("N", "S", "V"),
    np.array(list("NNSSSV")),
    np.array(
        [[0.9, 0.1, 0], [0.3, 0.7, 0], [0.95, 0.05, 0], [0.92, 0.08, 0], [0.6, 0.4, 0], [0, 0.2, 0.8]], np.float32
    ),
    np.array(list("aaabbb")),
)
"""S is wrong three times, twice with more than 0.9; N once with 0.7; V never."""


def test_sure_when_wrong_is_the_share_of_a_classes_misses_with_more_than_90_percent() -> None:
    classes = calibration(MIXED).classes
    assert {name: row.sure_when_wrong for name, row in classes.items()} == {
        "N": 0.0, "S": pytest.approx(2 / 3), "V": None,
    }  # fmt: skip


def test_a_classes_reliability_is_that_of_its_own_probability_whatever_is_predicted() -> None:
    table = class_reliability(MIXED, "S")
    assert table["beats"].sum() == 6
    assert (table["found"] * table["beats"]).sum() == pytest.approx(3), "S beats"
    last = table.iloc[-1]
    assert (last["said"], last["found"], last["beats"]) == (pytest.approx(0.7), 0, 1)
    found = calibration(MIXED).classes["S"].ece
    assert found == calibration_error(table)


def test_confidence_is_the_predictions_own_probability() -> None:
    table = confidence_reliability(MIXED)
    assert (table["said"] * table["beats"]).sum() == pytest.approx(MIXED.probability.max(1).sum())
    assert (table["found"] * table["beats"]).sum() == pytest.approx(2), "an N and the V"
    assert calibration(MIXED).ece == calibration_error(table)
