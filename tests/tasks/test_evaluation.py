"""Which records a model may be judged on: one rule for every kind."""

from pathlib import Path

import pytest

from ecg_core.data.patients import UNKNOWN_NOTE, Patients, mitdb_patients
from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError, RunError
from ecg_core.learning.card import Card, DataUsed, SplitUsed
from ecg_core.learning.unseen import check_unseen, patients_known, statement, unseen_records
from ecg_core.tasks.evaluation import records_of

NAMES = ("100", "201", "202", "203")
MITDB = mitdb_patients()
SOURCE = DataSource("environment", Path("nowhere"), NAMES, patients=MITDB.only(NAMES))


def card(train: tuple[str, ...], test: tuple[str, ...] = (), patients: Patients | None = MITDB) -> Card:
    split = SplitUsed("a split", train, test)
    return Card("autoencoder", "2026-01-01", split, {}, 0, DataUsed("data", "hash"), {}, "", patients=patients)


def test_the_split_of_the_card_decides_where_its_records_are_there() -> None:
    assert unseen_records(card(("201", "203"), ("100", "202")), NAMES, MITDB) == ("100", "202")


def test_among_other_records_nobody_of_a_patient_seen_in_training_is_taken() -> None:
    assert unseen_records(card(("201",)), NAMES, MITDB) == ("100", "203")
    assert unseen_records(card(("202",), ("999",)), NAMES, MITDB) == ("100", "203")


def test_a_model_trained_on_everybody_cannot_be_judged() -> None:
    with pytest.raises(ModelError, match="none is left to judge it on"):
        unseen_records(card(("100", "201", "203")), NAMES, MITDB)


def test_a_training_record_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="trained on record 201: figures on it would flatter"):
        check_unseen(card(("201",)), ("100", "201"), MITDB, "DS2")


def test_another_record_of_a_trained_patient_is_refused_but_in_the_split_of_the_literature() -> None:
    with pytest.raises(ModelError, match="Record 202 is of a patient the model was trained on"):
        check_unseen(card(("201",)), ("202",), MITDB, "202")
    check_unseen(card(("201",)), ("100", "202"), MITDB, "DS2")


def test_own_recordings_of_a_trained_patient_are_refused_too() -> None:
    patients = Patients({"day1": "p1", "day2": "p1", "other": "p2"})
    trained = card(("day1",), patients=patients.only(["day1"]))
    with pytest.raises(ModelError, match="Record day2 is of a patient the model was trained on"):
        check_unseen(trained, ("day2", "other"), patients, "day2,other")
    assert unseen_records(trained, ("day1", "day2", "other"), patients) == ("other",)


def test_that_no_patient_was_seen_is_said_only_where_patients_are_known() -> None:
    assert statement(card(("201",)), ("100",), MITDB) == "No patient of these records was seen in training."
    unknown = statement(card(("201",)), ("mine",), Patients({}))
    assert unknown == f"No record of that name was seen in training. {UNKNOWN_NOTE}"
    assert statement(card(("a",), patients=None), ("100",), MITDB).endswith(UNKNOWN_NOTE)
    assert not patients_known(card(("a",), patients=None), ("100",), MITDB)
    assert "201 (training) and 202 (here) are one patient" in statement(card(("201",)), ("100", "202"), MITDB)


def test_parts_and_lists_of_records_are_understood_and_anything_else_is_named() -> None:
    assert records_of("DS2", SOURCE, card(())) == ("100", "202")
    assert records_of("all", SOURCE, card(())) == SOURCE.records
    assert records_of("validation", SOURCE, card(("201",))) == ("201",)
    assert records_of("202,100,202", SOURCE, card(())) == ("202", "100")
    with pytest.raises(RunError, match=r"Unknown split or record x: choose DS1, DS2, unseen, all, validation"):
        records_of("100,x", SOURCE, card(()))
    with pytest.raises(RunError, match="Unknown split or record ' '"):
        records_of(" ", SOURCE, card(()))
