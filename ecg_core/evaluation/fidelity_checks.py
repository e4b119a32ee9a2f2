"""What synthetic and recorded beats must have in common before one can be judged by the other."""

import numpy as np

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import assert_patient_disjoint, shared_patients
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.data.patients import Patients
from ecg_core.errors import DataError
from ecg_core.evaluation.two_sample import FEWEST

FEWEST_REAL = 20
"""Recorded beats of a class below which nothing is said about its synthetic ones."""


def check(
    beat_class: str, synthetic: SyntheticBeats, train: BeatSet, unseen: BeatSet | None, shared_allowed: bool
) -> str:
    """Raise DataError if these cannot be judged against each other; return what a reader must know, or ''."""
    others = sorted(set(synthetic.beat_class.tolist()) - {beat_class})
    if others:
        raise DataError(f"Synthetic beats of class {', '.join(others)} among those to be judged as {beat_class}.")
    n = len(train.rows_of(beat_class))
    if n < FEWEST_REAL:
        raise DataError(
            f"Class {beat_class} has {n} recorded beats in the training records, at least {FEWEST_REAL} are needed to "
            "judge synthetic ones."
        )
    if len(synthetic) < FEWEST:
        raise DataError(f"{len(synthetic)} synthetic beats of class {beat_class}, at least {FEWEST} are needed.")
    bad = int((~np.isfinite(synthetic.signals)).any(axis=(1, 2)).sum())
    if bad:
        raise DataError(f"{bad} of {len(synthetic)} synthetic beats of class {beat_class} are not numbers.")
    for part in (train, *([] if unseen is None else [unseen])):
        if part.config != synthetic.config:
            raise DataError("The synthetic beats were prepared in another way than the recorded ones.")
    foreign = sorted(set(synthetic.trained_on) - set(train.records))
    if foreign:
        raise DataError(
            f"The generator was trained on record {', '.join(foreign)}, which is not among the training records: "
            "copies of its beats would go unnoticed."
        )
    if unseen is None:
        return ""
    patients = Patients({**train.patients.by_record, **unseen.patients.by_record})
    both = shared_patients(train.records, unseen.records, patients)
    if both and not shared_allowed:
        assert_patient_disjoint(train.records, unseen.records, patients)
    return f"Patient {', '.join(both)} has records on both sides: not every patient is unseen." if both else ""
