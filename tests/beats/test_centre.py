"""A beat's centre is found in the signal: wherever on the QRS it was marked, the same place is found."""

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from ecg_core.beats.centre import REACH_S, aligned, centres, nearest_peak, slope_energy
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.filters import bandpass, fill_missing
from ecg_core.beats.store import load_beats
from ecg_core.data.reader import read_record

FS = 360.0


@cache
def made(seed: int = 0, n_beats: int = 60) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """A minute of two leads with P, QRS and T, every fourth QRS wide and inverted; and the R peaks."""
    rng = np.random.default_rng(seed)
    peaks = np.cumsum(rng.integers(230, 330, n_beats)) + 200
    time = np.arange(peaks[-1] + 400)
    mv = rng.normal(0, 0.01, (len(time), 2))
    for number, peak in enumerate(peaks):
        near = (time[peak - 120 : peak + 200] - peak) / FS
        width, height = (0.035, -1.3) if number % 4 == 3 else (0.011, 1.0)
        wave = height * np.exp(-0.5 * (near / width) ** 2) - 0.3 * height * np.exp(-0.5 * ((near - 0.03) / width) ** 2)
        wave += 0.1 * np.exp(-0.5 * ((near + 0.16) / 0.02) ** 2) + 0.25 * np.exp(-0.5 * ((near - 0.28) / 0.04) ** 2)
        mv[peak - 120 : peak + 200] += wave[:, None] * [1.0, 0.6]
    return bandpass(mv.astype(np.float32), FS, (0.5, 40.0)), peaks.astype(np.int64)


def found(signal: npt.NDArray[np.float32], sample: npt.NDArray[np.int64], fs: float = FS) -> npt.NDArray[np.float64]:
    return aligned(signal, fs, centres(slope_energy(signal, fs), sample, fs))[0]


@given(st.integers(-14, 14))
def test_a_constant_offset_of_39_ms_is_undone_to_the_sample(offset: int) -> None:
    signal, peaks = made()
    assert np.array_equal(found(signal, peaks + offset), found(signal, peaks))


@given(st.integers(0, 2**32 - 1))
def test_jitter_is_undone(seed: int) -> None:
    signal, peaks = made()
    jitter = np.rint(np.random.default_rng(seed).normal(0, 0.010 * FS, len(peaks))).astype(np.int64)
    assert np.abs(found(signal, peaks + jitter) - found(signal, peaks)).max() < 0.001 * FS


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.booleans(), st.booleans())
def test_gain_polarity_and_order_of_leads_play_no_part(a: float, b: float, inverted: bool, swapped: bool) -> None:
    signal, peaks = made()
    other = signal * np.array([-a if inverted else a, b], np.float32)
    other = np.ascontiguousarray(other[:, ::-1]) if swapped else other
    assert np.abs(found(other, peaks) - found(signal, peaks)).max() < 0.002 * FS


@pytest.mark.parametrize(("up", "down"), [(25, 36), (25, 18), (16, 45)])
def test_the_sampling_rate_plays_no_part(up: int, down: int) -> None:
    signal, peaks = made()
    fs = FS * up / down
    other = resample_poly(signal, up, down, axis=0).astype(np.float32)
    at = np.rint(peaks * up / down).astype(np.int64)
    assert np.abs(found(other, at, fs) / fs - found(signal, peaks) / FS).max() < 0.004


def test_beats_are_aligned_to_the_usual_qrs_and_moved_by_no_more_than_the_reach() -> None:
    signal, peaks = made()
    first = centres(slope_energy(signal, FS), peaks, FS)
    jittered = first + np.random.default_rng(0).uniform(-0.02, 0.02, len(first)) * FS
    placed, usual = aligned(signal, FS, jittered)
    assert usual is not None
    assert np.abs(placed - jittered).max() <= (REACH_S + 1 / 360) * FS
    narrow = np.arange(len(peaks)) % 4 != 3
    assert np.std((placed - peaks)[narrow]) < 0.002 * FS
    again, _ = aligned(signal, FS, jittered, usual)
    assert np.std((again - peaks)[narrow]) < 0.002 * FS


def test_nothing_to_climb_leaves_positions_where_they_are() -> None:
    flat = np.zeros((3600, 2), np.float32)
    at = np.array([0, 5, 1800, 3599], np.int64)
    assert np.abs(nearest_peak(slope_energy(flat, FS), at, FS) - at).max() <= 1
    assert len(centres(slope_energy(flat, FS), at[:0], FS)) == 0
    assert aligned(flat, FS, np.zeros(0)) == (pytest.approx(np.zeros(0)), None)
    for n in (0, 1, 2, 5):
        short = np.zeros((n, 1), np.float32)
        assert len(nearest_peak(slope_energy(short, FS), at[:1], FS)) == 1


@pytest.mark.parametrize("name", ["100", "203", "208", "223", "232"])
def test_on_recorded_beats_offsets_and_jitter_are_undone(mitdb: Path, name: str) -> None:
    record = read_record(mitdb, name)
    labels = record.annotations
    beats = labels.sample[np.isin(labels.symbol, list(BY_CODE))]
    signal = bandpass(fill_missing(record.mv(0, record.n_samples, [0, 1])), record.fs, (0.5, 40.0))
    energy = slope_energy(signal, record.fs)
    place = centres(energy, beats, record.fs)
    assert np.quantile(np.abs(place - beats), 0.9) < 0.045 * record.fs, "it stays on the QRS"
    for offset in (-14, -6, 6, 14):
        moved = centres(energy, np.clip(beats + offset, 0, record.n_samples - 1), record.fs)
        assert np.mean(np.abs(moved - place) > 1) < 0.001
    jitter = np.rint(np.random.default_rng(0).normal(0, 0.010 * record.fs, len(beats))).astype(np.int64)
    moved = centres(energy, np.clip(beats + jitter, 0, record.n_samples - 1), record.fs)
    assert np.mean(np.abs(moved - place) > 1) < 0.005


def test_beats_cut_at_their_centre_have_another_hash_and_a_rhythm_of_their_own(simulated: Path) -> None:
    names = ["sim01", "sim02"]
    label, usual = (load_beats(simulated, names, BeatConfig(centre=centre)) for centre in ("label", "usual QRS"))
    assert len({label.config.hash, usual.config.hash, BeatConfig().hash}) == 3
    assert label.table["r_sample"].equals(usual.table["r_sample"])
    assert not label.table["rr_pre_s"].equals(usual.table["rr_pre_s"])
    assert np.allclose(label.table["rr_pre_s"].dropna(), usual.table["rr_pre_s"].dropna(), atol=0.08)
