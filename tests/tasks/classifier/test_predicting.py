"""A classifier's classes of one record, as pages and reports ask for them."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.store import load_beats
from ecg_core.data.patients import Patients
from ecg_core.errors import LeadsError
from ecg_core.learning.fits import preparation_of
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.predicting import predict_record, training_caution
from ecg_core.workspace import MODELS

SHIPPED = MODELS / "classifier"


def test_every_beat_has_the_most_probable_class(simulated: Path) -> None:
    found = predict_record(SHIPPED, "models/classifier", simulated, "sim01", "2026-01-01")
    classifier, card = load_classifier(SHIPPED)
    beats = load_beats(simulated, ("sim01",), preparation_of(card).config)
    likeliest = np.asarray(classifier.classes_)[classifier.predict_proba(beats).argmax(axis=1)]
    assert found.layer.annotations.symbol.tolist() == likeliest.tolist()
    assert (found.layer.name, found.layer.kind, found.layer.created, found.leads) == (
        "models/classifier", "model", "2026-01-01", "",
    )  # fmt: skip
    assert found.card == card


def test_leads_it_was_not_trained_on_are_scored_after_a_choice_only(mitdb: Path) -> None:
    of = (SHIPPED, "models/classifier", mitdb, "102", "")
    with pytest.raises(LeadsError, match="V5 as first lead"):
        predict_record(*of)
    assert "V5 as first lead" in predict_record(*of, any_leads=True).leads


def test_a_record_or_a_patient_of_its_training_is_named() -> None:
    _, card = load_classifier(SHIPPED)
    nobody = Patients({})
    assert training_caution(card, "201", nobody).startswith("It was trained on this record")
    assert training_caution(card, "new", nobody) == ""
    same = Patients({"new": card.patient_of("201")})
    assert training_caution(card, "new", same) == "It was trained on record 201 of the same patient."
