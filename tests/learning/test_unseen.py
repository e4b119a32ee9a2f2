"""A model is judged on patients it has not seen, and what is said of them is what is known."""

import json
from dataclasses import replace

import pytest

from ecg_core.data.patients import UNKNOWN_NOTE, Patients, mitdb_patients
from ecg_core.errors import ModelError
from ecg_core.learning.card import Card, DataUsed, SplitUsed
from ecg_core.learning.unseen import check_unseen, shared_with_training, statement, unseen_records

MITDB = mitdb_patients()
NOBODY = Patients({})


def card(*train: str, test: tuple[str, ...] = (), patients: Patients | None = None) -> Card:
    split = SplitUsed("chosen records", train, test)
    return Card("classifier", "", split, {}, 0, DataUsed("Data", "0"), {}, "", patients=patients)


@pytest.mark.parametrize("part", ["DS2", "test", "unseen", "all", "106,101"])
def test_a_record_the_model_was_trained_on_is_refused_in_every_part(part: str) -> None:
    with pytest.raises(ModelError) as caught:
        check_unseen(card("101", "106"), ("100", "106", "101"), MITDB, part)
    assert str(caught.value) == (
        "The model was trained on record 106, 101: figures on it would flatter. Judge it on other records, or on "
        "its validation."
    )


@pytest.mark.parametrize(("trained", "judged"), [("201", "202"), ("202", "201")])
@pytest.mark.parametrize("part", ["all", "202", "201,100", "DS1", "train"])
def test_another_record_of_a_trained_patient_is_refused(trained: str, judged: str, part: str) -> None:
    with pytest.raises(ModelError) as caught:
        check_unseen(card("101", trained), ("100", judged), MITDB, part)
    assert str(caught.value) == (
        f"Record {judged} is of a patient the model was trained on: leave it out. Only DS2 as the literature has it "
        "may hold it, with the figure without it beside."
    )


def test_patients_are_those_that_card_and_data_name_whatever_the_records_are_called() -> None:
    own = card("a1", "b1", patients=Patients({"a1": "Ann", "b1": "Ben"}))
    here = Patients({"a2": "Ann", "c1": "Cleo"})
    assert shared_with_training(own, ("a2", "c1"), here) == {"a2": ("a1",)}
    with pytest.raises(ModelError, match="Record a2 is of a patient the model was trained on"):
        check_unseen(own, ("a2", "c1"), here, "a2,c1")
    check_unseen(own, ("c1",), here, "c1")
    check_unseen(own, ("a2", "c1"), NOBODY, "a2,c1")  # nobody says that it is Ann


def test_a_card_with_pseudonyms_knows_its_patients_and_names_none_of_them() -> None:
    named = Patients({"a1": "Ann", "b1": "Ben"})
    own = card("a1", "b1", patients=named.pseudonymous())
    assert not {"Ann", "Ben"} & set(json.dumps(own.to_json()).split('"'))
    assert shared_with_training(own, ("a2", "c1"), Patients({"a2": "Ann", "c1": "Cleo"})) == {"a2": ("a1",)}
    assert named.pseudonymous().pseudonymous() == named.pseudonymous()


@pytest.mark.parametrize("part", ["DS2", "test", "unseen"])
def test_the_ds2_of_the_literature_holds_202(part: str) -> None:
    check_unseen(card("101", "201"), ("100", "202"), MITDB, part)


def test_records_of_other_patients_may_be_judged() -> None:
    check_unseen(card("101", "106"), ("201", "202", "100"), MITDB, "201,202,100")


def test_the_test_records_of_the_split_are_unseen_where_they_are_there() -> None:
    own = card("201", "203", test=("100", "202"))
    assert unseen_records(own, ("100", "201", "202", "203"), MITDB) == ("100", "202")
    assert unseen_records(own, ("202", "203"), MITDB) == ("202",)


@pytest.mark.parametrize("own", [card("201"), card("202", test=("999",))])
def test_among_other_records_nobody_of_a_patient_seen_in_training_is_taken(own: Card) -> None:
    assert unseen_records(own, ("100", "201", "202", "203"), MITDB) == ("100", "203")


def test_a_model_trained_on_everybody_cannot_be_judged() -> None:
    with pytest.raises(ModelError, match="none is left to judge it on"):
        unseen_records(card("100", "201", "203"), ("100", "201", "202", "203"), MITDB)


def test_one_patient_on_both_sides_is_named() -> None:
    assert statement(card("101", "201"), ("100", "202"), MITDB) == (
        "Records 201 (training) and 202 (here) are one patient, as DS1/DS2 of the literature has it; the figures "
        "without 202 are given too."
    )


def test_that_no_patient_was_seen_is_said_only_where_the_patients_are_known() -> None:
    own = card("101", "106")
    assert statement(own, ("100", "103"), MITDB) == "No patient of these records was seen in training."
    unknown = f"No record of that name was seen in training. {UNKNOWN_NOTE}"
    assert statement(own, ("a", "b"), NOBODY) == unknown
    assert statement(replace(own, patients=NOBODY), ("100", "103"), MITDB) == unknown
