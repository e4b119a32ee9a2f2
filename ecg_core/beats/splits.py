"""Which records train and which test: by patient, unless a protocol of the literature says otherwise.

DS1 and DS2: de Chazal P, O'Dwyer M, Reilly RB. Automatic classification of heartbeats using ECG morphology and
heartbeat interval features. IEEE Trans Biomed Eng 51(7):1196-1206 (2004), doi 10.1109/TBME.2004.827359.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ecg_core.data import catalogue
from ecg_core.data.patients import UNKNOWN_NOTE, Patients
from ecg_core.errors import DataError

DS1 = (
    "101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122",
    "124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230",
)  # fmt: skip
DS2 = (
    "100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210",
    "212", "213", "214", "219", "221", "222", "228", "231", "232", "233", "234",
)  # fmt: skip
PACED = ("102", "104", "107", "217")
"""Records with paced beats, left out of both parts as EC57 asks."""

SHARED_TEST_RECORD = "202"
"""Record of DS2 whose patient is in DS1 too (201)."""
DOMINANT_RECORDS = ("232", "213")
"""Records that hold most of DS2's S beats and F beats: figures are given without each of them too."""

DE_CHAZAL = "DS1/DS2"
BY_RECORD = "records"
_PART_NAMES = {DE_CHAZAL: ("DS1", "DS2"), BY_RECORD: ("train", "test")}
LEFT_OUT = "left out"


@dataclass(frozen=True)
class Split:
    """Which records train, which test, and which do neither."""

    name: str
    """`DS1/DS2`, or `records` for the plain alternation used with other recordings."""
    train: tuple[str, ...]
    test: tuple[str, ...]
    left_out: tuple[str, ...]
    note: str
    """What a reader of a result must know about this split, in plain sentences."""

    @property
    def train_name(self) -> str:
        """What the training part is called: `DS1` or `train`."""
        return _PART_NAMES[self.name][0]

    @property
    def test_name(self) -> str:
        """What the test part is called: `DS2` or `test`."""
        return _PART_NAMES[self.name][1]

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Records of the training and the test part, by the part's name."""
        return {self.train_name: self.train, self.test_name: self.test}

    def part_of(self, record: str) -> str:
        """Name of the part `record` is in, or `left out`."""
        return next((name for name, records in self.parts.items() if record in records), LEFT_OUT)


def split_of(records: Sequence[str], patients: Patients) -> Split:
    """The split used with these records of these patients.

    MIT-BIH records: DS1 trains and DS2 tests, as far as they are there, paced records left out. Any other set of
    recordings: every second patient in sorted order trains, since a first and a second half may differ in meaning.
    """
    present = set(records)
    if present <= set(catalogue.record_names()):
        return _de_chazal(present, patients)
    by_patient = _by_patient(present, patients)
    names = sorted(by_patient)
    train = _records_of(names[0::2], by_patient)
    test = _records_of(names[1::2], by_patient)
    sentences = ["Patients in sorted order take turns: the first trains, the second tests, and so on."]
    if not patients.known(present):
        sentences.append(UNKNOWN_NOTE)
    return Split(BY_RECORD, train, test, (), " ".join([*sentences, *_what_is_missing(BY_RECORD, train, test)]))


def folds(
    records: Sequence[str], k: int, seed: int, patients: Patients
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Patient-wise k-fold: k pairs `(train, held_out)`, each sorted; every record is held out exactly once.

    The same records and seed give the same folds, whatever the order of the records. Raises DataError unless
    2 <= k <= number of patients.
    """
    by_patient = _by_patient(records, patients)
    if not 2 <= k <= len(by_patient):
        raise DataError(
            f"{k} folds asked for, expected 2 to {len(by_patient)}, the number of patients in these records."
        )
    shuffled = _shuffled(by_patient, seed)
    groups = [set(shuffled[fold::k]) for fold in range(k)]
    return [
        (_records_of([p for p in shuffled if p not in group], by_patient), _records_of(group, by_patient))
        for group in groups
    ]


def shared_patients(a: Iterable[str], b: Iterable[str], patients: Patients) -> tuple[str, ...]:
    """Patients with records in both `a` and `b`, sorted."""
    return tuple(sorted(set(_by_patient(a, patients)) & set(_by_patient(b, patients))))


def assert_patient_disjoint(a: Iterable[str], b: Iterable[str], patients: Patients) -> None:
    """Raise DataError, naming patient and records, if a patient has records in both `a` and `b`."""
    in_a, in_b = _by_patient(a, patients), _by_patient(b, patients)
    for patient in sorted(set(in_a) & set(in_b)):
        raise DataError(
            f"Patient {patient} is on both sides of the split: {' '.join(in_a[patient])} here, "
            f"{' '.join(in_b[patient])} there. Keep all records of a patient together."
        )


def _de_chazal(present: set[str], patients: Patients) -> Split:
    train, test, paced = (tuple(r for r in part if r in present) for part in (DS1, DS2, PACED))
    sentences = ["DS1 trains and DS2 tests (de Chazal 2004)."]
    if paced:
        sentences.append(f"Records with paced beats are left out: {' '.join(paced)}.")
    in_train, in_test = _by_patient(train, patients), _by_patient(test, patients)
    sentences += [
        f"One patient is on both sides: {' '.join(in_train[p])} is in DS1, {' '.join(in_test[p])} in DS2."
        for p in shared_patients(train, test, patients)
    ]
    return Split(DE_CHAZAL, train, test, paced, " ".join([*sentences, *_what_is_missing(DE_CHAZAL, train, test)]))


def _what_is_missing(name: str, train: tuple[str, ...], test: tuple[str, ...]) -> list[str]:
    sides = zip(_PART_NAMES[name], (train, test), strict=True)
    return [f"No record here belongs to the {part} part." for part, records in sides if not records]


def _by_patient(records: Iterable[str], patients: Patients) -> dict[str, list[str]]:
    by_patient: dict[str, list[str]] = {}
    for record in sorted(set(records)):
        by_patient.setdefault(patients.of(record), []).append(record)
    return by_patient


def _records_of(names: Iterable[str], patients: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(sorted(record for name in names for record in patients[name]))


def _shuffled(patients: Iterable[str], seed: int) -> list[str]:
    names = sorted(patients)
    return [names[k] for k in np.random.default_rng(seed).permutation(len(names))]
