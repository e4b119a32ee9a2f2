"""Whose recordings they are: records of one patient must never be on both sides of a split.

Patients come from the catalogue of the MIT-BIH database, from the header of a recording, or from a `patients.csv`
beside the recordings. Where none of them names a patient, a record counts as a patient of its own, and every result says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNKNOWN_NOTE = "Patients unknown: records taken as patients."


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
