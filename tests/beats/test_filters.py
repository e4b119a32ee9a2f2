"""The band-pass is a zero-phase Butterworth, linear, and survives gaps and signals of one sample."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfiltfilt

from ecg_core.beats.filters import bandpass, fill_missing

FS = 360.0
BAND_HZ = (0.5, 40.0)


def ecg_like(seconds: float = 40.0, fs: float = FS, seed: int = 0) -> npt.NDArray[np.float32]:
    """Two leads in mV: P, QRS and T once a second, baseline wander, mains, muscle noise and an offset."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * fs)) / fs
    since = (time + 0.5) % 1.0 - 0.5
    waves = ((-0.16, 0.025, 0.15), (0.0, 0.012, 1.2), (0.035, 0.012, -0.3), (0.28, 0.045, 0.3))
    clean = sum(mv * np.exp(-0.5 * ((since - at) / width) ** 2) for at, width, mv in waves)
    wander = 0.2 * np.sin(2 * np.pi * 0.1 * time) + 0.05 * np.sin(2 * np.pi * 0.25 * time)
    other = 0.03 * np.sin(2 * np.pi * 60 * time) + rng.normal(0, 0.02, len(time))
    return np.stack([clean + wander + other + 0.4, -0.5 * clean + wander - other - 1.0], axis=1).astype(np.float32)


def butterworth(mv: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.float64]:
    """scipy's: a high-pass and a low-pass of second order, each forward and backward."""
    found = mv.astype(np.float64)
    for edge, kind in zip(BAND_HZ, ("highpass", "lowpass"), strict=True):
        found = sosfiltfilt(butter(2, edge, kind, fs=fs, output="sos"), found, axis=0, padlen=min(3000, len(mv) - 1))
    return found


@pytest.mark.parametrize("fs", [250.0, 360.0, 500.0])
def test_away_from_the_ends_it_is_scipys_butterworth_run_both_ways(fs: float) -> None:
    mv = ecg_like(fs=fs)
    inner = slice(int(5 * fs), -int(5 * fs))
    found, expected = bandpass(mv, fs, BAND_HZ)[inner], butterworth(mv, fs)[inner]
    # an analogue gain against a bilinear one: they part above 60 Hz, where little of a heart is left
    assert np.abs(found - expected).max() < 0.02
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.015 * found.std()


@pytest.mark.parametrize(("f_hz", "gain"), [(0.05, 1e-4), (0.5, 0.5), (5.0, 1.0), (40.0, 0.5), (120.0, 1 / 82)])
def test_a_sine_comes_out_with_the_gain_of_the_docstring(f_hz: float, gain: float) -> None:
    time = np.arange(round(200 * FS)) / FS
    mv = np.sin(2 * np.pi * f_hz * time).astype(np.float32)[:, None]
    inner = bandpass(mv, FS, BAND_HZ)[round(60 * FS) : round(140 * FS), 0]
    assert np.sqrt(2) * inner.std() == pytest.approx(gain, rel=0.01, abs=1e-4)


@pytest.mark.parametrize("at", [1800, 1801, 5000])
def test_a_symmetric_pulse_keeps_its_centre_and_its_symmetry(at: int) -> None:
    mv = np.exp(-0.5 * ((np.arange(7200) - at) / 6) ** 2).astype(np.float32)[:, None]
    found = bandpass(mv, FS, BAND_HZ)[:, 0]
    assert found.argmax() == at
    near = np.arange(1, 200)
    assert np.abs(found[at + near] - found[at - near]).max() < 1e-3


@settings(deadline=None, max_examples=25)
@given(st.floats(-4, 4), st.booleans())
def test_scaling_the_signal_scales_what_comes_out(exponent: float, inverted: bool) -> None:
    factor = (-1 if inverted else 1) * 10.0**exponent
    mv = ecg_like(6.0)
    found = bandpass((mv * np.float32(factor)).astype(np.float32), FS, BAND_HZ)
    assert np.abs(found / factor - bandpass(mv, FS, BAND_HZ)).max() < 1e-5


def test_a_constant_lead_gives_nothing_and_its_neighbour_is_untouched() -> None:
    mv = ecg_like(20.0)
    beside = mv.copy()
    beside[:, 1] = 7.5
    found = bandpass(beside, FS, BAND_HZ)
    assert np.abs(found[:, 1]).max() < 1e-4
    assert np.abs(found[:, 0] - bandpass(mv, FS, BAND_HZ)[:, 0]).max() < 1e-6


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 3), st.sampled_from([50.0, 360.0, 10_000.0]))
def test_a_signal_of_a_few_samples_keeps_its_shape_and_stays_finite(n: int, leads: int, fs: float) -> None:
    mv = np.random.default_rng(n).normal(0, 1, (n, leads)).astype(np.float32)
    found = bandpass(mv, fs, BAND_HZ)
    assert (found.shape, found.dtype) == ((n, leads), np.float32)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_constant_signals_of_one_to_three_samples_give_zero(n: int) -> None:
    assert np.abs(bandpass(np.full((n, 2), 3.0, np.float32), FS, BAND_HZ)).max() < 1e-5


def test_a_gap_is_bridged_linearly_in_its_lead_alone() -> None:
    mv = np.stack([np.arange(10.0), np.arange(10.0) ** 2], axis=1).astype(np.float32)
    holed = mv.copy()
    holed[3:7, 0] = np.nan
    assert np.allclose(fill_missing(holed), mv)
    assert np.isnan(holed[3:7, 0]).all(), "the caller's samples must stay as they were"


def test_gaps_at_the_ends_repeat_the_nearest_sample_and_an_empty_lead_becomes_zero() -> None:
    mv = np.array([[np.nan, np.nan], [2, np.nan], [4, np.nan], [np.nan, np.nan]], np.float32)
    assert fill_missing(mv).tolist() == [[2, 0], [2, 0], [4, 0], [4, 0]]


def test_a_signal_without_gaps_is_not_copied() -> None:
    mv = ecg_like(1.0)
    assert fill_missing(mv) is mv


def test_a_gap_does_not_spread_through_the_filter() -> None:
    mv = ecg_like(30.0)
    holed = mv.copy()
    holed[5000:5040, 0] = np.nan
    found, whole = bandpass(fill_missing(holed), FS, BAND_HZ), bandpass(mv, FS, BAND_HZ)
    assert np.isfinite(found).all()
    far = np.abs(np.arange(len(mv)) - 5020) > 2 * FS
    assert np.abs(found - whole)[far].max() < 0.01
    assert np.abs(found - whole)[:, 1].max() < 1e-6
