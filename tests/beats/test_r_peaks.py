"""R peaks of real and simulated recordings: floors, and what must change nothing."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats import r_peaks
from ecg_core.beats.quality import CLIPPED, FLAT, MISSING
from ecg_core.beats.r_peaks import detect_r_peaks
from ecg_core.beats.readable import NOISE, UNLIKE
from ecg_core.data.beat_model import FS
from ecg_core.data.reader import read_record, record_names
from ecg_core.data.record import Record
from ecg_core.evaluation.beat_comparison import BeatComparison, compare_records, peaks
from ecg_core.evaluation.beat_figures import gross
from tests.beats.made_ecg import as_record, ecg, errors


def judged(record: Record) -> BeatComparison:
    found = peaks(detect_r_peaks(record).r_sample)
    return compare_records(record.annotations, found, record.fs, start_s=0, n_samples=record.n_samples)


MATCH = 0.05  # s: a detected peak is the beat's
few = settings(max_examples=15, deadline=None)


@pytest.mark.parametrize(
    ("name", "missed", "extra"),
    [
        ("100", 1, 0),
        ("106", 2, 3),  # bigeminy
        ("108", 3, 30),  # tall P waves, inverted beats, noise
        ("119", 0, 1),
        ("200", 15, 10),  # one lead becomes noise again and again
        ("207", 3, 2),  # ventricular fibrillation
        ("208", 12, 12),  # one lead drops out
        ("228", 3, 3),
    ],
)
def test_on_records_that_are_hard_each_in_its_way_few_beats_are_missed_or_made_up(
    mitdb: Path, name: str, missed: int, extra: int
) -> None:
    qrs = judged(read_record(mitdb, name)).figures.qrs
    assert qrs.false_negatives <= missed
    assert qrs.false_positives <= extra


@pytest.mark.parametrize(
    ("name", "share"),
    [("100", 0.99), ("119", 0.98), ("201", 0.97), ("208", 0.8)],  # 208: R and S of its wide beats are equally tall
)
def test_r_peaks_lie_within_20_ms_of_where_annotators_put_them(mitdb: Path, name: str, share: float) -> None:
    matches = judged(read_record(mitdb, name)).matches
    off_ms = (matches.matched_test - matches.matched_reference) / 0.36
    assert abs(np.median(off_ms)) <= 6
    assert np.mean(np.abs(off_ms) <= 20) >= share


def test_simulated_recordings_lose_hardly_a_beat(simulated: Path) -> None:
    whole = gross([judged(read_record(simulated, name)).matrix for name in record_names(simulated)]).rates.qrs
    assert whole.sensitivity is not None
    assert whole.positive_predictivity is not None
    assert whole.sensitivity >= 99.7
    assert whole.positive_predictivity >= 99.7


@few
@given(
    rate_bpm=st.floats(30, 220),
    fs=st.sampled_from([100, 125, 128, 200, 250, 257, 360, 500, 1000]),
    noise=st.floats(0.3, 2),
    seed=st.integers(0, 2**31),
)
def test_every_beat_from_30_to_220_a_minute_is_found_at_any_sampling_rate(
    rate_bpm: float, fs: int, noise: float, seed: int
) -> None:
    mv, beats = ecg(rate_bpm, 40, seed, noise, fs)
    found = detect_r_peaks(as_record(mv, fs))
    assert errors(found.r_sample, beats, MATCH * fs) == (0, 0)
    assert found.unreadable == ()
    assert np.all(np.diff(found.r_sample) > 0)
    assert found.r_sample.dtype == np.int64
    assert found.confidence.shape == found.r_sample.shape
    assert found.confidence.dtype == np.float32
    assert np.all((found.confidence > 0.5) & (found.confidence <= 1))


@few
@given(
    scale=st.floats(0.1, 10),
    signs=st.tuples(st.sampled_from([-1, 1]), st.sampled_from([-1, 1])),
    offset_mv=st.floats(-0.5, 0.5),
    seed=st.integers(0, 2**31),
)
def test_unit_polarity_and_offset_of_leads_change_nothing(
    scale: float, signs: tuple[int, int], offset_mv: float, seed: int
) -> None:
    mv, _ = ecg(seed=seed, ectopic={"V": 0.05, "A": 0.03})
    as_it_is = detect_r_peaks(as_record(mv))
    changed = detect_r_peaks(as_record((mv * signs + offset_mv) * scale, gain=400))
    assert len(changed.r_sample) == len(as_it_is.r_sample)
    assert np.max(np.abs(changed.r_sample - as_it_is.r_sample)) <= 2  # rounding to whole ADC units
    assert np.allclose(changed.confidence, as_it_is.confidence, atol=0.02)


@few
@given(order=st.permutations(range(12)), seed=st.integers(0, 2**31))
def test_twelve_leads_in_any_order_of_which_most_are_flat_or_noise_read_like_the_good_two(
    order: list[int], seed: int
) -> None:
    mv, beats = ecg(seed=seed)
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.3, (len(mv), 6))
    leads = np.concatenate([mv, noise, np.zeros((len(mv), 4))], axis=1)[:, order]
    found = detect_r_peaks(as_record(leads))
    assert errors(found.r_sample, beats, MATCH * FS) == (0, 0)


def test_one_lead_is_enough() -> None:
    mv, beats = ecg(ectopic={"V": 0.05})
    for lead in (0, 1):
        assert errors(detect_r_peaks(as_record(mv[:, [lead]])).r_sample, beats, 0.1 * FS) == (0, 0)


@pytest.mark.parametrize(("value", "reason"), [(np.nan, MISSING), (0.0, FLAT), (7.9, CLIPPED)])
def test_a_gap_in_all_leads_is_declared_and_one_in_a_single_lead_is_bridged_by_the_other(
    value: float, reason: str
) -> None:
    mv, beats = ecg(seconds=120)
    gap = slice(40 * FS, 60 * FS)
    one, both = mv.copy(), mv.copy()
    one[gap, 0] = value
    both[gap] = value
    bridged = detect_r_peaks(as_record(one))
    away = [
        np.abs(sample[:, None] - [gap.start, gap.stop]).min(axis=1) > 1.5 * FS for sample in (beats, bridged.r_sample)
    ]
    assert errors(bridged.r_sample[away[1]], beats[away[0]], MATCH * FS) == (0, 0)
    assert abs(len(bridged.r_sample) - len(beats)) <= 2  # where the lead jumps to the rail and back
    assert bridged.unreadable == ()
    found = detect_r_peaks(as_record(both))
    assert [stretch[2] for stretch in found.unreadable] == [reason]
    first, last, _ = found.unreadable[0]
    assert abs(first - gap.start) <= FS
    assert abs(last - gap.stop) <= FS
    assert not np.any((found.r_sample >= first) & (found.r_sample < last))
    outside = beats[(beats < first) | (beats >= last)]
    assert errors(found.r_sample, outside, MATCH * FS)[0] <= 1


def test_single_missing_samples_cost_no_beat() -> None:
    mv, beats = ecg()
    mv[::500] = np.nan
    assert errors(detect_r_peaks(as_record(mv)).r_sample, beats, MATCH * FS) == (0, 0)


@pytest.mark.parametrize("n_leads", [2, 3])
def test_pure_noise_is_declared_unreadable(n_leads: int) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, (300 * FS, n_leads))
    found = detect_r_peaks(as_record(noise))
    declared = sum(last - first for first, last, _ in found.unreadable)
    assert declared >= 0.95 * len(noise)
    assert {reason for *_, reason in found.unreadable} <= {NOISE, UNLIKE}
    assert len(found.r_sample) <= 15


def test_noise_in_one_lead_is_outvoted_and_in_both_lowers_confidence() -> None:
    mv, beats = ecg(seconds=120)
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.4, mv.shape)
    one = detect_r_peaks(as_record(mv + noise * [1, 0]))
    assert errors(one.r_sample, beats, 0.1 * FS) == (0, 0)
    both = detect_r_peaks(as_record(mv + noise))
    assert both.confidence.mean() < one.confidence.mean() < detect_r_peaks(as_record(mv)).confidence.mean()


@few
@given(block_s=st.integers(61, 200), seed=st.integers(0, 2**31))
def test_where_blocks_begin_changes_nothing(block_s: int, seed: int) -> None:
    mv, _ = ecg(seconds=240, seed=seed, ectopic={"V": 0.05})
    whole = detect_r_peaks(as_record(mv))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(r_peaks, "BLOCK_S", block_s)
        parts = detect_r_peaks(as_record(mv))
    assert np.array_equal(whole.r_sample, parts.r_sample)
    assert whole.unreadable == parts.unreadable


@pytest.mark.parametrize("n_samples", [0, 1, 2, 300])
def test_a_recording_too_short_to_tell_has_no_r_peaks(n_samples: int) -> None:
    found = detect_r_peaks(as_record(np.zeros((n_samples, 2))))
    assert len(found.r_sample) == len(found.confidence) == 0
    assert found.unreadable == ()


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_a_recording_of_nothing_is_unreadable_from_end_to_end(value: float) -> None:
    found = detect_r_peaks(as_record(np.full((10 * FS + 17, 2), value)))
    assert found.unreadable == ((0, 10 * FS + 17, MISSING if np.isnan(value) else FLAT),)
    assert len(found.r_sample) == 0


@pytest.mark.parametrize("n_seconds", [20, 31])
@pytest.mark.parametrize("fs", [128.0, 360.0])
def test_a_beat_at_the_very_end_of_whole_seconds_is_left_out(fs: float, n_seconds: int) -> None:
    time_s = np.arange(round(n_seconds * fs)) / fs
    for late_s in np.arange(-0.1, 0.1, 0.02):  # of the last peak, before and after the end
        mv = 0.4 * np.sin(np.pi / 0.6 * (time_s - n_seconds - late_s) + np.pi / 2) ** 40
        found = detect_r_peaks(as_record(mv[:, None].astype(np.float32), fs))
        assert (found.r_sample < len(mv) - r_peaks.EDGE_S * fs).all()
        assert len(found.r_sample) > n_seconds, "one in 0.6 s"
