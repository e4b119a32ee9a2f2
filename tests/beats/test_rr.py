"""RR intervals, and which of their features may look at later beats."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_core.beats.rr import (
    LOCAL_BEATS,
    RR_RANGE_S,
    past_mean,
    prematurity,
    ratio_causal,
    ratio_record,
    rr_intervals,
)

Array = npt.NDArray[np.float64]
rr_lists = hnp.arrays(np.float64, st.integers(3, 60), elements=st.floats(0.4, 1.5))


def known(rr_s: Array) -> Array:
    """RR before each beat of a recording: nothing before the first."""
    return np.concatenate([[np.nan], rr_s])


def with_early_beat(rr_s: Array, at: int, share: float = 0.6) -> Array:
    """One beat early, a compensatory pause after it."""
    changed = rr_s.copy()
    changed[at], changed[at + 1] = share * rr_s[at], (2 - share) * rr_s[at + 1]
    return changed


def test_intervals_before_and_after_are_in_seconds_with_nothing_at_the_ends() -> None:
    pre_s, post_s = rr_intervals(np.array([0, 360, 900]), 360.0)
    assert np.array_equal(pre_s, [np.nan, 1.0, 1.5], equal_nan=True)
    assert np.array_equal(post_s, [1.0, 1.5, np.nan], equal_nan=True)


@pytest.mark.parametrize("n", [0, 1])
def test_a_recording_of_no_beat_or_one_knows_no_interval(n: int) -> None:
    pre_s, post_s = rr_intervals(np.arange(n), 360.0)
    assert len(pre_s) == len(post_s) == n
    assert np.isnan(pre_s).all()
    assert np.isnan(post_s).all()
    assert ratio_causal(pre_s).tolist() == ratio_record(pre_s).tolist() == [1.0] * n
    assert prematurity(pre_s).tolist() == [[0.0, 0.0, 0.0]] * n


@settings(deadline=None)
@given(rr_lists)
def test_the_past_mean_is_that_of_up_to_ten_intervals_before(rr_s: Array) -> None:
    pre_s = known(rr_s)
    for k, found in enumerate(past_mean(pre_s)):
        before = pre_s[max(k - LOCAL_BEATS, 0) : k]
        before = before[~np.isnan(before)]
        assert np.isnan(found) if not len(before) else found == pytest.approx(before.mean())


@settings(deadline=None)
@given(rr_lists, st.data())
def test_the_causal_ratio_does_not_change_when_later_beats_do(rr_s: Array, data: st.DataObject) -> None:
    now = data.draw(st.integers(1, len(rr_s)))
    later = known(np.concatenate([rr_s[:now], rr_s[now:] * 3]))
    assert np.array_equal(ratio_causal(known(rr_s))[: now + 1], ratio_causal(later)[: now + 1])
    assert np.array_equal(ratio_causal(known(rr_s)[: now + 1]), ratio_causal(known(rr_s))[: now + 1])


def test_the_off_line_ratio_does_change_when_later_beats_do() -> None:
    pre_s = known(np.full(20, 0.8))
    later = pre_s.copy()
    later[15:] = 1.6
    assert ratio_record(pre_s)[5] == pytest.approx(1.0)
    assert ratio_record(later)[5] < 0.8
    assert prematurity(later)[5, 0] > 0.5 > abs(prematurity(pre_s)[5, 0])


def test_unknown_ratios_are_one() -> None:
    pre_s = known(np.array([0.8, 0.4]))
    assert ratio_causal(pre_s).tolist() == [1.0, 1.0, 0.5]
    assert ratio_record(pre_s).tolist() == pytest.approx([1.0, 0.8 / 0.6, 0.4 / 0.6])


@settings(deadline=None)
@given(st.floats(0.5, 1.2), st.integers(2, 45), st.floats(0.4, 0.85), st.integers(0, 2**32 - 1))
def test_an_early_beat_is_premature_against_every_reference(rr_s: float, at: int, share: float, seed: int) -> None:
    regular = rr_s * (1 + 0.01 * np.random.default_rng(seed).standard_normal(50))
    found = prematurity(known(with_early_beat(regular, at, share)))
    assert (found[at + 1] > 1).all()
    assert found.argmax(axis=0).tolist() == [at + 1] * 3, "nothing else comes earlier"


def test_a_late_beat_is_not_premature() -> None:
    found = prematurity(known(with_early_beat(np.full(50, 0.8), 20)))
    assert (found[22] < 0).all()


@settings(deadline=None)
@given(rr_lists, st.floats(0.5, 2.0))
def test_only_proportions_count_so_scaling_every_interval_changes_nothing(rr_s: Array, factor: float) -> None:
    scaled = rr_s * factor
    assert RR_RANGE_S[0] < scaled.min()
    assert scaled.max() < RR_RANGE_S[1]
    assert np.allclose(prematurity(known(scaled)), prematurity(known(rr_s)), atol=1e-8)


def test_intervals_out_of_any_heart_are_clipped() -> None:
    rr_s = np.full(30, 0.8)
    stopped, shorter = rr_s.copy(), rr_s.copy()
    stopped[10], shorter[10] = 1e-4, RR_RANGE_S[0]
    assert np.allclose(prematurity(known(stopped))[11, 2], prematurity(known(shorter))[11, 2])
    assert np.isfinite(prematurity(known(np.full(5, 1e9)))).all()


def test_the_same_early_beat_counts_less_where_the_rhythm_is_irregular() -> None:
    rng = np.random.default_rng(0)
    regular, irregular = np.full(200, 0.8), 0.8 * np.exp(0.25 * rng.standard_normal(200))
    irregular[[99, 100]] = 0.8
    early = [prematurity(known(with_early_beat(rr_s, 99)))[100] for rr_s in (regular, irregular)]
    assert (early[0] > 2 * early[1]).all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # two beats on one sample: 0 / 0
@settings(deadline=None)
@given(hnp.arrays(np.float64, st.integers(0, 50), elements=st.one_of(st.floats(0, 1e4), st.just(np.nan))))
def test_an_unknown_interval_is_not_premature_and_nothing_but_numbers_comes_out(pre_s: Array) -> None:
    found = prematurity(pre_s)
    assert found.shape == (len(pre_s), 3)
    assert np.isfinite(found).all()
    assert (found[np.isnan(pre_s)] == 0).all()
    assert np.isfinite(ratio_causal(pre_s)).all()
    assert np.isfinite(ratio_record(pre_s)).all()


def test_the_median_around_follows_a_change_of_rate_that_the_mean_does_not() -> None:
    rr_s = np.concatenate([np.full(100, 1.0), np.full(100, 0.6)])
    found = prematurity(known(rr_s))
    assert (found[130:, 0] > 0.5).all(), "early for the recording"
    assert np.allclose(found[130:, 2], 0), "on time for its neighbours"
