"""What a task works on is a value: chosen records are checked, and no patient trains and tests."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.patients import UNKNOWN_NOTE, Patients, mitdb_patients
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.runs.config import RunConfig
from ecg_core.tasks.material import CHOSEN_NOTE, ImageFolder, Recordings
from ecg_core.tasks.versions import versions

NAMES = ("100", "201", "202", "203")
SOURCE = DataSource("environment", Path("nowhere"), NAMES, patients=mitdb_patients().only(NAMES))
DAYS = ("p1_day1", "p1_day2", "p2_day1", "p2_day2")


def of_days(known: bool) -> DataSource:
    patients = Patients({name: name[:2] for name in DAYS} if known else {})
    return DataSource("chosen", Path("nowhere"), DAYS, patients=patients)


def test_without_a_choice_the_split_stands() -> None:
    material = Recordings.of(SOURCE)
    assert (material.split.name, material.split.train, material.split.test) == (
        "DS1/DS2", ("201", "203"), ("100", "202"),
    )  # fmt: skip
    assert "201 is in DS1, 202 in DS2" in material.split.note
    assert material.words() == []


def test_chosen_records_train_and_every_other_patient_tests() -> None:
    split = Recordings.of(SOURCE, ["201"]).split
    assert (split.name, split.train, split.test, split.note) == (
        "chosen records", ("201",), ("100", "203"), CHOSEN_NOTE,
    )  # fmt: skip
    material = Recordings.of(SOURCE, ["202", "100"])
    assert material.split.test == ("203",)  # 201 is the patient of 202
    assert material.words() == ["--records", "100", "202"]


def test_all_records_may_be_chosen_and_none_is_left_to_test() -> None:
    assert Recordings.of(SOURCE, SOURCE.records).split.test == ()


def test_the_days_of_one_patient_stay_on_one_side() -> None:
    split = Recordings.of(of_days(known=True)).split
    assert {split.train, split.test} == {DAYS[:2], DAYS[2:]}
    assert Recordings.of(of_days(known=True), ["p1_day1"]).split.test == DAYS[2:]
    assert UNKNOWN_NOTE not in split.note


def test_where_patients_are_unknown_the_split_says_so() -> None:
    assert UNKNOWN_NOTE in Recordings.of(of_days(known=False)).split.note
    assert UNKNOWN_NOTE in Recordings.of(of_days(known=False), ["p1_day1"]).split.note


@given(owners=st.lists(st.sampled_from("abcd"), min_size=4, max_size=12), chosen=st.data())
def test_no_patient_is_ever_on_both_sides(owners: list[str], chosen: st.DataObject) -> None:
    names = tuple(f"r{number:02d}" for number in range(len(owners)))
    patients = Patients(dict(zip(names, owners, strict=True)))
    source = DataSource("chosen", Path("nowhere"), names, patients=patients)
    some = chosen.draw(st.none() | st.lists(st.sampled_from(names), min_size=1))
    split = Recordings.of(source, some).split
    assert not {patients.of(name) for name in split.train} & {patients.of(name) for name in split.test}


def test_a_record_that_is_not_there_or_none_at_all_is_refused() -> None:
    with pytest.raises(RunError) as caught:
        Recordings.of(SOURCE, ["100", "998", "999"])
    assert str(caught.value) == f"Unknown record 998, 999: the data in use ({SOURCE.label}) has no such record."
    with pytest.raises(RunError) as caught:
        Recordings.of(SOURCE, [])
    assert str(caught.value) == "Choose at least one record to train on."


def test_one_patient_cannot_be_left_out_of_training() -> None:
    with pytest.raises(RunError, match="Record p1_day1, p1_day2: one patient only, at least 2 are needed"):
        Recordings.of(of_days(known=True), DAYS[:2]).check_patients("for validation")
    Recordings.of(of_days(known=True), DAYS[1:3]).check_patients("for validation")


@pytest.mark.parametrize(
    "material",
    [Recordings.of(SOURCE, ["201"]), Recordings.of(of_days(True)), ImageFolder.of(Path("/images"), "a note")],
)
def test_material_goes_into_a_config_and_comes_back(material: Recordings | ImageFolder) -> None:
    value = {"kind": "gan", "created": "2026-01-01T00:00:00+00:00", "options": {}, **material.to_config()}
    assert RunConfig.from_json(value, "a config").material == material


def test_versions_name_the_workbench_python_and_every_library_that_changes_figures() -> None:
    names = versions()
    assert {"ecg_core", "python", "torch", "numpy", "scipy", "scikit-learn", "wfdb", "pandas"} == set(names)
    assert all(names.values())


def test_a_config_keeps_the_layer_that_is_learned_from() -> None:
    recordings = Recordings.of(SOURCE)
    assert "layer" not in recordings.to_config(), "as in runs from before layers"
    told = replace(recordings, layer="corrected").to_config()
    asked = {"kind": "autoencoder", "created": "2026-01-01T00:00:00+00:00", "options": {}, **told}
    material = RunConfig.from_json(asked, "config").material
    assert isinstance(material, Recordings)
    assert material.layer == "corrected"
