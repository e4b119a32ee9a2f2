"""A beat classifier's classes of one recording, for a page and a report alike."""

from dataclasses import dataclass
from pathlib import Path

from ecg_core.beats.store import load_beats
from ecg_core.data.labels import MARKED, LabelLayer
from ecg_core.data.patients import Patients
from ecg_core.learning.card import Card
from ecg_core.learning.fits import fitting, leads_caution, preparation_of
from ecg_core.learning.unseen import shared_with_training
from ecg_core.tasks.classifier.labels import predicted_layer
from ecg_core.tasks.classifier.model import load_classifier


@dataclass(frozen=True)
class Predicted:
    """What a classifier says of one recording."""

    layer: LabelLayer
    card: Card
    leads: str
    """About leads the model was not trained on; empty where there are none."""


def predict_record(
    model: Path, model_id: str, folder: Path, record: str, created: str, any_leads: bool = False
) -> Predicted:
    """Class every beat that the reference of a record marks, or, where nobody annotated it, its detected R peaks.

    Parameters
    ----------
    model : the model's folder; `model_id` is what pages call it, and names the layer
    folder : where the record lies
    created : when the labels are made, ISO 8601 in UTC
    any_leads : whether somebody has chosen to have leads scored that the model was not trained on

    Raises WorkbenchError where the model cannot be loaded or does not fit the record.
    """
    classifier, card = load_classifier(model)
    beats = load_beats(folder, (record,), preparation_of(card).config, layer=MARKED)
    beats = fitting(card, beats, any_leads)
    return Predicted(predicted_layer(classifier, beats, model_id, created), card, leads_caution(card, beats))


def training_caution(card: Card, record: str, patients: Patients) -> str:
    """What a reader must know of a record, or of a patient, that the model was trained on; else empty."""
    if record in card.split.train:
        return "It was trained on this record, so it agrees more than it would with a new one."
    same_patient = shared_with_training(card, [record], patients).get(record, ())
    return f"It was trained on record {', '.join(same_patient)} of the same patient." if same_patient else ""
