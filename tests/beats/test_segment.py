"""Pieces around R peaks: exact on the grid, linear between, repeated beyond the ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.segment import cut, offsets

RAMP = np.stack([np.arange(100.0), -2 * np.arange(100.0)], axis=1).astype(np.float32)  # (100, 2)


def test_offsets_start_before_the_peak_hold_it_and_leave_the_end_out() -> None:
    times_s = offsets(0.35, 0.45, 180.0)
    assert len(times_s) == 144
    assert times_s[0] == pytest.approx(-0.35)
    assert times_s[63] == 0.0
    assert times_s[-1] == pytest.approx(0.45 - 1 / 180)


@settings(deadline=None)
@given(st.floats(0.05, 10), st.floats(0.05, 10), st.floats(50, 1000))
def test_offsets_are_evenly_spaced_and_hold_the_peak_once(before_s: float, after_s: float, fs: float) -> None:
    times_s = offsets(before_s, after_s, fs)
    assert len(times_s) == round(before_s * fs) + round(after_s * fs)
    assert np.allclose(np.diff(times_s), 1 / fs)
    assert np.count_nonzero(times_s == 0) == (round(after_s * fs) > 0)


def test_times_on_the_grid_read_the_samples_exactly() -> None:
    signal = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    r_sample = np.array([50, 120])
    pieces = cut(signal, 360.0, r_sample, np.arange(-20, 30) / 360.0)
    assert (pieces.shape, pieces.dtype) == ((2, 2, 50), np.float32)
    for piece, r in zip(pieces, r_sample, strict=True):
        assert np.array_equal(piece, signal[r - 20 : r + 30].T)


def test_every_second_sample_at_half_the_rate_is_exact() -> None:
    signal = np.random.default_rng(1).normal(size=(400, 2)).astype(np.float32)
    pieces = cut(signal, 360.0, np.array([200]), offsets(0.1, 0.2, 180.0))
    assert np.array_equal(pieces[0], signal[164:272:2].T)


@settings(deadline=None)
@given(st.floats(60, 1000), st.floats(60, 1000))
def test_between_samples_a_straight_line_stays_straight_at_any_rate(fs: float, fs_out: float) -> None:
    times_s = offsets(10 / fs, 10 / fs, fs_out)
    pieces = cut(RAMP, fs, np.array([50]), times_s)
    assert pieces.shape == (1, 2, len(times_s))
    assert np.allclose(pieces[0, 0], 50 + times_s * fs, atol=1e-3)
    assert np.allclose(pieces[0, 1], -2 * (50 + times_s * fs), atol=2e-3)


def test_a_quarter_of_the_way_weighs_three_to_one() -> None:
    signal = np.array([[0.0], [1.0], [5.0]], np.float32)
    assert cut(signal, 100.0, np.array([1]), np.array([-0.0075, 0.0025])).ravel() == pytest.approx([0.25, 2.0])


def test_beyond_the_ends_the_outermost_sample_is_repeated() -> None:
    pieces = cut(RAMP, 100.0, np.array([2, 97]), np.arange(-5, 6) / 100.0)
    assert pieces[0, 0].tolist() == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]
    assert pieces[1, 0].tolist() == [92, 93, 94, 95, 96, 97, 98, 99, 99, 99, 99]


def test_beyond_the_ends_between_samples_repeats_too() -> None:
    pieces = cut(RAMP, 100.0, np.array([0, 99]), np.array([-0.025, 0.025]))
    assert pieces[:, 0].tolist() == [[0, 2.5], [96.5, 99]]


def test_a_recording_of_one_sample_and_no_beats_at_all_give_their_shapes() -> None:
    one = cut(np.ones((1, 2), np.float32), 360.0, np.array([0]), offsets(0.35, 0.45, 180.0))
    assert one.shape == (1, 2, 144)
    assert (one == 1).all()
    assert cut(RAMP, 100.0, np.zeros(0, np.int64), offsets(0.1, 0.1, 50.0)).shape == (0, 2, 10)


def test_pieces_are_contiguous_and_own_their_numbers() -> None:
    signal = RAMP.copy()
    pieces = cut(signal, 100.0, np.array([50]), np.arange(-5, 6) / 100.0)
    assert pieces.flags.c_contiguous
    pieces[:] = 0
    assert np.array_equal(signal, RAMP)
