"""The nearest recorded beat of each synthetic one, against brute force, and the yardstick of copying."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.distance import cdist

from ecg_core.errors import DataError
from ecg_core.evaluation import nearest_recorded as module
from ecg_core.evaluation.nearest_recorded import near_rms, nearest_recorded
from ecg_core.evaluation.neighbours import copying_share

RECORDED = np.random.default_rng(0).normal(size=(61, 2, 7)).astype(np.float32)
MADE = np.random.default_rng(1).normal(size=(13, 2, 7)).astype(np.float32)


def flat(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return values.reshape(len(values), -1).astype(np.float64)


@pytest.mark.parametrize("block", [1, 10, 4096])
def test_nearest_and_yardstick_are_those_of_brute_force_whatever_the_size_of_the_blocks(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    found = nearest_recorded(MADE, len(RECORDED), RECORDED.__getitem__)
    each = cdist(flat(MADE), flat(RECORDED))
    assert found.place.tolist() == each.argmin(axis=1).tolist()
    assert found.rms == pytest.approx(each.min(axis=1) / np.sqrt(14))
    others = cdist(flat(RECORDED), flat(RECORDED)) + np.diag(np.full(61, np.inf))
    expected = np.quantile(others.min(axis=1), 0.05) / np.sqrt(14)
    assert near_rms(len(RECORDED), RECORDED.__getitem__) == pytest.approx(expected)


def test_a_copy_is_found_at_no_distance_and_below_the_yardstick_that_counts_copies() -> None:
    found = nearest_recorded(RECORDED[[5, 60]], len(RECORDED), RECORDED.__getitem__)
    assert found.place.tolist() == [5, 60]
    assert found.rms.tolist() == [0.0, 0.0]
    near = near_rms(len(RECORDED), RECORDED.__getitem__)
    made = np.concatenate([RECORDED[:20] + np.float32(0.01), MADE])
    share = (nearest_recorded(made, len(RECORDED), RECORDED.__getitem__).rms <= near).mean()
    assert share == pytest.approx(copying_share(RECORDED, made))


def test_the_difference_of_images_is_in_shades_of_grey() -> None:
    images = np.zeros((3, 8, 8), np.uint8)
    images[1] = 255
    found = nearest_recorded(np.full((1, 8, 8), 250, np.uint8), 3, images.__getitem__)
    assert (found.place[0], found.rms[0]) == (1, 5.0)


def test_without_recorded_beats_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(DataError, match="no recorded beat of this class"):
        nearest_recorded(MADE, 0, RECORDED.__getitem__)
    with pytest.raises(DataError, match="1 recorded beats: too few"):
        near_rms(1, RECORDED.__getitem__)
