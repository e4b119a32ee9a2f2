"""No patient trains and tests, whatever the records, the seed or their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import splits
from ecg_core.beats.splits import DS1, DS2, PACED, assert_patient_disjoint, folds, shared_patients, split_of
from ecg_core.data.catalogue import patient_of, record_names
from ecg_core.errors import DataError

own_names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
mitdb_names = st.sampled_from(record_names())
record_sets = st.lists(st.one_of(own_names, mitdb_names), unique=True, max_size=40)
seeds = st.integers(0, 2**32 - 1)


def n_patients(records: list[str]) -> int:
    return len({patient_of(record) for record in records})


def test_ds1_ds2_and_the_paced_records_are_the_48_records_once_each() -> None:
    assert len(DS1) == len(DS2) == 22
    assert sorted((*DS1, *DS2, *PACED)) == list(record_names())


def test_the_whole_database_is_split_as_de_chazal_did_and_says_who_is_on_both_sides() -> None:
    split = split_of(record_names())
    assert (split.name, split.train, split.test, split.left_out) == ("DS1/DS2", DS1, DS2, PACED)
    assert split.note == (
        "DS1 trains and DS2 tests (de Chazal 2004). Records with paced beats are left out: 102 104 107 217. "
        "One patient is on both sides: 201 is in DS1, 202 in DS2."
    )
    assert split.parts == {"DS1": DS1, "DS2": DS2}
    assert [split.part_of(record) for record in ("101", "100", "102")] == ["DS1", "DS2", "left out"]


def test_some_mitdb_records_keep_their_side_and_an_empty_side_is_named() -> None:
    split = split_of(["100", "103"])
    assert (split.train, split.test) == ((), ("100", "103"))
    assert split.note == "DS1 trains and DS2 tests (de Chazal 2004). No record here belongs to the DS1 part."


def test_other_recordings_take_turns_in_sorted_order() -> None:
    split = split_of(["d", "a", "e", "c", "b"])
    assert (split.name, split.train, split.test, split.left_out) == ("records", ("a", "c", "e"), ("b", "d"), ())
    assert (split.train_name, split.test_name) == ("train", "test")


def test_a_patient_of_mitdb_among_other_recordings_stays_on_one_side() -> None:
    split = split_of(["200", "201", "202", "mine"])
    assert (split.train, split.test) == (("200", "mine"), ("201", "202"))


@given(record_sets)
def test_every_record_has_exactly_one_place_in_the_split(records: list[str]) -> None:
    split = split_of(records)
    assert sorted((*split.train, *split.test, *split.left_out)) == sorted(records)
    assert split == split_of(records[::-1])
    if split.name == splits.BY_RECORD:
        assert not shared_patients(split.train, split.test)


@given(record_sets, st.integers(-1, 12), seeds)
def test_folds_hold_every_record_out_once_and_never_divide_a_patient(records: list[str], k: int, seed: int) -> None:
    if not 2 <= k <= n_patients(records):
        with pytest.raises(DataError, match=f"{k} folds asked for, expected 2 to {n_patients(records)}"):
            folds(records, k, seed)
        return
    made = folds(records, k, seed)
    assert len(made) == k
    assert sorted(record for _, held_out in made for record in held_out) == sorted(records)
    for train, held_out in made:
        assert_patient_disjoint(train, held_out)
        assert sorted((*train, *held_out)) == sorted(records)
    sizes = [n_patients(list(held_out)) for _, held_out in made]
    assert max(sizes) - min(sizes) <= 1
    assert folds(records[::-1], k, seed) == made


def test_folds_depend_on_the_seed() -> None:
    assert folds(DS1, 5, seed=1) != folds(DS1, 5, seed=2)


def test_the_patient_of_201_and_202_is_found_on_both_sides() -> None:
    assert shared_patients(DS1, DS2) == ("201",)
    assert shared_patients(DS1, [record for record in DS2 if record != "202"]) == ()
    with pytest.raises(DataError) as caught:
        assert_patient_disjoint(DS1, DS2)
    assert str(caught.value) == (
        "Patient 201 is on both sides of the split: 201 here, 202 there. Keep all records of a patient together."
    )


@given(record_sets, record_sets)
def test_shared_patients_are_those_with_a_record_on_either_side(a: list[str], b: list[str]) -> None:
    assert set(shared_patients(a, b)) == {patient_of(r) for r in a} & {patient_of(r) for r in b}
    assert shared_patients(a, b) == shared_patients(b, a)
