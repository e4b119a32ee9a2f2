"""What a config says of the records: chosen ones are checked, and no patient trains and tests."""

import json
from pathlib import Path

import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.tasks.material import CHOSEN_NOTE, beats_card, described, of_other_patients, training_part, versions

SOURCE = DataSource("environment", Path("nowhere"), ("100", "201", "202", "203"))
OTHERS = DataSource("environment", Path("nowhere"), ("a1", "a2", "b1", "c1"))


def test_without_a_choice_the_split_stands() -> None:
    assert training_part(SOURCE, None) == {
        "name": "DS1/DS2",
        "train": ["201", "203"],
        "test": ["100", "202"],
        "note": split_of(SOURCE.records).note,
    }
    assert "201 is in DS1, 202 in DS2" in split_of(SOURCE.records).note


def test_chosen_records_train_and_every_other_patient_tests() -> None:
    found = training_part(SOURCE, ("201",))
    assert found == {"name": "chosen records", "train": ["201"], "test": ["100", "203"], "note": CHOSEN_NOTE}
    assert training_part(SOURCE, ("202", "100"))["test"] == ["203"]  # 201 is the patient of 202


def test_all_records_may_be_chosen_and_none_is_left_to_test() -> None:
    assert training_part(SOURCE, SOURCE.records)["test"] == []


def test_other_recordings_are_split_by_patient() -> None:
    found = training_part(OTHERS, None)
    assert found["name"] == "records"
    assert sorted(found["train"] + found["test"]) == sorted(OTHERS.records)
    assert found["train"]
    assert found["test"]


def test_a_record_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(RunError) as caught:
        training_part(SOURCE, ("100", "998", "999"))
    assert str(caught.value) == (f"Unknown record 998, 999: the data in use ({SOURCE.label}) has no such record.")


def test_no_record_at_all_is_refused() -> None:
    with pytest.raises(RunError) as caught:
        training_part(SOURCE, ())
    assert str(caught.value) == "Choose at least one record to train on."


def test_records_of_a_patient_seen_in_training_are_none_of_other_patients() -> None:
    assert of_other_patients(SOURCE.records, ["201"]) == ["100", "203"]
    assert of_other_patients(SOURCE.records, ["202"]) == ["100", "203"]
    assert of_other_patients(SOURCE.records, []) == list(SOURCE.records)


def test_the_data_in_use_are_described_by_folder_label_and_records() -> None:
    assert described(SOURCE) == {"folder": "nowhere", "label": SOURCE.label, "records": ["100", "201", "202", "203"]}


def test_the_card_is_about_the_records_it_was_given_and_no_other(simulated_beats: BeatSet) -> None:
    some = simulated_beats.only(["sim01", "sim03"])
    card = beats_card(some, "Simulated")
    assert list(card["leads"]) == ["sim01", "sim03"]
    assert card["data"] == {"label": "Simulated", "data_hash": some.data_hash, "simulated": True}
    assert card["data"]["data_hash"] != beats_card(simulated_beats, "Simulated")["data"]["data_hash"]
    assert card["preprocessing_hash"] == some.config.hash
    json.dumps(card)


def test_versions_name_the_workbench_python_and_every_library_that_changes_figures() -> None:
    found = versions()
    assert {"ecg_core", "python", "torch", "numpy", "scipy", "scikit-learn", "wfdb", "pandas"} == set(found)
    assert all(found.values())
