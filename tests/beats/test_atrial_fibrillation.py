"""Atrial fibrillation by RR intervals alone: irregular is found, regular and bigeminy are not, whatever the rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.atrial_fibrillation import LONGEST_RR_S, THRESHOLD, WINDOW, fibrillation, irregularity

FS = 250.0


def beats(rr_s: "np.ndarray[tuple[int], np.dtype[np.float64]]", fs: float = FS) -> "np.ndarray":
    return np.round(np.concatenate([[0.0], np.cumsum(rr_s)]) * fs).astype(np.int64)


def irregular(n: int, mean_s: float = 0.6, seed: int = 0) -> "np.ndarray":
    return np.random.default_rng(seed).normal(mean_s, 0.25 * mean_s, n).clip(0.25, 1.6)


def regular(n: int, mean_s: float = 0.8) -> "np.ndarray":
    return mean_s + 0.01 * np.sin(np.arange(n))


@pytest.mark.parametrize("mean_s", [0.4, 0.5, 0.6, 0.7, 0.8])
def test_irregular_intervals_are_fibrillation_from_the_first_beat_to_the_last(mean_s: float) -> None:
    r_sample = beats(irregular(300, mean_s))
    assert [(one.name, one.start_sample, one.stop_sample) for one in fibrillation(r_sample, FS)] == [
        ("AFIB", 0, r_sample[-1])
    ]


REGULAR = {
    "sinus": regular(300),
    "fast": regular(300, 0.4),
    "slow": regular(300, 1.4),
    "bigeminy": np.tile([0.5, 1.1], 150),
    "breathing": 0.8 + 0.15 * np.sin(np.arange(300) / 5),
}


@pytest.mark.parametrize("rr_s", list(REGULAR.values()), ids=list(REGULAR))
def test_regular_rhythms_and_bigeminy_are_not(rr_s: "np.ndarray") -> None:
    assert fibrillation(beats(rr_s), FS) == ()


def test_an_episode_is_found_where_it_is() -> None:
    rr_s = np.concatenate([regular(300), irregular(300), regular(300)])
    r_sample = beats(rr_s)
    (found,) = fibrillation(r_sample, FS)
    assert found.start_sample == pytest.approx(r_sample[300], abs=15 * FS)
    assert found.stop_sample == pytest.approx(r_sample[600], abs=15 * FS)


def test_ectopic_beats_that_are_left_out_do_not_make_a_regular_rhythm_irregular() -> None:
    rng = np.random.default_rng(1)
    rr_s = regular(600)
    ectopic = rng.random(601) < 0.35
    for k in np.flatnonzero(ectopic[1:-1]).tolist():  # early, alone or in runs, without a fixed pause
        rr_s[k], rr_s[k + 1] = rng.uniform(0.35, 0.6), rng.uniform(0.7, 1.3)
    ectopic[0] = False
    assert fibrillation(beats(rr_s), FS), "they look like fibrillation"
    assert fibrillation(beats(rr_s), FS, ectopic) == ()


def test_ectopic_beats_within_fibrillation_do_not_interrupt_it() -> None:
    ectopic = np.zeros(301, np.bool_)
    ectopic[100:300:9] = True
    r_sample = beats(irregular(300))
    assert [one.stop_sample for one in fibrillation(r_sample, FS, ectopic)] == [r_sample[-1]]


def test_a_gap_is_no_fibrillation() -> None:
    rr_s = irregular(300)
    rr_s[150] = LONGEST_RR_S + 1
    r_sample = beats(rr_s)
    first, second = fibrillation(r_sample, FS)
    assert (first.stop_sample, second.start_sample) == (r_sample[150], r_sample[151])


@pytest.mark.parametrize("n", range(WINDOW + 1))
def test_too_few_beats_say_nothing(n: int) -> None:
    assert fibrillation(beats(irregular(300))[:n], FS) == ()
    assert fibrillation(beats(irregular(300)), FS, np.ones(301, np.bool_)) == ()


def test_the_decision_function_equals_the_paper_s_where_it_can_be_worked_out_by_hand() -> None:
    assert irregularity(np.full(40, 0.8)) == pytest.approx(np.zeros(40)), "nothing differs, nothing changes"
    # Rising by 10 ms: of the 28 pairs of a window the 15 at least three apart differ. The median changes nothing
    # inside, so that what the ends change must be below the limit of bigeminy, and O is that change, no irregularity.
    assert irregularity(np.arange(40) * 0.01 + 0.6).max() < THRESHOLD
    # Groups of two: medians differ wherever groups do.
    rr_s = np.tile([0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.7, 1.4], 60)
    middle = irregularity(rr_s)[200:280]
    smoothed = np.convolve(middle, np.ones(8) / 8, "valid")
    medians = np.median(np.stack([np.roll(rr_s, 1), rr_s, np.roll(rr_s, -1)]), axis=0)[80:88]
    pairs = np.abs(medians[:, None] - medians[None, :])[np.triu_indices(8, 1)] >= 0.03
    assert smoothed == pytest.approx(pairs.mean() / rr_s.mean(), rel=0.01)


@given(
    rr_s=st.lists(st.floats(0.3, 2.0), min_size=0, max_size=80),
    share=st.floats(0, 1),
    factor=st.integers(2, 5),
    shift=st.integers(0, 10**6),
)
def test_stretches_are_in_order_from_beat_to_beat_and_do_not_depend_on_rate_or_start(
    rr_s: list[float], share: float, factor: int, shift: int
) -> None:
    r_sample = beats(np.array(rr_s))
    left_out = np.random.default_rng(0).random(len(r_sample)) < share
    found = fibrillation(r_sample, FS, left_out)
    edges = [edge for one in found for edge in (one.start_sample, one.stop_sample)]
    assert edges == sorted(set(edges))
    assert set(edges) <= set(r_sample.tolist())
    moved = fibrillation(r_sample * factor + shift, FS * factor, left_out)
    assert [(one.start_sample, one.stop_sample) for one in moved] == [
        (one.start_sample * factor + shift, one.stop_sample * factor + shift) for one in found
    ]
