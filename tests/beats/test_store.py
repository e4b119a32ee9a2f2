"""The store holds every beat of the database once, is memory-mapped when warm, and never half built."""

import dataclasses
import errno
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_core import workspace
from ecg_core.beats import store
from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import PreparedRecord, filtered_beats, median_beat, prepare
from ecg_core.beats.quality import CLIPPED, EDGE
from ecg_core.beats.stacked import StackedSignals
from ecg_core.beats.store import is_prepared, load_beats
from ecg_core.beats.summary import summarise
from ecg_core.beats.table import Empty
from ecg_core.data.catalogue import record_names
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.data.layers import keep_layer
from ecg_core.data.patients import mitdb_patients
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from tests.data.foreign_records import wrsamp
from tests.made_beats import write_recording


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def cold(mitdb: Path, home: Path) -> Iterator[BeatSet]:
    """Every beat of the database, built once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(home))
        yield load_beats(mitdb, record_names())


@pytest.fixture
def warm(cold: BeatSet, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace in which the whole database is prepared."""
    monkeypatch.setenv("ECG_HOME", str(home))


@pytest.fixture
def three(tmp_path: Path) -> Path:
    for seed, name in enumerate(("a", "b", "c")):
        write_recording(tmp_path / "three", name, seed, beats=10 + seed)
    return tmp_path / "three"


def cache_folder() -> Path:
    return workspace.home() / "cache" / "beats"


def stores() -> list[Path]:
    """Every store and every leftover of one, but not the locks."""
    return sorted(path for path in cache_folder().glob("*/*") if path.is_dir())


def same(a: BeatSet, b: BeatSet) -> None:
    assert np.array_equal(a.signals, b.signals)
    pd.testing.assert_frame_equal(a.table, b.table)
    assert a.leads == b.leads
    assert a.durations_s == b.durations_s
    assert (a.config, a.data_hash, a.simulated) == (b.config, b.data_hash, b.simulated)
    assert (a.patients, a.layer, a.left_out) == (b.patients, b.layer, b.left_out)
    for name in a.records:
        assert np.array_equal(a.templates[name], b.templates[name])
        assert np.array_equal(a.units_mv[name], b.units_mv[name])


def test_the_database_has_109494_beats_in_48_records_as_the_summary_counts_them(cold: BeatSet, mitdb: Path) -> None:
    assert len(cold) == 109_494
    assert cold.records == record_names()
    assert cold.signals.shape == (109_494, 2, 144)
    summary = summarise(mitdb, record_names(), mitdb_patients())
    assert cold.table["beat_class"].value_counts().to_dict() == summary.class_counts()
    assert cold.table["symbol"].value_counts().to_dict() == summary.to_json()["symbols"]
    assert not cold.simulated


def test_every_number_of_the_database_is_finite_and_records_follow_each_other_in_time(cold: BeatSet) -> None:
    assert np.isfinite(cold.signals).all()
    assert np.isfinite(np.stack(list(cold.templates.values()))).all()
    assert (np.stack(list(cold.units_mv.values())) >= 0.05).all()
    assert list(rows_by_record(cold.table)) == list(record_names())
    for rows in rows_by_record(cold.table).values():
        assert (np.diff(rows) == 1).all()
        assert (np.diff(cold.table["r_sample"].to_numpy()[rows]) > 0).all()
    assert cold.table["rr_pre_s"].isna().sum() == cold.table["rr_post_s"].isna().sum() == 48


def test_mlii_comes_first_and_the_patient_of_202_is_201(cold: BeatSet) -> None:
    assert cold.leads["114"] == ("MLII", "V5")
    table = cold.table
    assert set(table.loc[table["record"] == "202", "patient"]) == {"201"}
    assert table["patient"].nunique() == 47


def test_beats_that_cannot_be_judged_are_counted_with_their_reason(cold: BeatSet) -> None:
    reasons = cold.table["excluded"].value_counts()
    assert reasons.drop("").to_dict() == {EDGE: 47, CLIPPED: 23}
    assert cold.used.sum() == reasons[""] == 109_424


@pytest.mark.usefixtures("warm")
def test_a_warm_store_is_memory_mapped_and_equal(cold: BeatSet, mitdb: Path) -> None:
    assert is_prepared(mitdb, record_names())
    told: list[tuple[int, int]] = []
    again = load_beats(mitdb, record_names(), progress=lambda done, of: told.append((done, of)))
    assert not told, "nothing is prepared again"
    assert isinstance(again.signals, StackedSignals)
    assert all(isinstance(part, np.memmap) for part in again.signals.parts)
    same(again, cold)


def test_some_records_of_the_database_are_still_memory_mapped(cold: BeatSet) -> None:
    alone = cold.only(["100"])
    assert isinstance(alone.signals, np.memmap)
    apart = cold.only(["234", "100"])
    assert isinstance(apart.signals, StackedSignals)
    assert all(isinstance(part, np.memmap) for part in apart.signals.parts)
    assert list(dict.fromkeys(apart.table["record"])) == ["100", "234"]
    for name in ("100", "234"):
        own = apart.signals[rows_by_record(apart.table)[name]]
        assert np.array_equal(own, cold.signals[rows_by_record(cold.table)[name]])


def test_the_same_records_have_the_same_hash_and_beats_alone_or_from_a_bigger_store(cold: BeatSet, mitdb: Path) -> None:
    alone = load_beats(mitdb, ["100", "202"])
    part = cold.only(["100", "202"])
    same(alone, part)
    assert part.data_hash != cold.data_hash
    assert part.data_hash == cold.only(["202", "100"]).data_hash
    assert part.data_hash != cold.only(["100", "201"]).data_hash


def test_progress_counts_the_records(three: Path) -> None:
    told: list[tuple[int, int]] = []
    beats = load_beats(three, ["a", "b", "c"], progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert beats.table["record"].value_counts().to_dict() == {"a": 10, "b": 11, "c": 12}
    assert (~beats.table["synthetic"]).all()


def test_only_keeps_the_order_of_the_set_and_refuses_a_record_that_is_not_there(three: Path) -> None:
    beats = load_beats(three, ["c", "a", "b"])
    part = beats.only(["b", "c"])
    assert part.records == tuple(part.templates) == tuple(part.units_mv) == ("c", "b")
    assert part.table["record"].tolist() == ["c"] * 12 + ["b"] * 11
    assert part.table.index.tolist() == list(range(23))
    with pytest.raises(DataError) as caught:
        beats.only(["a", "x", "100"])
    assert str(caught.value) == "No prepared beats of record x, 100: it is not in the data in use."


def test_no_records_at_all_are_an_empty_set(three: Path) -> None:
    none = load_beats(three, ["a", "b"]).only([])
    assert (len(none), none.records, none.signals.shape) == (0, (), (0, 2, 144))


@pytest.mark.parametrize("suffix", ["hea", "dat", "atr"])
def test_a_changed_file_prepares_its_record_again_and_no_other(three: Path, suffix: str) -> None:
    before = load_beats(three, ["a", "b"])
    write_recording(three, "b", seed=9, beats=12)
    if suffix != "atr":
        shutil.copy(three / "c.atr", three / "b.atr")
    assert not is_prepared(three, ["a", "b"])
    assert is_prepared(three, ["a"])
    told: list[tuple[int, int]] = []
    after = load_beats(three, ["a", "b"], progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 1)]
    assert after.data_hash != before.data_hash
    assert len(stores()) == 3


def test_a_touched_file_makes_a_new_store_of_the_same_data(three: Path) -> None:
    before = load_beats(three, ["a"])
    os.utime(three / "a.dat", ns=(0, 0))
    assert not is_prepared(three, ["a"])
    same(load_beats(three, ["a"]), before)


def test_samples_in_a_file_of_another_name_are_watched_too(three: Path) -> None:
    header = (three / "a.hea").read_text(encoding="utf-8")
    (three / "a.hea").write_text(header.replace("a.dat", "samples.dat"), encoding="utf-8")
    (three / "a.dat").rename(three / "samples.dat")
    load_beats(three, ["a"])
    os.utime(three / "samples.dat", ns=(0, 0))
    assert not is_prepared(three, ["a"])


def test_records_prepared_one_by_one_or_at_once_are_the_same(three: Path) -> None:
    for name in ("c", "a"):
        load_beats(three, [name])
    mixed = load_beats(three, ["a", "b", "c"])
    shutil.rmtree(cache_folder())
    same(mixed, load_beats(three, ["a", "b", "c"]))


def test_a_damaged_store_is_made_again(three: Path) -> None:
    before = load_beats(three, ["a", "b"])
    for place, name in zip(stores(), ("signals.npy", "record.json"), strict=True):
        (place / name).write_bytes((place / name).read_bytes()[:100])
    same(load_beats(three, ["a", "b"]), before)
    assert len(stores()) == 2


@pytest.mark.parametrize(
    "changed", [{"fs": 90.0}, {"before_s": 0.3}, {"after_s": 0.4}, {"band_hz": (0.4, 40.0)}, {"n_leads": 1}]
)
def test_every_parameter_makes_a_store_and_a_hash_of_its_own(three: Path, changed: dict[str, object]) -> None:
    config = dataclasses.replace(BeatConfig(), **changed)
    load_beats(three, ["a"])
    assert config.hash != BeatConfig().hash
    assert not is_prepared(three, ["a"], config)
    beats = load_beats(three, ["a"], config)
    assert beats.config == config
    assert beats.signals.shape == (10, config.n_leads, len(config.times_s))
    assert is_prepared(three, ["a"])


def test_the_hash_of_the_default_preparation_is_what_shipped_models_carry() -> None:
    assert (BeatConfig().hash, BeatConfig(centre="label").hash) == ("a6b052d20fdcebb1", "4082930113bf463f")


@pytest.mark.parametrize("after", [1, 3])
def test_an_interrupted_preparation_keeps_whole_records_only_and_the_next_one_goes_on(three: Path, after: int) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(done: int, of: int) -> None:
        if done == after:
            raise Interrupted

    with pytest.raises(Interrupted):
        load_beats(three, ["a", "b", "c"], progress=interrupt)
    assert is_prepared(three, ["a"])
    beats = load_beats(three, ["a", "b", "c"])
    assert (len(beats), len(stores())) == (33, 3)
    shutil.rmtree(cache_folder())
    same(beats, load_beats(three, ["a", "b", "c"]))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_write_that_fails_is_an_error_in_words_and_leaves_nothing(
    three: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(DataError) as caught:
            load_beats(three, ["a"])
    full = "The disk is full: there is no room for prepared beats in the workspace (cache/beats). "
    kept = "Prepared beats cannot be kept in the workspace (cache/beats): Read-only file system. "
    assert str(caught.value).startswith(kept if code == errno.EROFS else full)
    assert not stores()
    assert len(load_beats(three, ["a"])) == 10


class TestLeftOut:
    """One record that cannot be prepared is named with its reason; the rest goes on."""

    @pytest.fixture
    def spoiled(self, three: Path) -> Path:
        (three / "b.dat").write_bytes((three / "b.dat").read_bytes()[:1000])
        write_recording(three, "lead", n_leads=1)
        write_recording(three, "gan", comments=["SYNTHETIC beats"])
        return three

    NAMES = ("a", "b", "c", "gan", "lead", "nowhere")

    def test_a_damaged_a_synthetic_and_a_missing_record(self, spoiled: Path) -> None:
        beats = load_beats(spoiled, self.NAMES)
        assert beats.records == ("a", "c", "lead")
        assert beats.leads["lead"][1] == "", "one lead is no reason"
        assert list(beats.left_out) == ["b", "gan", "nowhere"]
        starts = {
            "b": "b.dat is cut off: 1,000 bytes",
            "gan": "Record gan holds SYNTHETIC beats",
            "nowhere": "Unknown record 'nowhere'",
        }
        assert all(beats.left_out[name].startswith(text) for name, text in starts.items())

    def test_it_is_refused_once_and_tried_again_when_its_files_change(self, spoiled: Path) -> None:
        assert not is_prepared(spoiled, ["a", "b"])
        load_beats(spoiled, ["a", "b"])
        assert is_prepared(spoiled, ["a", "b"]), "nothing is left to do"
        told: list[tuple[int, int]] = []
        assert "b" in load_beats(spoiled, ["a", "b"], progress=lambda *n: told.append(n)).left_out
        assert not told
        write_recording(spoiled, "b", beats=11)
        assert not is_prepared(spoiled, ["a", "b"])
        assert not load_beats(spoiled, ["a", "b"]).left_out

    def test_fewer_leads_may_be_asked_for(self, spoiled: Path) -> None:
        beats = load_beats(spoiled, ["a", "lead"], BeatConfig(n_leads=1))
        assert beats.records == ("a", "lead")
        assert not beats.left_out

    def test_part_of_the_set_keeps_the_reasons_of_its_records(self, spoiled: Path) -> None:
        beats = load_beats(spoiled, self.NAMES)
        part = beats.only(["b", "c"])
        assert (part.records, list(part.left_out)) == (("c",), ["b"])
        assert not beats.only(["a"]).left_out

    def test_nothing_left_is_an_error_that_gives_the_first_reasons(self, spoiled: Path) -> None:
        with pytest.raises(DataError) as caught:
            load_beats(spoiled, ["gan", "nowhere", "b", "other"])
        text = str(caught.value)
        assert text.startswith("No record is left to work with. Record gan holds SYNTHETIC beats")
        assert text.endswith("Download or copy it again. So it is with 1 more record.")
        with pytest.raises(DataError, match=r"No record is left to work with\. Record gan holds"):
            load_beats(spoiled, self.NAMES).only(["gan"])

    def test_a_damaged_list_of_patients_is_no_fault_of_a_record(self, three: Path) -> None:
        (three / "patients.csv").write_text("record;patient\na;1\n", encoding="utf-8")
        with pytest.raises(DataError, match=r"patients\.csv, line 1"):
            load_beats(three, ["a"])
        (three / "patients.csv").write_text("record,patient\na,1\nb,1\n", encoding="utf-8")
        beats = load_beats(three, ["a", "b", "c"])
        assert beats.table.groupby("record")["patient"].first().to_dict() == {"a": "1", "b": "1", "c": "c"}
        assert beats.only(["a", "c"]).patients.by_record == {"a": "1"}


def test_a_folder_without_a_single_beat_is_refused(tmp_path: Path) -> None:
    write_recording(tmp_path / "none", "a", beats=0)
    with pytest.raises(DataError) as caught:
        load_beats(tmp_path / "none", ["a"])
    assert str(caught.value) == (
        f"{tmp_path / 'none'} holds no beat annotations (.atr files): there is nothing to prepare."
    )


def test_a_record_without_beats_stays_in_the_set_beside_the_others(three: Path) -> None:
    write_recording(three, "empty", beats=0)
    beats = load_beats(three, ["a", "empty", "b"])
    assert beats.records == ("a", "empty", "b")
    assert len(beats.only(["empty"])) == 0
    assert beats.durations_s["empty"] > 0


def test_two_processes_that_prepare_at_once_both_succeed(three: Path) -> None:
    go = three.parent / "go"
    program = (
        "import sys, time; from pathlib import Path; from ecg_core.beats.store import load_beats\n"
        f"print('ready', flush=True)\nwhile not Path({str(go)!r}).exists(): time.sleep(0.002)\n"
        f"beats = load_beats(Path({str(three)!r}), ['a', 'b', 'c'])\n"
        "print(len(beats), beats.data_hash)"
    )
    command = [sys.executable, "-c", program]
    pair = [
        subprocess.Popen(command, cwd=workspace.PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in pair:
        assert process.stdout is not None
        process.stdout.readline()
    go.touch()
    outputs = []
    for process in pair:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        outputs.append(out.split())
    assert outputs[0] == outputs[1] == ["33", load_beats(three, ["a", "b", "c"]).data_hash]
    assert len(stores()) == 3


def test_a_record_that_another_process_prepares_is_waited_for_and_not_prepared_twice(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[str] = []
    inner = store.prepare_record

    def counted(folder: Path, name: str, config: BeatConfig, layer: str, empty: Empty) -> PreparedRecord:
        prepared.append(name)
        return inner(folder, name, config, layer, empty)

    monkeypatch.setattr(store, "prepare_record", counted)
    with ThreadPoolExecutor(4) as pool:
        sets = list(pool.map(lambda _: load_beats(three, ["a"]), range(4)))
    assert prepared == ["a"]
    assert len({beats.data_hash for beats in sets}) == 1


class TestMemory:
    """Preparing takes the memory of the records in work, however many there are."""

    def peak(self, folder: Path, names: list[str]) -> int:
        tracemalloc.start()
        load_beats(folder, names)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    def test_it_does_not_grow_with_the_number_of_records(self, tmp_path: Path) -> None:
        names = [f"r{k:02}" for k in range(47)]
        for k, name in enumerate(names):
            write_recording(tmp_path / "many", name, k, beats=400)
        load_beats(tmp_path / "many", names[:1])  # what is imported or remembered at the first time
        few = self.peak(tmp_path / "many", names[1:7])
        many = self.peak(tmp_path / "many", names[7:])
        size = load_beats(tmp_path / "many", names[:1]).signals.nbytes
        assert many - few < 0.5 * size * (40 - 6), "the signals of every record were in memory at once"


class TestOneStoreServesSeveralSets:
    def test_a_large_record_is_mapped_once_and_a_small_one_read(self, tmp_path: Path) -> None:
        write_recording(tmp_path, "large", beats=400)
        write_recording(tmp_path, "small", beats=10)
        first, second = load_beats(tmp_path, ["large"]), load_beats(tmp_path, ["large"])
        assert first.signals is second.signals
        small = load_beats(tmp_path, ["small"]).signals
        assert not isinstance(small, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            small[0] = 0

    def test_beats_in_use_outlive_their_store(self, tmp_path: Path) -> None:
        write_recording(tmp_path, "large", beats=400)
        beats = load_beats(tmp_path, ["large"])
        before = np.array(beats.signals)
        shutil.rmtree(cache_folder())
        assert np.array_equal(beats.signals, before)


class TestLayers:
    def test_beats_come_from_the_reference_unless_another_layer_is_asked_for(self, three: Path) -> None:
        beats = load_beats(three, ["a"])
        assert beats.layer == beats.only(["a"]).layer == "reference"
        with pytest.raises(DataError, match="Record a has no labels called 'detected': it has 'reference'"):
            load_beats(three, ["a"], layer="detected")
        assert is_prepared(three, ["a"])

    def test_each_layer_has_a_store_of_its_own_and_a_changed_one_is_prepared_again(self, three: Path) -> None:
        def keep_from(first: int) -> None:
            half = Annotations(labels.sample[first:], labels.symbol[first:], labels.aux[first:])
            keep_layer(three, "a", LabelLayer("person", "person", "somebody", annotations=half))

        every, labels = load_beats(three, ["a"]), read_record(three, "a").annotations
        with pytest.raises(DataError, match="no labels called 'person'"):
            load_beats(three, ["a"], layer="person")
        keep_from(5)
        assert not is_prepared(three, ["a"], layer="person")
        some = load_beats(three, ["a"], layer="person")
        assert (len(every), len(some), some.layer) == (10, 5, "person")
        assert some.data_hash != every.data_hash
        assert some.config.hash == every.config.hash
        assert some.table["r_sample"].tolist() == every.table["r_sample"].tolist()[5:]
        assert len(load_beats(three, ["a"])) == 10
        keep_from(8)
        fewer = load_beats(three, ["a"], layer="person")
        assert len(fewer) == 2
        assert fewer.data_hash != some.data_hash


def test_the_median_beat_ignores_a_few_odd_beats_and_a_flat_lead_has_a_unit_of_its_own() -> None:
    config = BeatConfig()
    usual = np.exp(-0.5 * (config.times_s / 0.02) ** 2).astype(np.float32)
    signals = np.zeros((21, 2, len(usual)), np.float32)
    signals[:, 0] = usual
    signals[:5, 0] *= -3
    template, unit_mv = median_beat(signals, config)
    assert np.allclose(template[0], usual)
    assert unit_mv.tolist() == pytest.approx([1.0, 0.05], rel=1e-3)


def test_a_long_recording_filtered_in_blocks_gives_the_beats_of_one_filtered_whole(simulated: Path) -> None:
    record = read_record(simulated, "sim03")
    config = BeatConfig()
    r_sample = record.annotations.sample[np.isin(record.annotations.symbol, list(BY_CODE))]
    whole, _ = filtered_beats(record, (0, 1), r_sample, config)
    blocks, _ = filtered_beats(record, (0, 1), r_sample, config, block_s=120)
    assert np.abs(whole - blocks).max() < 1e-2  # mV; half of what an eye can see on paper
    assert len(whole) == len(r_sample)


@pytest.mark.parametrize("fmt", ["16", "24", "32", "516", "524"])
def test_the_same_recording_in_another_format_gives_the_same_beats(mitdb: Path, tmp_path: Path, fmt: str) -> None:
    from wfdb import wrann

    record = read_record(mitdb, "208")
    fine = 256 if fmt in ("24", "32", "524") else 1  # finer steps, as recorders of 24 bits have them
    wrsamp(tmp_path, "208", record.signals[:108_000].astype(np.int64) * fine, fmt, sig_name=["Lead II", "V1"],
           adc_gain=[200 * fine] * 2, baseline=[1024 * fine] * 2)  # fmt: skip
    annotations = record.annotations
    within = annotations.sample < 108_000
    wrann("208", "qrs", annotations.sample[within], annotations.symbol[within].tolist(), write_dir=str(tmp_path))
    beats = load_beats(tmp_path, ["208"])
    assert beats.leads["208"] == ("Lead II", "V1")
    part = Annotations(annotations.sample[within], annotations.symbol[within], annotations.aux[: within.sum()])
    layer = dataclasses.replace(record.layers["reference"], annotations=part)
    known = prepare(dataclasses.replace(record, signals=record.signals[:108_000]).with_layer(layer), BeatConfig())
    assert beats.table["symbol"].tolist() == list(map(chr, known.rows["symbol"]))
    assert np.allclose(np.asarray(beats.signals), known.signals, atol=1e-3)
