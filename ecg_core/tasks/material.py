"""What every run's config and every model's card say about where they come from."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from ecg_core import __version__
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import DE_CHAZAL, assert_patient_disjoint, split_of
from ecg_core.data.catalogue import patient_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "wfdb", "pandas")
CHOSEN_NOTE = "Trained on chosen records, judged on the records of all other patients."


def training_part(source: DataSource, records: Sequence[str] | None) -> dict[str, Any]:
    """The split's training and test records as a config has them, or chosen records against all other patients'.

    Raises RunError for a record that is not there or none at all, DataError if a patient were on both sides.
    """
    split = split_of(source.records)
    if records is not None and not records:
        raise RunError("Choose at least one record to train on.")
    wanted = tuple(records or split.train)
    unknown = [name for name in wanted if name not in source.records]
    if unknown:
        raise RunError(f"Unknown record {', '.join(unknown)}: the data in use ({source.label}) has no such record.")
    train = tuple(name for name in source.records if name in wanted)  # in one order, and each once
    test = list(split.test) if not records else of_other_patients(source.records, train)
    if records or split.name != DE_CHAZAL:  # the one named exception: 201 and 202 are one patient
        assert_patient_disjoint(train, test)
    return {
        "name": split.name if not records else "chosen records",
        "train": list(train),
        "test": test,
        "note": split.note if not records else CHOSEN_NOTE,
    }


def described(source: DataSource) -> dict[str, Any]:
    """The data in use as a config has them."""
    return {"folder": str(source.folder), "label": source.label, "records": list(source.records)}


def of_other_patients(records: Sequence[str], train: Sequence[str]) -> list[str]:
    """Records of patients that none of the training records is of."""
    known = {patient_of(name) for name in train}
    return [name for name in records if patient_of(name) not in known]


def beats_card(beats: BeatSet, label: str) -> dict[str, Any]:
    """What a card says of the beats a model was trained on."""
    return {
        "data": {"label": label, "data_hash": beats.data_hash, "simulated": beats.simulated},
        "preprocessing": vars(beats.config),
        "preprocessing_hash": beats.config.hash,
        "leads": {name: list(leads) for name, leads in beats.leads.items()},
    }


def versions() -> dict[str, str]:
    """Versions of the workbench, Python and every library that can change a figure."""
    found = {"ecg_core": __version__, "python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}
