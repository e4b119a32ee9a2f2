"""A beat is laid over its record's usual beat wherever it lies, whatever the amplifier's gain, and timed as rr says."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.context import MOST_SHIFT_S, RANGE, RHYTHM_NAMES, RecordContext
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.rr import prematurity, ratio_causal, ratio_record, rr_intervals
from ecg_core.beats.store import load_beats
from ecg_core.errors import DataError

CONFIG = BeatConfig()
TIMES_S = CONFIG.times_s
MOST = round(MOST_SHIFT_S * CONFIG.fs)
"""8 points, 44 ms at 180 Hz."""
RR_S = np.tile([0.8, 0.78, 0.83], 20)
EARLY_NAMES = slice(0, 3)


def wave(shift_s: float = 0.0, mv: float = 1.0) -> npt.NDArray[np.float32]:
    """(2, n_points) mV: a beat of P, QRS and T, `shift_s` late."""
    t = TIMES_S - shift_s
    bumps = [(0.1, -0.17, 0.02), (-0.2, -0.025, 0.008), (1.0, 0, 0.012), (-0.3, 0.025, 0.01), (0.25, 0.2, 0.04)]
    first = sum(height * np.exp(-0.5 * ((t - at) / width) ** 2) for height, at, width in bumps)
    return (mv * np.stack([first, -0.4 * np.roll(first, 1)])).astype(np.float32)


def moved(points: int) -> npt.NDArray[np.float32]:
    """The usual beat, some points late; what lies beyond the window is its outermost point."""
    return wave()[:, np.clip(np.arange(len(TIMES_S)) - points, 0, len(TIMES_S) - 1)]


def context(signals: npt.NDArray[np.float32] | None = None, rr_s: npt.NDArray[np.float64] = RR_S) -> RecordContext:
    """Of a recording of equal beats, or of these."""
    some = np.repeat(wave()[None], 20, axis=0) if signals is None else signals
    pre_s = np.concatenate([[np.nan], rr_s])
    return RecordContext.of(some, pre_s, *median_beat(some, CONFIG), TIMES_S)


USUAL = context()


@pytest.mark.parametrize("points", range(-MOST, MOST + 1))
def test_a_beat_found_up_to_45_ms_early_or_late_is_moved_back(points: int) -> None:
    assert MOST == 8
    aligned = USUAL.aligned(moved(points)[None])[0]
    inside = slice(MOST, len(TIMES_S) - MOST)
    assert np.allclose(aligned[:, inside], USUAL.template[:, inside], atol=1e-6)


@pytest.mark.parametrize("points", [-12, 12])
def test_a_beat_further_off_is_moved_by_no_more(points: int) -> None:
    aligned = USUAL.aligned(moved(points)[None])[0]
    back = np.sign(points) * MOST
    expected = moved(points - back) / USUAL.unit_mv[:, None]
    inside = slice(MOST, len(TIMES_S) - MOST)
    assert np.allclose(aligned[:, inside], expected[:, inside], atol=1e-6)
    assert np.abs(aligned - USUAL.template).max() > 0.2


def test_a_flat_beat_stays_where_it_is() -> None:
    flat = np.zeros((1, 2, len(TIMES_S)), np.float32)
    assert np.array_equal(USUAL.aligned(flat), flat)


def test_of_equal_matches_the_smallest_move_wins() -> None:
    period = np.sin(2 * np.pi * np.arange(len(TIMES_S)) / 4)  # the same again after 4 points
    wave_train = np.repeat(period[None, None], 2, axis=1).astype(np.float32)
    unit = np.ones(2, np.float32)
    same = dataclasses.replace(USUAL, template=wave_train[0], unit_mv=unit)
    assert np.array_equal(same.aligned(wave_train), wave_train)


def test_the_difference_of_the_usual_beat_is_nothing_and_of_another_what_it_is() -> None:
    assert np.abs(USUAL.difference(wave()[None])).max() < 1e-6
    other = wave()
    other[:, -40:] += 0.3  # after everything that is aligned
    difference = USUAL.difference(other[None])[0]
    assert np.allclose(difference[:, :-40], 0, atol=1e-6)
    assert np.allclose(difference[:, -40:], (0.3 / USUAL.unit_mv)[:, None], atol=1e-5)


def test_beats_at_once_are_moved_each_by_itself() -> None:
    some = np.stack([moved(points) for points in (0, 5, -8, 3, 5)])
    alone = np.concatenate([USUAL.aligned(one[None]) for one in some])
    assert np.array_equal(USUAL.aligned(some), alone)
    assert USUAL.aligned(some[:0]).shape == (0, 2, len(TIMES_S))


@settings(deadline=None, max_examples=30)
@given(st.floats(1e-2, 1e3), st.integers(0, 2**32 - 1))
def test_the_amplifiers_gain_changes_nothing(factor: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    signals = np.stack([moved(k) for k in rng.integers(-4, 5, 12)])
    signals = (signals + rng.normal(0, 0.02, signals.shape)).astype(np.float32)
    pre_s, (template, unit) = RR_S[:12], median_beat(signals, CONFIG)
    found = RecordContext.of(signals, pre_s, template, unit, TIMES_S)
    gain = np.float32(factor)
    other = RecordContext.of(gain * signals, pre_s, gain * template, gain * unit, TIMES_S)
    assert np.allclose(other.template, found.template, atol=1e-4)
    assert np.allclose(other.difference(gain * signals), found.difference(signals), atol=1e-3)


def test_the_template_is_the_median_of_aligned_beats_so_that_jitter_does_not_blur_it() -> None:
    rng = np.random.default_rng(0)
    jittered = np.stack([moved(k) for k in rng.integers(-4, 5, 60)])
    sharp, blurred = context(jittered).template, median_beat(jittered, CONFIG)[0] / context(jittered).unit_mv[:, None]
    assert np.ptp(sharp[0]) > 0.95
    assert np.ptp(blurred[0]) < 0.9


def test_a_few_odd_beats_do_not_reach_the_template() -> None:
    some = np.repeat(wave()[None], 20, axis=0)
    some[::4] *= -6
    assert np.allclose(context(some).template, USUAL.template, atol=1e-6)


def test_spikes_are_held_within_ten_amplitudes() -> None:
    spike = wave()[None].copy()
    spike[0, 0, 20] = 1e6
    assert USUAL.aligned(spike).max() == RANGE


def test_a_recording_without_beats_or_known_rr_has_a_context_of_numbers() -> None:
    nothing = np.zeros((0, 2, len(TIMES_S)), np.float32)
    found = RecordContext.of(nothing, np.array([np.nan]), *median_beat(nothing, CONFIG), TIMES_S)
    assert (found.mean_ln_rr, found.late_ln_rr, found.spread) == (0, 0, 0.05)
    assert np.array_equal(found.rhythm(np.array([np.nan]), np.array([np.nan])), np.zeros((1, 5), np.float32))
    assert np.isfinite(found.difference(wave()[None])).all()


@pytest.mark.parametrize("changed", [{"before_s": 0.14}, {"after_s": 0.17}])
def test_beats_too_short_to_be_aligned_are_refused(changed: dict[str, float]) -> None:
    config = BeatConfig(**changed)
    times_s = config.times_s
    beats = np.ones((3, 2, len(times_s)), np.float32)
    with pytest.raises(DataError) as caught:
        RecordContext.of(beats, RR_S[:3], beats[0], np.ones(2, np.float32), times_s)
    assert str(caught.value) == (
        "Beats are too short to be aligned: prepare at least 0.2 s before and after the R peak."
    )


def test_beats_of_0_2_s_on_each_side_are_long_enough() -> None:
    times_s = BeatConfig(before_s=0.2, after_s=0.2).times_s
    beats = np.ones((3, 2, len(times_s)), np.float32)
    found = RecordContext.of(beats, RR_S[:3], beats[0], np.ones(2, np.float32), times_s)
    assert found.difference(beats).shape == beats.shape


@st.composite
def rhythms(draw: st.DrawFn) -> npt.NDArray[np.int64]:
    """R peaks of a recording at 360 Hz, with some early beats."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(3, 80))
    rr_s = rng.uniform(0.5, 1.2) * np.exp(draw(st.sampled_from([0.01, 0.05, 0.25])) * rng.standard_normal(n))
    early = rng.random(n) < 0.1
    return np.concatenate([[0], np.cumsum(np.where(early, 0.6, 1) * rr_s * 360)]).astype(np.int64)


def timed(r_sample: npt.NDArray[np.int64]) -> tuple[RecordContext, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    pre_s, post_s = rr_intervals(r_sample, 360.0)
    some = np.repeat(wave()[None], len(pre_s), axis=0)
    return RecordContext.of(some, pre_s, *median_beat(some, CONFIG), TIMES_S), pre_s, post_s


@settings(deadline=None)
@given(rhythms())
def test_the_first_rhythm_numbers_are_prematurity(r_sample: npt.NDArray[np.int64]) -> None:
    found, pre_s, post_s = timed(r_sample)
    rhythm = found.rhythm(pre_s, post_s)
    assert rhythm.shape == (len(pre_s), len(RHYTHM_NAMES))
    assert np.allclose(rhythm[:, EARLY_NAMES], np.clip(prematurity(pre_s), -20, 20), atol=1e-4)
    assert np.isfinite(rhythm).all()


@settings(deadline=None)
@given(rhythms())
def test_lateness_after_is_against_the_mean_and_against_the_local_rr(r_sample: npt.NDArray[np.int64]) -> None:
    found, pre_s, post_s = timed(r_sample)
    rhythm = found.rhythm(pre_s, post_s)[1:-1].astype(np.float64)
    mean = pre_s[1:].mean()
    inner_pre, inner_post, local = pre_s[1:-1], post_s[1:-1], prematurity(pre_s)[1:-1, 2]
    local_s = inner_pre * np.exp(local * found.spread)
    assert np.allclose(rhythm[:, 3], np.clip(np.log(inner_post / mean) / found.spread, -20, 20), atol=1e-4)
    assert np.allclose(rhythm[:, 4], np.clip(np.log(inner_post / local_s) / found.spread, -20, 20), atol=1e-4)


@settings(deadline=None)
@given(rhythms())
def test_ratios_give_the_numbers_of_a_recorded_beat_back(r_sample: npt.NDArray[np.int64]) -> None:
    found, pre_s, post_s = timed(r_sample)
    ratios = (ratio_causal(pre_s), ratio_record(pre_s), post_s / pre_s)
    inside = slice(1, -1)  # both RR known
    made = found.rhythm_of_ratios(*(one[inside].astype(np.float32) for one in ratios))
    recorded = found.rhythm(pre_s, post_s)[inside]
    assert np.allclose(made[:, [0, 1, 3]], recorded[:, [0, 1, 3]], atol=2e-3)
    assert np.allclose(made[:, 2], np.clip(-np.log(ratios[0][inside]) / found.spread, -20, 20), atol=2e-3), (
        "the local reference is the mean of the ten before, not the median around"
    )


def test_in_a_steady_rhythm_ratios_give_all_numbers_of_an_early_beat() -> None:
    rr_s = np.full(60, 0.8)
    rr_s[30:32] = 0.5, 1.1
    found, pre_s, post_s = timed(np.concatenate([[0], np.cumsum(rr_s * 360)]).astype(np.int64))
    at = slice(31, 32)
    made = found.rhythm_of_ratios(ratio_causal(pre_s)[at], ratio_record(pre_s)[at], (post_s / pre_s)[at])
    assert np.allclose(made, found.rhythm(pre_s, post_s)[at], atol=0.02)
    assert (made > 3).all(), "early by every reference, and late after"


def test_every_recording_has_the_context_of_its_own_beats(simulated_beats: BeatSet) -> None:
    some = simulated_beats.only(["sim03", "sim11"])
    together = some.contexts
    assert list(together) == ["sim03", "sim11"]
    for name, found in together.items():
        alone = simulated_beats.only([name]).contexts[name]
        assert np.array_equal(alone.template, found.template)
        assert (alone.mean_ln_rr, alone.spread) == (found.mean_ln_rr, found.spread)
        assert np.array_equal(found.unit_mv, some.units_mv[name])
    assert together["sim11"].mean_ln_rr > together["sim03"].mean_ln_rr, "53 beats a minute, and 78"


def test_excluded_beats_do_not_reach_the_template_and_labels_none(simulated_beats: BeatSet) -> None:
    some = simulated_beats.only(["sim10"])
    signals, table = np.array(some.signals), some.table.copy()
    table.loc[::3, "excluded"] = "clipped"
    excluded = dataclasses.replace(some, table=table)
    signals[::3] = 50.0
    other = dataclasses.replace(some, table=table.assign(beat_class="Q", symbol="Q"), signals=signals)
    assert np.array_equal(other.contexts["sim10"].template, excluded.contexts["sim10"].template)


def test_on_a_real_record_ventricular_beats_differ_and_come_early_and_normal_ones_do_neither(mitdb) -> None:
    beats = load_beats(mitdb, ["119"])
    found = beats.contexts["119"]
    difference = np.abs(found.difference(np.asarray(beats.signals))).max(axis=(1, 2))
    early = found.rhythm(*(beats.table[name].to_numpy() for name in ("rr_pre_s", "rr_post_s")))[:, 0]
    normal, ventricular = (beats.rows_of(name) for name in "NV")
    assert np.median(difference[normal]) < 0.2 < 0.8 < np.median(difference[ventricular])
    assert np.median(early[normal]) < 0.5 < 2 < np.median(early[ventricular])
