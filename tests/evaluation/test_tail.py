"""Tail scores: monotone, never negative, in nats, without a jump where counting ends."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_core.evaluation.tail import LARGEST_EXCESS, TAIL, TailScore

finite = st.floats(-1e6, 1e6, width=32)
references = hnp.arrays(np.float32, st.integers(1, 200), elements=finite)
scores = hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e7, 1e7))
LIMIT = -math.log(1 - TAIL)


@settings(deadline=None)
@given(references, scores)
def test_a_higher_score_never_lies_less_far_out(reference: npt.NDArray[np.float32], score: npt.NDArray[np.float64]):
    found = TailScore.fit(reference).transform(np.sort(score))
    assert (np.diff(found) >= 0).all()


@settings(deadline=None)
@given(references, scores)
def test_it_is_a_number_from_zero_to_the_cap(reference: npt.NDArray[np.float32], score: npt.NDArray[np.float64]):
    found = TailScore.fit(reference).transform(score)
    assert found.shape == score.shape
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found <= LIMIT + LARGEST_EXCESS + 1e-9).all()


@settings(deadline=None)
@given(references, scores)
def test_the_order_of_the_reference_does_not_matter_nor_that_of_the_scores(
    reference: npt.NDArray[np.float32], score: npt.NDArray[np.float64]
):
    tail = TailScore.fit(reference)
    assert np.array_equal(TailScore.fit(reference[::-1]).reference, tail.reference)
    assert np.array_equal(tail.transform(score[::-1]), tail.transform(score)[::-1])


def test_counted_shares_are_minus_ln_p() -> None:
    tail = TailScore.fit(np.arange(999.0))  # (n at least as high + 1) / 1000
    found = tail.transform(np.array([-5.0, 0.0, 500.0, 900.0, 949.5]))
    assert found == pytest.approx([0.0, 0.0, -math.log(0.5), -math.log(0.1), -math.log(0.05)])


def test_beyond_the_quantile_one_mean_excess_is_one_nat() -> None:
    reference = np.arange(1000.0)
    tail = TailScore.fit(reference)
    q = np.quantile(reference, TAIL)
    excess = reference[reference >= q].mean() - q
    assert tail.transform(q + excess * np.array([1.0, 3.0])) == pytest.approx([LIMIT + 1, LIMIT + 3])


def test_an_exponential_tail_is_continued_as_it_is() -> None:
    tail = TailScore.fit(np.random.default_rng(0).exponential(size=200_000))
    assert tail.transform(np.array([1.0, 2.0, 3.0])) == pytest.approx([1, 2, 3], abs=0.02)
    assert tail.transform(np.array([5.0, 8.0, 12.0])) == pytest.approx([5, 8, 12], rel=0.03)


def test_it_does_not_jump_where_counting_ends() -> None:
    reference = np.random.default_rng(1).normal(size=50_000)
    tail = TailScore.fit(reference)
    q = np.quantile(tail.reference, TAIL)
    below, at, above = tail.transform(np.array([q - 1e-9, q, q + 1e-9]))
    assert below == pytest.approx(LIMIT, abs=2e-3)
    assert at == pytest.approx(LIMIT, abs=2e-3)
    assert above == pytest.approx(LIMIT, abs=1e-6)


def test_one_absurd_beat_is_capped_twelve_mean_excesses_out() -> None:
    tail = TailScore.fit(np.random.default_rng(2).normal(size=1000))
    assert tail.transform(np.array([1e9, 1e300])).tolist() == [LIMIT + LARGEST_EXCESS] * 2


def test_a_reference_of_equal_scores_tells_as_high_from_higher() -> None:
    found = TailScore.fit(np.full(50, 2.0)).transform(np.array([1.0, 2.0, 2.1]))
    assert found.tolist() == [0.0, 0.0, LIMIT + LARGEST_EXCESS]


def test_the_reference_is_kept_as_a_model_file_will_keep_it() -> None:
    scores_found = np.random.default_rng(3).normal(size=500)
    tail = TailScore.fit(scores_found)
    assert (np.diff(tail.reference) >= 0).all()
    loaded = TailScore(tail.reference.astype(np.float32).astype(np.float64))
    assert np.array_equal(loaded.transform(scores_found), tail.transform(scores_found))
