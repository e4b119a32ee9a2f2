"""The likest beats of a recording: others, the same each time, and of the same shape where there are two."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats import likes as module
from ecg_core.beats.likes import components, likes


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
