"""Counts from the annotation files: the published ones, and what happens when a file is damaged."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.summary import Summary, balance_plan, lacking, summarise
from ecg_core.data.patients import Patients, mitdb_patients
from ecg_core.data.reader import record_names

# Counted from the published .atr files; Moody & Mark 2001 (doi 10.1109/51.932724), de Chazal 2004.
BEATS = 109_494
SYMBOLS = {
    **{"N": 75052, "L": 8075, "R": 7259, "V": 7130, "/": 7028, "A": 2546, "f": 982, "F": 803, "j": 229, "a": 150},
    **{"E": 106, "J": 83, "Q": 33, "e": 16, "S": 2},
}
DS1 = {"N": 45866, "S": 944, "V": 3788, "F": 415, "Q": 8}
DS2 = {"N": 44259, "S": 1837, "V": 3221, "F": 388, "Q": 7}


@pytest.fixture(scope="module")
def summary(mitdb: Path) -> Summary:
    return summarise(mitdb, record_names(mitdb), mitdb_patients())


def write_record(folder: Path, name: str, symbols: str, hours: float = 0.5, comment: str = "") -> None:
    """A record of header and annotations alone, 250 Hz; summarise reads no signal."""
    from wfdb import wrann

    n_samples = int(hours * 3600 * 250)
    header = f"{name} 1 250 {n_samples}\n{name}.dat 16 200 16 0 0 0 0 MLII\n" + (f"# {comment}\n" if comment else "")
    (folder / f"{name}.hea").write_text(header)
    if symbols:
        samples = np.arange(1, len(symbols) + 1) * 200
        wrann(name, "atr", samples, symbol=list(symbols), write_dir=str(folder))


def test_the_counts_of_the_database_are_the_published_ones(summary: Summary) -> None:
    found = summary.to_json()
    assert found["records"] == 48
    assert found["beats"] == BEATS
    assert found["symbols"] == SYMBOLS
    assert found["classes"]["DS1"] == DS1
    assert found["classes"]["DS2"] == DS2
    assert found["classes"]["all"] == {"N": 90631, "S": 2781, "V": 7236, "F": 803, "Q": 8043}
    assert found["problems"] == {}
    assert list(found) == ["records", "beats", "symbols", "classes", "problems"]
    assert json.loads(json.dumps(found)) == found


def test_every_view_of_the_counts_adds_up_to_the_same_beats(summary: Summary) -> None:
    assert summary.n_beats == BEATS
    for scope in ("all", "DS1", "DS2"):
        by_class = summary.by_class(scope)
        assert list(by_class["beat_class"]) == list(CLASSES)
        assert summary.by_record(scope).sum().to_dict() == summary.class_counts(scope)
        assert summary.by_symbol(scope)["count"].sum() == by_class["count"].sum()
        assert by_class["percent"].sum() == pytest.approx(100)
    assert summary.by_part().loc["DS1"].to_dict() == DS1
    assert summary.by_part().loc["DS2"].to_dict() == DS2
    assert len(summary.by_record()) == 48
    assert len(summary.by_record("DS1")) == 22


def test_the_scope_split_is_both_parts_without_the_paced_records(summary: Summary) -> None:
    assert summary.scopes() == ("split", "DS1", "DS2", "all")
    assert len(summary.records_in("split")) == 44
    assert summary.class_counts("split") == {c: DS1[c] + DS2[c] for c in CLASSES}
    assert len(summary.by_record("split")) == 44
    assert summary.holders("Q", "split")["record"].isin(summary.split.left_out).sum() == 0


def test_scopes_without_a_record_are_not_offered(mitdb: Path, tmp_path: Path) -> None:
    assert summarise(mitdb, ["100", "103"], mitdb_patients()).scopes() == ("DS2",)
    assert summarise(mitdb, ["100", "102"], mitdb_patients()).scopes() == ("DS2", "all")
    assert summarise(mitdb, ["102"], mitdb_patients()).scopes() == ("all",)
    for name in "ab":
        write_record(tmp_path, name, "N")
    assert summarise(tmp_path, ["a", "b"], Patients({})).scopes() == ("split", "train", "test")
    assert summarise(tmp_path, ["a"], Patients({})).scopes() == ("train",)


def test_one_record_holds_most_of_s_and_two_hold_f(summary: Summary) -> None:
    s = summary.holders("S", "DS2").iloc[0]
    assert (s["record"], s["part"], s["count"]) == ("232", "DS2", 1382)
    assert s["percent"] == pytest.approx(75.2, abs=0.05)
    assert list(summary.holders("F")["record"][:2]) == ["208", "213"]
    assert (summary.holders("F")["count"] > 0).all()
    assert summary.by_class().set_index("beat_class")["records"].to_dict() == {
        c: len(summary.holders(c)) for c in CLASSES
    }


def test_the_plain_grouping_counts_only_n_as_normal_and_every_annotation_once(summary: Summary) -> None:
    groups = summary.by_group().set_index("group")["count"].to_dict()
    not_beats = int(summary.not_beats()["count"].sum())
    assert groups == {"normal": 75052, "abnormal": BEATS - 75052 - 33, "non-beat": not_beats + 33}
    assert sum(groups.values()) == summary.counts["count"].sum()
    assert summary.not_beats().set_index("symbol")["count"]["!"] == 472


def test_beats_per_hour_are_beats_over_the_length_of_the_records(summary: Summary) -> None:
    assert summary.hours_in() == pytest.approx(48 * 650_000 / 360 / 3600)
    per_hour = summary.by_class("DS1").set_index("beat_class")["beats_per_hour"]
    assert per_hour["V"] == pytest.approx(3788 / (22 * 650_000 / 360 / 3600))


def test_a_damaged_annotation_file_is_named_with_its_message_and_the_rest_is_counted(
    mitdb: Path, tmp_path: Path
) -> None:
    for name in ("100", "101", "103"):
        for suffix in (".hea", ".atr"):
            shutil.copy(mitdb / (name + suffix), tmp_path)
    rubbish = np.random.default_rng(0).integers(0, 256, 4001, dtype=np.uint8).tobytes()
    (tmp_path / "101.atr").write_bytes(rubbish)
    (tmp_path / "103.hea").write_text("103 2 abc 650000\n")
    found = summarise(tmp_path, record_names(tmp_path), Patients({}))
    assert found.records == ("100",)
    assert found.n_beats == 2273
    assert set(found.problems) == {"101", "103"}
    assert "101.atr" in found.problems["101"]
    assert found.problems["103"].startswith("103.hea, line 1: sampling frequency in Hz is 'abc'")
    assert found.to_json()["problems"] == dict(found.problems)


def test_other_recordings_are_counted_by_train_and_test(tmp_path: Path) -> None:
    for name, symbols in {"a": "+NNNV", "b": "NNS", "c": "NF~", "d": ""}.items():
        write_record(tmp_path, name, symbols, hours=0.25)
    found = summarise(tmp_path, record_names(tmp_path), Patients({}))
    assert not found.simulated
    assert found.to_json()["classes"] == {
        "train": {"N": 4, "S": 0, "V": 1, "F": 1, "Q": 0},
        "test": {"N": 2, "S": 1, "V": 0, "F": 0, "Q": 0},
        "all": {"N": 6, "S": 1, "V": 1, "F": 1, "Q": 0},
    }
    assert found.without_beats == ("d",)
    assert found.by_record("test").loc["d"].sum() == 0
    assert found.by_class("train").set_index("beat_class")["beats_per_hour"]["V"] == pytest.approx(2)


def test_a_simulated_record_makes_the_summary_simulated(tmp_path: Path) -> None:
    write_record(tmp_path, "a", "NN", comment="SIMULATED recording")
    assert summarise(tmp_path, ["a"], Patients({})).simulated


def test_no_record_gives_zeros_not_an_error(tmp_path: Path) -> None:
    found = summarise(tmp_path, [], Patients({}))
    assert found.to_json()["beats"] == 0
    assert found.class_counts() == dict.fromkeys(CLASSES, 0)
    assert found.by_class()["percent"].tolist() == [0] * 5
    assert found.by_group()["count"].tolist() == [0, 0, 0]
    assert found.by_symbol().empty and found.not_beats().empty and found.holders("S").empty
    assert found.by_record().shape == (0, 5)


def test_tables_hold_whole_numbers(summary: Summary) -> None:
    for table in (summary.by_class(), summary.by_symbol(), summary.by_group(), summary.holders("S"), summary.counts):
        assert pd.api.types.is_integer_dtype(table["count"])


def test_as_many_as_n_takes_n_minus_count() -> None:
    assert lacking(DS1, 1.0) == {"N": 0, "S": 44922, "V": 42078, "F": 45451, "Q": 45858}


def test_a_class_that_has_enough_lacks_nothing() -> None:
    assert lacking({"N": 100, "S": 3, "V": 30}, 0.1) == {"N": 0, "S": 7, "V": 0}
    assert lacking({"N": 100, "S": 3}, 0.07) == {"N": 0, "S": 4}
    assert lacking({"N": 0, "S": 3}, 1) == {"N": 0, "S": 0}


@pytest.mark.parametrize("ratio", [-0.1, float("nan")])
def test_a_ratio_below_zero_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="expected a number of 0 or more"):
        lacking(DS1, ratio)


def test_the_balance_plan_of_ds1_names_the_record_that_most_beats_come_from(summary: Summary) -> None:
    plan = balance_plan(summary, 0.1).set_index("beat_class")
    assert plan["train"].to_dict() == {c: DS1[c] for c in "SVFQ"}
    assert plan["train_lacks"].to_dict() == {"S": 4587 - 944, "V": 4587 - 3788, "F": 4587 - 415, "Q": 4587 - 8}
    assert plan["all_lacks"].to_dict() == {"S": 9064 - 2781, "V": 9064 - 7236, "F": 9064 - 803, "Q": 9064 - 8043}
    assert plan.loc["F", "source"] == "208"
    assert plan.loc["F", "source_percent"] == pytest.approx(100 * 373 / 415)
    assert plan.loc["F", "synthetic_percent"] == pytest.approx(100 * (4587 - 415) / 4587)


def test_a_plan_without_a_training_record_asks_for_nothing(mitdb: Path) -> None:
    plan = balance_plan(summarise(mitdb, ["100"], mitdb_patients()), 1.0)
    assert plan["train_lacks"].tolist() == [0] * 4
    assert plan["source"].tolist() == [""] * 4
    assert plan["synthetic_percent"].tolist() == [0] * 4


@given(st.fixed_dictionaries({c: st.integers(0, 10**6) for c in CLASSES}), st.integers(0, 300))
def test_with_what_it_lacks_a_class_just_reaches_the_ratio(counts: dict[str, int], percent: int) -> None:
    missing = lacking(counts, percent / 100)
    assert missing["N"] == 0
    for name in CLASSES[1:]:
        reached = counts[name] + missing[name]
        assert reached * 100 >= percent * counts["N"]
        if missing[name]:
            assert (reached - 1) * 100 < percent * counts["N"]
