"""The store holds every beat of the database once, is memory-mapped when warm, and never half built."""

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from wfdb import wrann, wrsamp

from ecg_core import workspace
from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import filtered_beats, median_beat
from ecg_core.beats.quality import CLIPPED, EDGE
from ecg_core.beats.store import STORES_KEPT, is_prepared, load_beats
from ecg_core.beats.summary import summarise
from ecg_core.data.catalogue import record_names
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError

FS = 360


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


def write(folder: Path, name: str, seed: int = 0, beats: int = 12, n_leads: int = 2) -> None:
    """A small record: QRS complexes about every 0.8 s, each fourth a V; none if `beats` is 0."""
    rng = np.random.default_rng(seed)
    r_sample = (np.arange(1, max(beats, 1) + 1) * 0.8 * FS + rng.integers(0, 20, max(beats, 1))).astype(np.int64)
    at = np.arange(r_sample[-1] + FS)[:, None]
    mv = np.exp(-0.5 * ((at - r_sample) / 5) ** 2).sum(axis=1)[:, None] + rng.normal(0, 0.01, (len(at), n_leads))
    folder.mkdir(parents=True, exist_ok=True)
    wrsamp(name, fs=FS, units=["mV"] * n_leads, sig_name=["MLII", "V1"][:n_leads], fmt=["16"] * n_leads,
           d_signal=np.rint(1024 + 200 * mv).astype(np.int64), adc_gain=[200] * n_leads, baseline=[1024] * n_leads,
           write_dir=str(folder))  # fmt: skip
    if beats:
        wrann(name, "atr", r_sample, ["V" if k % 4 == 3 else "N" for k in range(beats)], write_dir=str(folder))


@pytest.fixture
def three(tmp_path: Path) -> Path:
    for seed, name in enumerate(("a", "b", "c")):
        write(tmp_path / "three", name, seed, beats=10 + seed)
    return tmp_path / "three"


def stores() -> list[Path]:
    """Every store and every leftover of one, but not the locks."""
    folder = workspace.home() / "cache" / "beats"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def same(a: BeatSet, b: BeatSet) -> None:
    assert np.array_equal(a.signals, b.signals)
    pd.testing.assert_frame_equal(a.table, b.table)
    assert a.leads == b.leads
    assert a.durations_s == b.durations_s
    assert (a.config, a.data_hash, a.simulated) == (b.config, b.data_hash, b.simulated)
    for name in a.records:
        assert np.array_equal(a.templates[name], b.templates[name])
        assert np.array_equal(a.units_mv[name], b.units_mv[name])


def test_the_database_has_109494_beats_in_48_records_as_the_summary_counts_them(cold: BeatSet, mitdb: Path) -> None:
    assert len(cold) == 109_494
    assert cold.records == record_names()
    assert cold.signals.shape == (109_494, 2, 144)
    summary = summarise(mitdb, record_names())
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
    assert reasons.drop("").to_dict() == {EDGE: 49, CLIPPED: 22}
    assert cold.used.sum() == reasons[""] == 109_423


@pytest.mark.usefixtures("warm")
def test_a_warm_store_is_memory_mapped_and_equal(cold: BeatSet, mitdb: Path) -> None:
    assert is_prepared(mitdb, record_names())
    told: list[tuple[int, int]] = []
    again = load_beats(mitdb, record_names(), progress=lambda done, of: told.append((done, of)))
    assert not told, "nothing is prepared again"
    assert isinstance(again.signals, np.memmap)
    same(again, cold)


def test_some_records_of_the_database_are_still_memory_mapped_where_they_lie_together(cold: BeatSet) -> None:
    part = cold.only(["101", "100"])
    assert part.records == ("100", "101")
    assert isinstance(part.signals, np.memmap)
    apart = cold.only(["234", "100"])
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
def test_a_changed_file_makes_a_new_store(three: Path, suffix: str) -> None:
    before = load_beats(three, ["a", "b"])
    write(three, "b", seed=9, beats=12)
    if suffix != "atr":
        shutil.copy(three / "c.atr", three / "b.atr")
    assert not is_prepared(three, ["a", "b"])
    after = load_beats(three, ["a", "b"])
    assert after.data_hash != before.data_hash
    assert len(stores()) == 2


def test_a_touched_file_makes_a_new_store_of_the_same_data(three: Path) -> None:
    before = load_beats(three, ["a"])
    os.utime(three / "a.dat", ns=(0, 0))
    assert not is_prepared(three, ["a"])
    same(load_beats(three, ["a"]), before)


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
    assert BeatConfig().hash == "4082930113bf463f"


def test_stores_of_long_ago_are_removed(three: Path) -> None:
    for fs in (60.0, 70.0, 80.0, 90.0, 100.0, 110.0):
        load_beats(three, ["a"], BeatConfig(fs=fs))
    assert len(stores()) == STORES_KEPT
    assert is_prepared(three, ["a"], BeatConfig(fs=110.0))
    assert not is_prepared(three, ["a"], BeatConfig(fs=60.0))


@pytest.mark.parametrize("after", [1, 3])
def test_an_interrupted_preparation_leaves_nothing_and_the_next_one_succeeds(three: Path, after: int) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(done: int, of: int) -> None:
        if done == after:
            raise Interrupted

    with pytest.raises(Interrupted):
        load_beats(three, ["a", "b", "c"], progress=interrupt)
    assert not stores()
    assert not is_prepared(three, ["a", "b", "c"])
    assert len(load_beats(three, ["a", "b", "c"])) == 33


def test_a_write_that_fails_leaves_nothing(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_parquet", full)
        with pytest.raises(OSError, match="No space left"):
            load_beats(three, ["a"])
    assert not stores()
    assert len(load_beats(three, ["a"])) == 10


def test_a_damaged_record_is_named_and_leaves_nothing(three: Path) -> None:
    (three / "b.dat").write_bytes((three / "b.dat").read_bytes()[:1000])
    with pytest.raises(DataError, match=r"b\.dat is cut off: 1,000 bytes"):
        load_beats(three, ["a", "b", "c"])
    assert not stores()


def test_a_folder_without_a_single_beat_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "none", "a", beats=0)
    with pytest.raises(DataError) as caught:
        load_beats(tmp_path / "none", ["a"])
    assert str(caught.value) == (
        f"{tmp_path / 'none'} holds no beat annotations (.atr files): there is nothing to prepare."
    )
    assert not stores()


def test_a_record_without_beats_stays_in_the_set_beside_the_others(three: Path) -> None:
    write(three, "empty", beats=0)
    beats = load_beats(three, ["a", "empty", "b"])
    assert beats.records == ("a", "empty", "b")
    assert len(beats.only(["empty"])) == 0
    assert beats.durations_s["empty"] > 0


def test_two_processes_that_prepare_at_once_both_succeed(three: Path) -> None:
    go = three.parent / "go"
    program = (
        "import sys, time; from pathlib import Path; from ecg_core.beats.store import load_beats\n"
        f"print('ready', flush=True)\nwhile not Path({str(go)!r}).exists(): time.sleep(0.002)\n"
        f"told = []; beats = load_beats(Path({str(three)!r}), ['a', 'b', 'c'], progress=lambda *n: told.append(n))\n"
        "print(len(beats), len(told), beats.data_hash)"
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
    said = []
    for process in pair:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        said.append(out.split())
    assert [words[0] for words in said] == ["33", "33"]
    assert sorted(words[1] for words in said) == ["0", "3"], "one prepares, the other waits and opens"
    assert said[0][2] == said[1][2] == load_beats(three, ["a", "b", "c"]).data_hash
    assert len(stores()) == 1


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
    whole = filtered_beats(record, [0, 1], r_sample, config)
    blocks = filtered_beats(record, [0, 1], r_sample, config, block_s=120)
    assert np.abs(whole - blocks).max() < 2e-3  # mV; a tenth of what an eye can see on paper
    assert len(whole) == len(r_sample)
