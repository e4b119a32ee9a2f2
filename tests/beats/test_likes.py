"""The likest beats of a recording: others, the same each time, and of the same shape where there are two."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from ecg_core.beats import likes as module
from ecg_core.beats.likes import FEWEST_A_GROUP, GROUPS, components, likes, nearest


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 16), st.integers(0, 2**32 - 1))
def test_no_beat_is_its_own_like_unless_it_is_alone(n: int, k: int, seed: int) -> None:
    places = np.random.default_rng(seed).normal(0, 1, (n, 5)).astype(np.float32)
    found = likes(places, k)
    assert found.rows.shape == (n, max(1, min(k, n - 1)))
    assert (found.rows == np.arange(n)[:, None]).any() == (n == 1)
    assert (found.distance >= 0).all()


def test_beats_of_two_shapes_are_like_their_own() -> None:
    rng = np.random.default_rng(0)
    shape = np.arange(200) % 4 == 0
    points = (rng.normal(0, 0.1, (200, 40)) + shape[:, None]).astype(np.float32)
    rows = likes(components(points, 10), 8).rows
    assert (shape[rows] == shape[:, None]).all()


def test_a_long_recording_seeks_among_beats_spread_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CANDIDATES", 50)
    rows = likes(np.random.default_rng(0).normal(0, 1, (1000, 3)).astype(np.float32), 5).rows
    assert len(np.unique(rows)) <= 50
    assert rows.min() == 0 or rows.max() > 900


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([20, 300, GROUPS * FEWEST_A_GROUP, 1500]), st.sampled_from([1, 13, 17]))
def test_the_nearest_are_those_of_a_search_among_all(seed: int, m: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    others = (rng.normal(size=(m, 12)) * np.linspace(5, 0.3, 12) + 3).astype(np.float32)
    points = others[:: max(1, m // 50)]
    theirs = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(others).kneighbors(points, return_distance=False)
    np.testing.assert_array_equal(nearest(points, others, k), theirs)


@pytest.mark.parametrize("m", [30, 2000])
def test_points_that_are_one_and_the_same_are_all_found(m: int) -> None:
    others = np.zeros((m, 3), np.float32)
    others[: m // 2] = 1
    found = nearest(others[:1], others, 10)
    assert (found < m // 2).all()
    assert len(set(found[0].tolist())) == 10
