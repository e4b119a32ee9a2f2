"""Beats are encoded in their own recording's terms, synthetic ones in those of the recording they resemble."""

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.synthetic import RHYTHM, SyntheticBeats
from ecg_core.errors import DataError
from ecg_core.tasks.classifier import inputs as classifier_inputs
from ecg_core.tasks.classifier.inputs import Encoder, Inputs, NumberScaler, in_parts

RECORDS = ("sim03", "sim04", "sim10")


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(RECORDS)


@pytest.fixture(scope="module")
def encoder(beats: BeatSet) -> Encoder:
    return Encoder(beats)


@pytest.fixture(scope="module")
def every(beats: BeatSet, encoder: Encoder) -> Inputs:
    return encoder.encode(np.arange(len(beats)))


def copies(beats: BeatSet, rows: np.ndarray, trained_on: tuple[str, ...] = RECORDS[:1]) -> SyntheticBeats:
    """Recorded beats passed off as synthetic ones."""
    table = beats.table.iloc[rows]
    return SyntheticBeats(
        np.array(beats.signals[rows]),
        table[list(RHYTHM)].to_numpy(np.float32),
        table["beat_class"].to_numpy(dtype=str),
        beats.config,
        "copies",
        trained_on,
    )


def test_rows_have_signals_and_five_numbers(every: Inputs, beats: BeatSet) -> None:
    assert (every.signals.shape, every.numbers.shape) == ((len(beats), 2, 144), (len(beats), 5))
    assert every.signals.dtype == every.numbers.dtype == np.float32
    assert np.isfinite(every.signals).all()
    assert np.isfinite(every.numbers).all()


@pytest.mark.parametrize("at_once", [8192, 100])
def test_blocks_hold_every_row_once_one_recording_at_a_time_as_encoded(
    encoder: Encoder, every: Inputs, beats: BeatSet, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier_inputs, "ROWS_AT_ONCE", at_once)
    blocks = list(encoder.blocks())
    assert np.array_equal(np.concatenate([rows for rows, _ in blocks]), np.arange(len(beats)))
    assert max(len(rows) for rows, _ in blocks) <= at_once
    for rows, inputs in blocks:
        assert beats.table["record"].iloc[rows].nunique() == 1
        assert np.allclose(inputs.signals, every.signals[rows], atol=1e-6)
        assert np.array_equal(inputs.numbers, every.numbers[rows])


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12))
@example([2, 9, 4])
@example([5, 5, 7])
def test_rows_in_any_order_are_encoded_each_by_its_own_recording(
    encoder: Encoder, every: Inputs, chosen: list[int]
) -> None:
    found = encoder.encode(np.array(chosen))
    assert np.allclose(found.signals, every.signals[chosen], atol=1e-6)
    assert np.array_equal(found.numbers, every.numbers[chosen])


def test_rows_far_apart_are_encoded_each_by_its_own_recording(encoder: Encoder, every: Inputs, beats: BeatSet) -> None:
    rows = np.random.default_rng(0).permutation(len(beats))[:200]
    found = encoder.encode(rows)
    assert np.allclose(found.signals, every.signals[rows], atol=1e-6)
    assert np.array_equal(found.numbers, every.numbers[rows])


def test_each_recording_is_encoded_by_its_own_context(encoder: Encoder, every: Inputs, beats: BeatSet) -> None:
    for name, rows in rows_by_record(beats.table).items():
        context = encoder.contexts[name]
        assert np.allclose(every.signals[rows], context.difference(np.array(beats.signals[rows])), atol=1e-6)
        pre_s, post_s = (beats.table[column].to_numpy()[rows] for column in ("rr_pre_s", "rr_post_s"))
        assert np.array_equal(every.numbers[rows], context.rhythm(pre_s, post_s))


def test_a_recording_among_others_is_encoded_as_alone(simulated_beats: BeatSet, beats: BeatSet, every: Inputs) -> None:
    own = (beats.table["record"] == "sim10").to_numpy()
    alone = Encoder(simulated_beats.only(["sim10"])).encode(np.arange(own.sum()))
    assert np.allclose(alone.signals, every.signals[own], atol=1e-6)
    assert np.array_equal(alone.numbers, every.numbers[own])


def test_labels_play_no_part(beats: BeatSet, every: Inputs) -> None:
    other = dataclasses.replace(beats, table=beats.table.assign(beat_class="Q", symbol="Q"))
    found = Encoder(other).encode(np.arange(len(beats)))
    assert np.array_equal(found.signals, every.signals)
    assert np.array_equal(found.numbers, every.numbers)


def test_without_rhythm_there_are_no_numbers_and_signals_stay(beats: BeatSet, every: Inputs) -> None:
    found = Encoder(beats, rhythm=False).encode(np.arange(50))
    assert found.numbers.shape == (50, 0)
    assert np.allclose(found.signals, every.signals[:50], atol=1e-6)


def test_a_synthetic_beat_takes_the_context_of_the_recording_it_resembles(
    beats: BeatSet, encoder: Encoder, every: Inputs
) -> None:
    rows = np.concatenate([beats.rows_of(name)[1:-1:7] for name in "SVF"])
    assert beats.table["record"].iloc[rows].nunique() == 3
    found = encoder.encode_synthetic(copies(beats, rows))
    assert np.allclose(found.signals, every.signals[rows], atol=1e-5), "a copy is encoded as what it copies"
    assert np.allclose(found.numbers[:, [0, 1, 3]], every.numbers[rows][:, [0, 1, 3]], atol=1e-2)
    assert found.numbers.shape == (len(rows), 5)
    bare = Encoder(beats, rhythm=False).encode_synthetic(copies(beats, rows))
    assert bare.numbers.shape == (len(rows), 0)


def test_the_host_is_the_nearest_of_its_class_not_of_all(beats: BeatSet, encoder: Encoder) -> None:
    """Atrial beats are only in sim04 here: a normal beat of sim10 called S is encoded as sim04's."""
    assert set(beats.table["record"].iloc[beats.rows_of("S")]) == {"sim04"}
    row = np.flatnonzero((beats.table["record"] == "sim10") & (beats.table["beat_class"] == "N"))[5:6]
    called = dataclasses.replace(copies(beats, row), beat_class=np.array(["S"]))
    expected = encoder.contexts["sim04"].difference(np.array(beats.signals[row]))
    assert np.allclose(encoder.encode_synthetic(called).signals, expected, atol=1e-6)


def test_an_impossible_rhythm_of_a_synthetic_beat_stays_a_number(beats: BeatSet, encoder: Encoder) -> None:
    made = copies(beats, beats.rows_of("V")[:4])
    broken = dataclasses.replace(made, rhythm=np.array([[0] * 4, [-1] * 4, [1e-9] * 4, [1e4] * 4], np.float32))
    assert np.isfinite(encoder.encode_synthetic(broken).numbers).all()


def test_a_generator_that_saw_other_records_is_refused(beats: BeatSet, encoder: Encoder) -> None:
    with pytest.raises(DataError) as caught:
        encoder.encode_synthetic(copies(beats, beats.rows_of("V")[:3], ("sim03", "sim12")))
    assert str(caught.value) == (
        "The generator of these synthetic beats was trained on record sim12, which is not in this training set: what "
        "it learned there would leak. Train a GAN on these records only."
    )


def test_synthetic_beats_of_another_preparation_are_refused(beats: BeatSet, encoder: Encoder) -> None:
    made = copies(beats, beats.rows_of("V")[:3])
    other = dataclasses.replace(made, config=dataclasses.replace(beats.config, band_hz=(0.5, 35.0)))
    with pytest.raises(DataError) as caught:
        encoder.encode_synthetic(other)
    assert str(caught.value) == (
        "The synthetic beats were prepared in another way than the recorded ones: train the GAN again."
    )


def test_a_class_without_a_recorded_beat_has_nothing_to_be_likened_to(beats: BeatSet, encoder: Encoder) -> None:
    made = dataclasses.replace(copies(beats, np.arange(2)), beat_class=np.array(["N", "Q"]))
    with pytest.raises(DataError) as caught:
        encoder.encode_synthetic(made)
    assert str(caught.value) == "The training records hold no beat of class Q to liken synthetic ones to."


def test_quarters_are_recordings_of_their_own_with_the_same_beats(beats: BeatSet) -> None:
    found = in_parts(beats)
    assert found.records == tuple(f"{name}/{k}" for name in RECORDS for k in (1, 2, 3, 4))
    assert found.signals is beats.signals
    pd_columns = [name for name in beats.table if name != "record"]
    assert found.table[pd_columns].equals(beats.table[pd_columns]), "patients stay, and so does their order"
    for name, rows in rows_by_record(beats.table).items():
        own = found.table["record"].iloc[rows]
        assert own.is_monotonic_increasing
        assert np.ptp(own.value_counts()) <= 1, "of as many beats"
        assert sum(found.durations_s[part] for part in own.unique()) == pytest.approx(beats.durations_s[name])
    for part, rows in rows_by_record(found.table).items():
        template, unit = median_beat(beats.signals[rows], beats.config)
        assert np.array_equal(found.templates[part], template)
        assert np.array_equal(found.units_mv[part], unit)


def test_a_recording_too_short_for_four_parts_stays_one(simulated_beats: BeatSet) -> None:
    one = simulated_beats.only(["sim03"])
    short = dataclasses.replace(one, signals=one.signals[:399], table=one.table.iloc[:399])
    assert in_parts(short).records == ("sim03/1",)
    long = dataclasses.replace(one, signals=one.signals[:400], table=one.table.iloc[:400])
    assert len(in_parts(long).records) == 4
    assert in_parts(long, 3).records == ("sim03/1", "sim03/2", "sim03/3")


def test_excluded_beats_do_not_reach_a_parts_median(beats: BeatSet) -> None:
    signals, table = np.array(beats.signals), beats.table.copy()
    table.loc[::5, "excluded"] = "clipped"
    before = in_parts(dataclasses.replace(beats, table=table))
    signals[::5] = 77
    after = in_parts(dataclasses.replace(beats, table=table, signals=signals))
    assert all(np.array_equal(before.templates[part], after.templates[part]) for part in before.records)


def test_the_scaler_makes_mean_zero_and_deviation_one_of_what_it_was_fitted_to(every: Inputs) -> None:
    scaler = NumberScaler.fit(every.numbers)
    scaled = (every.numbers - scaler.mean) / scaler.deviation
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(5), abs=1e-3)
    assert scaled.std(axis=0) == pytest.approx(np.ones(5), abs=0.01)
    assert np.array_equal(scaler.transform(every.numbers), np.clip(scaled, -4, 4))
    assert np.abs(every.numbers).max() > np.abs(scaler.transform(every.numbers)).max() == 4


def test_numbers_that_do_not_vary_are_no_trouble_and_neither_are_none() -> None:
    scaler = NumberScaler.fit(np.full((6, 2), 3, np.float32))
    assert scaler.transform(np.full((1, 2), 3, np.float32)).tolist() == [[0, 0]]
    assert NumberScaler.fit(np.zeros((6, 0), np.float32)).transform(np.zeros((2, 0), np.float32)).shape == (2, 0)


def test_inputs_are_chosen_and_joined_row_by_row(every: Inputs) -> None:
    first, second = every.at(np.array([5, 2])), every.at(np.arange(len(every)) == 9)
    joined = Inputs.joined([first, second])
    assert len(joined) == 3
    assert np.array_equal(joined.signals, every.signals[[5, 2, 9]])
    assert np.array_equal(joined.numbers, every.numbers[[5, 2, 9]])
