"""No patient trains and tests, whoever names the patients, whatever the records, the seed or their order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import splits
from ecg_core.beats.splits import DS1, DS2, PACED, assert_patient_disjoint, folds, shared_patients, split_of
from ecg_core.data.catalogue import record_names
from ecg_core.data.patients import UNKNOWN_NOTE, Patients, find_patients, mitdb_patients
from ecg_core.errors import DataError
from tests.made_beats import write_recording

MITDB = mitdb_patients()
NOBODY = Patients({})
own_names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
mitdb_names = st.sampled_from(record_names())
record_sets = st.lists(st.one_of(own_names, mitdb_names), unique=True, max_size=40)
seeds = st.integers(0, 2**32 - 1)
HELD_OUT_OF_DS1 = [
    ("106", "118", "122", "201", "230"),
    ("101", "114", "115", "207", "220"),
    ("208", "209", "215", "223"),
    ("109", "112", "203", "205"),
    ("108", "116", "119", "124"),
]


@st.composite
def assignments(draw: st.DrawFn) -> tuple[list[str], Patients]:
    """Records, and which of a few patients each is of; of some nobody says it."""
    records = draw(record_sets)
    patients = draw(st.lists(st.sampled_from(["p1", "p2", "p3", None]), min_size=len(records), max_size=len(records)))
    return records, Patients({name: of for name, of in zip(records, patients, strict=True) if of})


def n_patients(records: list[str], patients: Patients) -> int:
    return len({patients.of(record) for record in records})


def test_ds1_ds2_and_the_paced_records_are_the_48_records_once_each() -> None:
    assert len(DS1) == len(DS2) == 22
    assert sorted((*DS1, *DS2, *PACED)) == list(record_names())


def test_the_whole_database_is_split_as_de_chazal_did_and_says_who_is_on_both_sides() -> None:
    split = split_of(record_names(), MITDB)
    assert (split.name, split.train, split.test, split.left_out) == ("DS1/DS2", DS1, DS2, PACED)
    assert split.note == (
        "DS1 trains and DS2 tests (de Chazal 2004). Records with paced beats are left out: 102 104 107 217. "
        "One patient is on both sides: 201 is in DS1, 202 in DS2."
    )
    assert split.parts == {"DS1": DS1, "DS2": DS2}
    assert [split.part_of(record) for record in ("101", "100", "102")] == ["DS1", "DS2", "left out"]


def test_some_mitdb_records_keep_their_side_and_an_empty_side_is_named() -> None:
    split = split_of(["100", "103"], MITDB)
    assert (split.train, split.test) == ((), ("100", "103"))
    assert split.note == "DS1 trains and DS2 tests (de Chazal 2004). No record here belongs to the DS1 part."


def test_other_recordings_take_turns_in_sorted_order_and_the_note_says_that_patients_are_unknown() -> None:
    split = split_of(["d", "a", "e", "c", "b"], NOBODY)
    assert (split.name, split.train, split.test, split.left_out) == ("records", ("a", "c", "e"), ("b", "d"), ())
    assert (split.train_name, split.test_name) == ("train", "test")
    assert split.note == (
        "Patients in sorted order take turns: the first trains, the second tests, and so on. "
        "Patients unknown: records taken as patients."
    )


def test_the_note_says_nothing_of_unknown_patients_where_all_are_named() -> None:
    named = Patients({"a": "p1", "b": "p2"})
    assert UNKNOWN_NOTE not in split_of(["a", "b"], named).note
    assert UNKNOWN_NOTE in split_of(["a", "b", "c"], named).note


def test_two_days_of_two_patients_are_split_between_the_patients(tmp_path: Path) -> None:
    names = ["p1_day1", "p1_day2", "p2_day1", "p2_day2"]
    for name in names:
        write_recording(tmp_path, name)
    rows = [f"{name},{name[:2]}" for name in names]
    (tmp_path / "patients.csv").write_text("\n".join(["record,patient", *rows]), encoding="utf-8")
    patients = find_patients(tmp_path, names)
    split = split_of(names, patients)
    assert (split.train, split.test) == (("p1_day1", "p1_day2"), ("p2_day1", "p2_day2"))
    assert UNKNOWN_NOTE not in split.note
    assert {held for _, held in folds(names, 2, 0, patients)} == {("p1_day1", "p1_day2"), ("p2_day1", "p2_day2")}
    with pytest.raises(DataError, match="3 folds asked for, expected 2 to 2, the number of patients"):
        folds(names, 3, 0, patients)
    with pytest.raises(DataError, match="Patient p1 is on both sides of the split: p1_day1 here, p1_day2 there"):
        assert_patient_disjoint(["p1_day1"], ["p1_day2"], patients)


@given(assignments())
def test_every_record_has_exactly_one_place_in_the_split(assignment: tuple[list[str], Patients]) -> None:
    records, patients = assignment
    split = split_of(records, patients)
    assert sorted((*split.train, *split.test, *split.left_out)) == sorted(records)
    assert split == split_of(records[::-1], patients)
    if split.name == splits.BY_RECORD:
        assert not {patients.of(r) for r in split.train} & {patients.of(r) for r in split.test}


@given(assignments(), st.integers(-1, 12), seeds)
def test_folds_hold_every_record_out_once_and_never_divide_a_patient(
    assignment: tuple[list[str], Patients], k: int, seed: int
) -> None:
    records, patients = assignment
    n = n_patients(records, patients)
    if not 2 <= k <= n:
        with pytest.raises(DataError, match=f"{k} folds asked for, expected 2 to {n}"):
            folds(records, k, seed, patients)
        return
    pairs = folds(records, k, seed, patients)
    assert len(pairs) == k
    assert sorted(record for _, held_out in pairs for record in held_out) == sorted(records)
    for train, held_out in pairs:
        assert not {patients.of(r) for r in train} & {patients.of(r) for r in held_out}
        assert sorted((*train, *held_out)) == sorted(records)
    sizes = [n_patients(list(held_out), patients) for _, held_out in pairs]
    assert max(sizes) - min(sizes) <= 1
    assert folds(records[::-1], k, seed, patients) == pairs


def test_folds_depend_on_the_seed() -> None:
    assert folds(DS1, 5, seed=1, patients=MITDB) != folds(DS1, 5, seed=2, patients=MITDB)


def test_the_folds_of_the_database_are_those_the_shipped_models_were_trained_with() -> None:
    held_out = [held for _, held in folds(DS1, 5, 0, MITDB)]
    assert held_out == HELD_OUT_OF_DS1
    assert any({"201", "202"} <= set(held) for _, held in folds(record_names(), 5, 0, MITDB))


def test_the_patient_of_201_and_202_is_found_on_both_sides() -> None:
    assert shared_patients(DS1, DS2, MITDB) == ("201",)
    assert shared_patients(DS1, [record for record in DS2 if record != "202"], MITDB) == ()
    with pytest.raises(DataError) as caught:
        assert_patient_disjoint(DS1, DS2, MITDB)
    assert str(caught.value) == (
        "Patient 201 is on both sides of the split: 201 here, 202 there. Keep all records of a patient together."
    )


@given(assignments(), record_sets)
def test_shared_patients_are_those_with_a_record_on_either_side(
    assignment: tuple[list[str], Patients], b: list[str]
) -> None:
    a, patients = assignment
    shared = shared_patients(a, b, patients)
    assert set(shared) == {patients.of(r) for r in a} & {patients.of(r) for r in b}
    assert shared == shared_patients(b, a, patients)
    if shared:
        with pytest.raises(DataError, match="is on both sides of the split"):
            assert_patient_disjoint(a, b, patients)
    else:
        assert_patient_disjoint(a, b, patients)
