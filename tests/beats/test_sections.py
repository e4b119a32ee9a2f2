"""A long recording is scored section by section, by the same rule wherever it is scored."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.beats import sections as module
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import median_beat, prepare
from ecg_core.beats.record_store import StoredRecord, facts_of
from ecg_core.beats.sections import MOST_BEATS, by_section, sections, stored_sections
from ecg_core.data.reader import read_record
from ecg_core.files import mapped_array


def test_sections_hold_every_beat_once_in_order_and_none_is_of_two_recordings(simulated_beats: BeatSet) -> None:
    found = list(sections(simulated_beats, 100))
    assert np.concatenate([one.rows for one in found]).tolist() == list(range(len(simulated_beats)))
    assert all(len(one.beats.records) == 1 and 0 < len(one.rows) <= 100 for one in found)
    for one in found:
        np.testing.assert_array_equal(np.asarray(one.beats.signals), simulated_beats.signals[one.rows])


def test_a_recording_of_few_beats_is_one_section_and_stays_what_it_is(simulated_beats: BeatSet) -> None:
    for one in sections(simulated_beats):
        (name,) = one.beats.records
        assert one.beats.templates[name] is simulated_beats.templates[name]
    assert MOST_BEATS > 3_400, "no record of the MIT-BIH database is cut"


def test_a_section_has_a_usual_beat_of_its_own(simulated_beats: BeatSet) -> None:
    name = simulated_beats.records[0]
    one = next(iter(sections(simulated_beats.only([name]), 100)))
    template, unit = median_beat(np.asarray(one.beats.signals), one.beats.config, np.flatnonzero(one.beats.used))
    np.testing.assert_array_equal(one.beats.templates[name], template)
    np.testing.assert_array_equal(one.beats.units_mv[name], unit)


def test_sections_of_a_prepared_recording_are_those_of_its_set(
    simulated: Path, simulated_beats: BeatSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, config = simulated_beats.records[0], BeatConfig()
    one = prepare(read_record(simulated, name), config)
    stored = list(stored_sections(StoredRecord(facts_of(one, ""), one.rows, one.signals), config, 100))
    whole = list(sections(simulated_beats.only([name]), 100))
    assert len(stored) == len(whole) > 1
    for ours, theirs in zip(stored, whole, strict=True):
        np.testing.assert_array_equal(ours.signals, np.asarray(theirs.beats.signals))
        np.testing.assert_array_equal(np.array(ours.facts.template, np.float32), theirs.beats.templates[name])
        np.testing.assert_array_equal(np.array(ours.facts.unit_mv, np.float32), theirs.beats.units_mv[name])


def test_work_comes_back_with_its_rows_in_order_from_several_threads_too(
    simulated_beats: BeatSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lengths(beats: BeatSet) -> npt.NDArray[np.int64]:
        return np.full(len(beats), len(beats))

    alone = [(rows.tolist(), found.tolist()) for rows, found in by_section(simulated_beats, lengths)]
    monkeypatch.setattr(module, "LONG", 10)
    several = [(rows.tolist(), found.tolist()) for rows, found in by_section(simulated_beats, lengths)]
    assert alone == several


def test_beats_cut_into_a_file_are_those_cut_into_memory(simulated: Path, tmp_path: Path) -> None:
    record = read_record(simulated, "sim01")
    here = prepare(record, BeatConfig())
    files = (tmp_path / f"{number}.npy" for number in count())
    there = prepare(record, BeatConfig(), empty=lambda shape, dtype: mapped_array(next(files), dtype, shape))
    assert len(list(tmp_path.iterdir())) == 2
    np.testing.assert_array_equal(here.signals, there.signals)
    np.testing.assert_array_equal(here.template, there.template)
    assert here.rows.tobytes() == there.rows.tobytes()


def test_quality_is_that_of_the_whole_recording_in_whatever_blocks_it_is_looked_at(
    simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_core.beats import prepare as preparing

    record = read_record(simulated, "sim01")
    adc = record.signals.copy()
    adc[5000:5100, 0] = adc[:, 0].max() + 5
    adc[9000:9020] = record.invalid[0]
    record = replace(record, signals=adc)
    whole = prepare(record, BeatConfig())
    monkeypatch.setattr(preparing, "LONG_BLOCK_S", 20.0)
    assert prepare(record, BeatConfig()).rows["excluded"].tolist() == whole.rows["excluded"].tolist()
    assert len(set(whole.rows["excluded"].tolist())) > 2
