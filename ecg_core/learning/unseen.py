"""Which records a model may be judged on: one rule for every kind of model, and what may be said of the patients.

A record that was trained on is refused, and so is any other record of a patient who was trained on. The one exception
is a split's own test part, such as the DS2 of the literature, which holds record 202 of a patient in DS1: its report
says so, and gives the figures without that record too. That no patient was seen in training is said only where the
patients on both sides are known.
"""

from collections.abc import Sequence

from ecg_core.data.patients import UNKNOWN_NOTE, Patients, mitdb_patients, pseudonym
from ecg_core.errors import ModelError
from ecg_core.learning.card import Card

TEST_PARTS = ("DS2", "test", "unseen")
"""Parts that are a split's test records as the literature has them, patient of record 202 included."""
VALIDATION = "validation"
"""The part of the training records, each judged by a network that was trained without its patient."""


def shared_with_training(card: Card, records: Sequence[str], patients: Patients) -> dict[str, tuple[str, ...]]:
    """Record -> the training records of the same patient, for the records that have any."""
    by_patient: dict[str, list[str]] = {}
    for name in card.split.train:
        by_patient.setdefault(pseudonym(card.patient_of(name)), []).append(name)
    here = {name: pseudonym(patients.of(name)) for name in records}
    return {name: tuple(by_patient[patient]) for name, patient in here.items() if patient in by_patient}


def check_unseen(card: Card, records: Sequence[str], patients: Patients, part: str) -> None:
    """Raise ModelError if a model was trained on one of the records, or on another record of a patient of theirs."""
    trained = [name for name in records if name in card.split.train]
    if trained:
        raise ModelError(
            f"The model was trained on record {', '.join(trained)}: figures on it would flatter. "
            "Judge it on other records, or on its validation."
        )
    shared = shared_with_training(card, records, patients)
    if shared and part not in TEST_PARTS:
        raise ModelError(
            f"Record {', '.join(shared)} is of a patient the model was trained on: leave it out. Only DS2 as the "
            "literature has it may hold it, with the figure without it beside."
        )


def unseen_records(card: Card, records: Sequence[str], patients: Patients) -> tuple[str, ...]:
    """The records to judge a model on: its split's test records, or, among other data, those of all patients it was not
    trained on.

    Raises ModelError if there is none.
    """
    test = tuple(name for name in card.split.test if name in records)
    if test:
        return test
    shared = shared_with_training(card, records, patients)
    others = tuple(name for name in records if name not in shared)
    if not others:
        raise ModelError("The model was trained on every record of the data in use: none is left to judge it on.")
    return others


def trained_here(card: Card, records: Sequence[str]) -> bool:
    """Whether a model's training records are among these, so that its validation can be looked into."""
    return set(card.split.train) <= set(records)


def patients_known(card: Card, records: Sequence[str], patients: Patients) -> bool:
    """Whether somebody names the patient of every training record and of every one of these."""
    return (card.patients or mitdb_patients()).known(card.split.train) and patients.known(records)


def statement(card: Card, records: Sequence[str], patients: Patients) -> str:
    """What a reader of figures on these records must know of their patients."""
    shared = shared_with_training(card, records, patients)
    if shared:
        training = ", ".join(dict.fromkeys(name for names in shared.values() for name in names))
        here = ", ".join(shared)
        return (
            f"Records {training} (training) and {here} (here) are one patient, as DS1/DS2 of the literature has it; "
            f"the figures without {here} are given too."
        )
    if patients_known(card, records, patients):
        return "No patient of these records was seen in training."
    return f"No record of that name was seen in training. {UNKNOWN_NOTE}"
