"""Figures of a trained classifier: on its own validation, or on records it has never seen."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import shared_patients
from ecg_core.errors import DataError, ModelError
from ecg_core.evaluation.class_report import class_report
from ecg_core.evaluation.classification import Classified
from ecg_core.learning.fits import check_fits, check_leads
from ecg_core.tasks.autoencoder.report import DOMINANT
from ecg_core.tasks.classifier.balancing import Labels
from ecg_core.tasks.classifier.classifier import BeatClassifier, labels_of

BOTH_SIDES = "202"
"""Record of DS2 whose patient is in DS1 too (201)."""
TEST_PARTS = ("DS2", "test", "unseen")
"""Parts that are a split's test records as the literature has them, patient of record 202 included."""
VALIDATION_NOTE = "Each record was classified by a network trained without its patient."
GAN_NOTE = (
    " Those networks did without synthetic beats, because the GAN has seen these records: what synthetic beats do is "
    "for the study to say."
)


def classified(
    classifier: BeatClassifier, beats: BeatSet, probability: npt.NDArray[np.float32] | None = None
) -> tuple[Classified, npt.NDArray[np.int64]]:
    """The beats that can be judged, with probabilities (by default the final networks'), and their rows in the set."""
    labels = labels_of(beats, classifier.options)
    if probability is None:
        probability = classifier.predict_proba(beats)
    return judged(beats, labels, probability, classifier.classes_)


def judged(
    beats: BeatSet, labels: Labels, probability: npt.NDArray[np.float32], names: tuple[str, ...]
) -> tuple[Classified, npt.NDArray[np.int64]]:
    """Rows that are not excluded and have a class, as classified beats, and their numbers."""
    rows = np.flatnonzero(beats.used & (labels >= 0))
    record = beats.table["record"].to_numpy(dtype=str)[rows]
    return Classified(names, np.asarray(names)[labels[rows]], probability[rows], record), rows


def check_card(card: dict[str, Any], beats: BeatSet) -> None:
    """Raise ModelError, naming the field, for beats that this model may not classify."""
    check_fits(card, beats)
    check_leads(card, beats)


def check_unseen(card: dict[str, Any], records: tuple[str, ...], part: str) -> None:
    """Raise ModelError if the model was trained on one of the records or on another record of a patient of theirs.

    The one exception is the DS2 of the literature, where record 202 is of a patient in DS1: its report says so.
    """
    train = card["split"]["train"]
    if seen := [name for name in records if name in train]:
        raise ModelError(
            f"The model was trained on record {', '.join(seen)}: figures on it would flatter. "
            "Judge it on other records, or on its validation."
        )
    if part not in TEST_PARTS and (shared := [name for name in records if shared_patients(train, [name])]):
        raise ModelError(
            f"Record {', '.join(shared)} is of a patient the model was trained on: leave it out. Only DS2 as the "
            "literature has it may hold it, with the figure without it beside."
        )


def report(classifier: BeatClassifier, card: dict[str, Any], beats: BeatSet, part: str) -> dict[str, Any]:
    """Classify `beats` and say everything. `part` names the records in the report; they are not checked here."""
    found, _ = classified(classifier, beats)
    escape = classifier.options.escape
    return beats_report(found, beats, part, escape) | said_of(card, beats, classifier.missing_)


def validation_report(classifier: BeatClassifier, beats: BeatSet) -> dict[str, Any]:
    """The same for the training records, each classified by a network that has not seen its patient."""
    if len(classifier.validation_probability_) != len(beats):
        raise DataError("The validation belongs to the data the model was trained on, which are not in use now.")
    found, _ = classified(classifier, beats, classifier.validation_probability_)
    note = VALIDATION_NOTE + (GAN_NOTE if classifier.options.added == "gan" else "")
    return beats_report(found, beats, "validation", classifier.options.escape) | with_missing(note, classifier.missing_)


def beats_report(found: Classified, beats: BeatSet, part: str, escape: str) -> dict[str, Any]:
    """All figures of one set of classified beats, with what was left out and how labels were read."""
    held = [name for name in (BOTH_SIDES, *DOMINANT) if name in found.records and len(found.records) > 1]
    reasons = beats.table["excluded"]
    unnamed = ~np.isin(beats.table["beat_class"], ("N", "S", "V", "F")) & beats.used & ("Q" not in found.classes)
    return class_report(found, part, held) | {
        "label_map": f"AAMI EC57, e and j as {escape}",
        "left_out": {"Q": int(unnamed.sum())}
        | {str(reason): int(n) for reason, n in reasons[reasons != ""].value_counts().items()},
        "simulated": beats.simulated,
    }


def said_of(card: dict[str, Any], beats: BeatSet, missing: tuple[str, ...]) -> dict[str, Any]:
    """What a reader of figures on unseen records must know."""
    train = card["split"]["train"]
    shared = [name for name in beats.records if shared_patients(train, [name])]
    note = "No patient of these records was seen in training."
    if shared:
        known = [name for name in train if shared_patients(shared, [name])]
        note = (
            f"Records {', '.join(known)} (training) and {', '.join(shared)} (here) are one patient, as DS1/DS2 of the "
            f"literature has it; the figures without {', '.join(shared)} are given too."
        )
    return with_missing(note, missing)


def with_missing(note: str, missing: tuple[str, ...]) -> dict[str, Any]:
    """A note, and what follows where a class was missing from training."""
    if missing:
        note += (
            f" The training records held too few beats of class {', '.join(missing)} to learn from: every beat of it "
            "counts as missed."
        )
    return {"note": note, "missing": list(missing)}
