"""Whose recordings they are: records of one patient must never be on both sides of a split.

Patients come from a `patients.csv` beside the recordings, from the header of a recording, or from the catalogue of the
MIT-BIH database. Where none of them names a patient, a record counts as a patient of its own, and every result says so.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ecg_core.data import catalogue
from ecg_core.data.header import comments_in, header_lines
from ecg_core.data.record_path import header_path, headers
from ecg_core.data.record_table import record_table

UNKNOWN_NOTE = "Patients unknown: records taken as patients."
FILE = "patients.csv"
PSEUDONYM = "patient-"
_WORD = r"(?:patient|subject)(?:[ _-]?id)?"
_IN_COMMENT = re.compile(
    rf"(?:<{_WORD}>|{_WORD})\s*[:=]\s*(?P<patient>[\w.-]{{1,64}})|patient (?P<number>\d+)", re.IGNORECASE
)
"""A line that is nothing but a name for the patient; a sentence that begins with the word names nobody."""
NOBODY = {"unknown", "anonymous", "anonymized", "anonymised", "none", "na", "n.a.", "nan", "null", "-"}


@dataclass(frozen=True)
class Patients:
    """Which patient each record is of."""

    by_record: Mapping[str, str]
    """Record -> patient, for the records whose patient somebody names."""

    def of(self, record: str) -> str:
        """The patient of a record; where nobody names one, the record stands for it."""
        return self.by_record.get(record, record)

    def known(self, records: Iterable[str]) -> bool:
        """Whether the patient of every one of these records is named by somebody."""
        return all(record in self.by_record for record in records)

    def pseudonymous(self) -> "Patients":
        """The same with pseudonyms for names: what is kept with a model that may be passed on."""
        return Patients({record: pseudonym(patient) for record, patient in self.by_record.items()})

    def only(self, records: Iterable[str]) -> "Patients":
        """The same for some of the records."""
        return Patients({record: self.by_record[record] for record in records if record in self.by_record})


def pseudonym(patient: str) -> str:
    """The same for the same patient, and not the name; a pseudonym is its own.

    Whoever knows a name can tell whether it is the one meant: that is what it is for. It does not hide a name from
    somebody who tries a list of names.
    """
    if patient.startswith(PSEUDONYM):
        return patient
    return PSEUDONYM + hashlib.sha256(patient.encode()).hexdigest()[:16]


@cache
def mitdb_patients() -> Patients:
    """Patients of the MIT-BIH Arrhythmia Database: 48 records, of which two are of one."""
    return Patients({name: catalogue.patient_of(name) for name in catalogue.record_names()})


def find_patients(folder: Path, names: Sequence[str]) -> Patients:
    """Patients of the records `names` in `folder`: what `patients.csv` says goes before what a header says.

    The catalogue of the MIT-BIH database speaks of a folder whose every record has the name of one of its records, and
    its rate or its half hour: a ward, too, has a record called 106.
    Raises DataError, naming file, line and field, for a `patients.csv` that cannot be read.
    """
    published = set(catalogue.record_names())
    is_mitdb = published.issuperset(names) and all(
        name in published and _like_mitdb(path) for name, path in headers(folder)
    )
    named = dict(mitdb_patients().by_record) if is_mitdb else {}
    named |= {name: patient for name in names if (patient := _in_header(folder, name))}
    named |= patients_in_file(folder / FILE)
    return Patients({name: named[name] for name in names if name in named})


def patient_in(comments: Sequence[str]) -> str | None:
    """The patient that a header's comments name, such as `Patient ID: 17`; None if none does, or they name several."""
    matches = [match for comment in comments if (match := _IN_COMMENT.fullmatch(comment.strip()))]
    named = {match["patient"] or match["number"] for match in matches}
    named = {name for name in named if name.lower() not in NOBODY}
    return named.pop() if len(named) == 1 else None


def _like_mitdb(header: Path) -> bool:
    """Whether a header says the rate of the MIT-BIH database or, of what was resampled, its duration; or neither."""
    words = next((line.split() for line in header_lines(header) if line.strip() and not line.startswith("#")), [])
    try:
        rate = float(words[2].split("/")[0].split("(")[0])
        return rate == catalogue.FS or abs(int(words[3]) / rate - catalogue.N_SAMPLES / catalogue.FS) < 1.0
    except (IndexError, ValueError, ZeroDivisionError, OverflowError):
        return True  # reading the record will say what is wrong; that a patient is shared is better said too often


def _in_header(folder: Path, name: str) -> str | None:
    return patient_in(comments_in(header_lines(header_path(folder, name))))


def patients_in_file(path: Path) -> dict[str, str]:
    """Record -> patient, as a `patients.csv` has it; nothing if there is none."""
    return record_table(path, "patient")
