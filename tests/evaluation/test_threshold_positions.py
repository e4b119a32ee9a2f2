"""Thresholds that can be chosen, and what each flags."""

import numpy as np
import pytest

from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.threshold_positions import MOST, positions_of

OWN = 1.2345


def made(reach: float = 3.0) -> Detection:
    """200 scores, many of them exactly on positions."""
    rng = np.random.default_rng(5)
    score = np.round(rng.random(200) * reach, 2)
    score[:3] = [0, reach, 1.234]
    return Detection(score, rng.choice(list("NNNSVFQ"), 200), np.full(200, "1"), {"1": 1.0})


def test_every_position_flags_what_the_detection_flags_at_its_threshold() -> None:
    detection = made()
    positions = positions_of(detection, OWN, 3.0)
    assert positions.values[[0, 1, -1]] == pytest.approx([0, 0.01, 3.0])
    for k, threshold in enumerate(positions.values):
        point = detection.at(threshold)
        assert positions.flagged["N"][k] == point.false_positives
        assert sum(positions.flagged[name][k] for name in "SVF") == point.true_positives
        assert positions.flagged["all"][k] == np.count_nonzero(detection.score >= threshold)


def test_the_models_own_threshold_stands_at_its_position_with_all_its_decimals() -> None:
    positions = positions_of(made(), OWN, 3.0)
    assert positions.own == positions.nearest(1.23) == positions.nearest(OWN)
    assert positions.values[positions.own] == OWN, "a score of 1.234 is not flagged, as it would be from 1.23"


def test_positions_reach_to_the_models_own_threshold_where_no_score_does() -> None:
    positions = positions_of(made(), 4.005, 3.0)
    assert positions.values[positions.own] == 4.005
    assert positions.highest >= 4.005
    assert positions.flagged["all"][positions.own] == 0


def test_a_threshold_beyond_takes_the_last_position() -> None:
    positions = positions_of(made(), OWN, 3.0)
    assert (positions.nearest(-2), positions.nearest(99)) == (0, len(positions.values) - 1)


@pytest.mark.parametrize("reach", [0.001, 39.0, 41.0, 950.0])
def test_there_are_never_too_many_positions(reach: float) -> None:
    positions = positions_of(made(reach), reach / 2, reach)
    assert 2 <= len(positions.values) <= MOST + 2
    assert positions.highest >= reach
    assert (np.diff(positions.values) > 0).all()


def test_classes_without_beats_have_no_counts() -> None:
    detection = Detection(np.array([1.0, 2.0]), np.array(["N", "V"]), np.array(["1", "1"]), {"1": 1.0})
    assert list(positions_of(detection, 1.0, 2.0).flagged) == ["N", "V", "all"]
