"""Recordings changed on purpose: the same heart, recorded or annotated in another way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.store import load_beats
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import DataError, RunError
from ecg_core.evaluation.changed_recordings import AS_RECORDED, Changes, at_detected, changed, changed_beats, resampled

NAMES = ("sim01", "sim03")


@pytest.fixture(scope="module")
def record(simulated: Path) -> Record:
    return read_record(simulated, "sim03")


def test_nothing_changed_gives_the_beats_as_they_are_kept(simulated: Path) -> None:
    beats, counts = changed_beats(simulated, NAMES, BeatConfig(), AS_RECORDED)
    kept = load_beats(simulated, NAMES)
    assert counts is None
    assert np.array_equal(np.asarray(beats.signals), np.asarray(kept.signals))
    assert beats.table.equals(kept.table)
    assert (beats.data_hash, beats.leads, beats.layer) == (kept.data_hash, kept.leads, kept.layer)


@pytest.mark.parametrize("shift_ms", [-39.0, -16.0, 16.0, 39.0])
def test_a_constant_shift_of_all_annotations_leaves_every_beat_where_it_was(simulated: Path, shift_ms: float) -> None:
    beats, _ = changed_beats(simulated, NAMES, BeatConfig(), Changes(shift_ms=shift_ms))
    kept = load_beats(simulated, NAMES)
    moved_s = (beats.table["r_sample"] - kept.table["r_sample"]) / 360
    assert np.allclose(np.median(moved_s), shift_ms / 1000, atol=0.002)
    same = np.abs(np.asarray(beats.signals) - np.asarray(kept.signals)).max(axis=(1, 2)) < 1e-4
    assert same.mean() > 0.99


def test_beats_cut_at_their_labels_do_not_stay(simulated: Path) -> None:
    config = BeatConfig(centre="label")
    beats, _ = changed_beats(simulated, NAMES, config, Changes(shift_ms=39))
    kept = load_beats(simulated, NAMES, config)
    assert (np.abs(np.asarray(beats.signals) - np.asarray(kept.signals)).max(axis=(1, 2)) > 0.1).mean() > 0.9


def test_jitter_is_the_same_each_time_and_another_for_another_record(simulated: Path) -> None:
    one, two = (changed(read_record(simulated, "sim03"), Changes(jitter_ms=10)) for _ in range(2))
    other = read_record(simulated, "sim03")
    assert np.array_equal(one.annotations.sample, two.annotations.sample)
    moves_ms = (one.annotations.sample - other.annotations.sample) / other.fs * 1000
    assert 8 < moves_ms.std() < 12
    assert abs(moves_ms.mean()) < 2
    assert (np.diff(one.annotations.sample) >= 0).all()


@pytest.mark.parametrize("fs", [128.0, 250.0, 500.0])
def test_resampled_recordings_last_as_long_and_look_alike(record: Record, fs: float) -> None:
    found = resampled(record, fs)
    assert found.fs == fs
    assert found.signals.dtype == record.signals.dtype
    assert found.duration_s == pytest.approx(record.duration_s, abs=0.02)
    times = np.arange(1, 60, 0.37)
    there = found.mv()[np.rint(times * fs).astype(int)]
    here = np.array(
        [np.interp(np.rint(times * fs) / fs, np.arange(record.n_samples) / record.fs, lead) for lead in record.mv().T]
    ).T
    assert np.abs(there - here).mean() < 0.03
    assert np.allclose(found.annotations.sample / fs, record.annotations.sample / record.fs, atol=0.6 / fs)


def test_missing_samples_stay_missing_at_another_rate(record: Record) -> None:
    signals = np.array(record.signals)
    signals[3600:7200, 1] = record.invalid[1]
    found = resampled(replace(record, signals=signals), 250.0).mv()
    assert np.isnan(found[2505:4995, 1]).all()
    assert not np.isnan(found[:2495]).any()
    assert not np.isnan(found[:, 0]).any()


@pytest.mark.parametrize(
    ("leads", "names", "order"),
    [
        ("first", ("MLII",), [0]),
        ("swapped", ("V1", "MLII"), [1, 0]),
        ("II/V1", ("II", "V1"), [0, 1]),
        ("ECG1/ECG2", ("ECG1", "ECG2"), [0, 1]),
    ],
)
def test_leads_are_left_out_turned_round_or_renamed(
    record: Record, leads: str, names: tuple[str, ...], order: list[int]
) -> None:
    found = changed(record, Changes(leads=leads))  # type: ignore[arg-type]
    assert found.leads == names
    assert np.array_equal(found.mv(0, 100), record.mv(0, 100, order))


def test_the_order_of_leads_and_their_names_change_no_beat(simulated: Path) -> None:
    kept = load_beats(simulated, NAMES)
    for leads in ("swapped", "II/V1", "ECG1/ECG2"):
        beats, _ = changed_beats(simulated, NAMES, BeatConfig(), Changes(leads=leads))  # type: ignore[arg-type]
        assert np.allclose(np.asarray(beats.signals), np.asarray(kept.signals), atol=1e-5)


def test_detected_peaks_take_the_class_of_their_annotation_and_what_is_missed_or_extra_is_counted(
    record: Record,
) -> None:
    found, counts = at_detected(record)
    layer = found.layers["detected"].annotations
    assert len(layer) >= 0.98 * np.isin(record.annotations.symbol, ["N", "V", "A", "F"]).sum()
    assert set(layer.symbol) - {"?"} <= set(record.annotations.symbol)
    assert sum(counts.missed.values()) <= 5
    assert counts.sentence().startswith("Annotated beats that were not detected, and are not judged: ")


def test_a_record_that_cannot_be_read_is_left_out_by_name_and_none_is_an_error(simulated: Path) -> None:
    beats, _ = changed_beats(simulated, ["sim03", "nowhere"], BeatConfig(), Changes(shift_ms=16))
    assert beats.records == ("sim03",)
    assert "nowhere" in beats.left_out
    with pytest.raises(DataError, match="No record is left"):
        changed_beats(simulated, ["nowhere"], BeatConfig(), Changes(shift_ms=16))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"shift_ms": 500.0}, "at most 200 ms"),
        ({"jitter_ms": -1.0}, "at most 200 ms"),
        ({"resample_hz": 10.0}, "choose 50 to 2000"),
        ({"positions": "detected", "shift_ms": 16.0}, "Detected R peaks are not moved"),
    ],
)
def test_changes_nobody_can_mean_are_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(RunError, match=said):
        Changes(**asked)  # type: ignore[arg-type]


def test_the_report_says_what_was_changed() -> None:
    assert AS_RECORDED.sentence() == ""
    assert Changes(shift_ms=-16, resample_hz=128, leads="first").sentence() == (
        "Recordings changed on purpose: annotations moved by -16 ms, resampled to 128 Hz, only the first lead."
    )


@given(shift=st.floats(-200, 200), jitter=st.floats(0, 200))
def test_moved_annotations_stay_in_the_recording_and_in_order(record: Record, shift: float, jitter: float) -> None:
    found = changed(record, Changes(shift_ms=shift, jitter_ms=jitter)).annotations
    assert len(found) == len(record.annotations)
    assert found.sample.min() >= 0
    assert found.sample.max() < record.n_samples
    assert (np.diff(found.sample) >= 0).all()
