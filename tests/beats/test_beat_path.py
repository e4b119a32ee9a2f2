"""The path through a long recording is that of the whole, wherever it is cut."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.beat_path import AT_ONCE, MARGIN, Array, LongPath, Path, beat_path


def long_path(time_s: Array, strength: Array, at_once: int = AT_ONCE, margin: int = MARGIN, parts: int = 1) -> Path:
    path = LongPath(at_once, margin)
    for some in np.array_split(np.arange(len(time_s)), parts):
        path.add(time_s[some], strength[some])
    return path.path()


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.integers(60, 400))
def test_where_a_long_path_is_cut_changes_no_beat(seed: int, at_once: int) -> None:
    rng = np.random.default_rng(seed)
    beats = np.cumsum(rng.normal(0.8, 0.05, 900))
    noise = rng.uniform(0, beats[-1], 500)
    time_s = np.concatenate([beats, noise])
    strength = np.concatenate([rng.normal(1, 0.1, len(beats)), rng.uniform(0.02, 0.3, len(noise))]).clip(0.01)
    order = np.argsort(time_s)
    time_s, strength = time_s[order], strength[order]
    kept = np.concatenate([[True], np.diff(time_s) > 0.1])
    time_s, strength = time_s[kept], strength[kept]
    whole, cut = beat_path(time_s, strength), long_path(time_s, strength, at_once, 60)
    assert np.mean(np.isin(cut.chosen, whole.chosen)) > 0.99
    assert abs(len(cut.chosen) - len(whole.chosen)) <= 3
    assert (np.diff(cut.chosen) > 0).all()
    in_parts = long_path(time_s, strength, at_once, 60, parts=7)
    np.testing.assert_array_equal(in_parts.chosen, cut.chosen)
    np.testing.assert_array_equal(in_parts.advantage, cut.advantage)


def test_a_path_of_few_candidates_is_one() -> None:
    time_s = np.arange(50) * 0.8
    strength = np.ones(50)
    one, other = beat_path(time_s, strength), long_path(time_s, strength)
    np.testing.assert_array_equal(one.chosen, other.chosen)
    np.testing.assert_array_equal(one.advantage, other.advantage)


def test_without_a_candidate_there_is_no_beat() -> None:
    assert len(long_path(np.zeros(0), np.zeros(0)).chosen) == 0
