"""Recorded beats against recorded beats: the row without which no distance between distributions means anything."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

TRIES = 256  # random ways to deal out the patients, of which the evenest is taken
DOMINANT = 0.5  # a record with more than this share of the beats leaves no two groups alike


@dataclass(frozen=True)
class Halves:
    """A class's beats in two groups of patients."""

    first: npt.NDArray[np.bool_] | None = field(repr=False)
    """(n,) which beats are in the first group; None where all are one patient's."""
    note: str
    """What a reader must know of these groups, or the empty string."""
    dominant_record: str = ""
    """The record that holds more than half of the beats; empty if none does."""

    @property
    def smaller(self) -> int:
        """Beats in the smaller group; 0 where there are no two."""
        return 0 if self.first is None else int(min(self.first.sum(), (~self.first).sum()))


def real_halves(records: npt.NDArray[np.str_], patients: npt.NDArray[np.str_], rng: np.random.Generator) -> Halves:
    """Deal a class's patients into two groups, as even in beats as 256 random ways can make them.

    Parameters
    ----------
    records, patients : (n,) record and patient of each beat
    rng : where the random ways come from; call again for another split
    """
    names, owner = np.unique(patients, return_inverse=True)
    note = _note(records, patients)
    if len(names) < 2:
        return Halves(None, note, dominant_record(records))
    counts = np.bincount(owner)
    sides = rng.random((TRIES, len(names))) < 0.5
    sides[:, 0] = True  # which group is called the first does not matter, and no group may be empty
    sides[sides.all(axis=1), -1] = False
    uneven = np.abs(sides @ counts - counts.sum() / 2)
    return Halves(sides[uneven.argmin()][owner], note, dominant_record(records))


def dominant_record(records: npt.NDArray[np.str_]) -> str:
    """The record that holds more than half of the beats, else the empty string."""
    names, counts = np.unique(records, return_counts=True)
    if not len(names) or counts.max() <= DOMINANT * len(records):
        return ""
    return str(names[counts.argmax()])


def mostly_one_record(records: npt.NDArray[np.str_]) -> str:
    """`372 of 414 beats come from record 208` where one record holds more than half of them, else the empty string."""
    name = dominant_record(records)
    return f"{np.count_nonzero(records == name)} of {len(records)} beats come from record {name}" if name else ""


def _note(records: npt.NDArray[np.str_], patients: npt.NDArray[np.str_]) -> str:
    if len(np.unique(patients)) < 2:
        held = ", ".join(sorted({str(record) for record in records})) or "none"
        return f"All {len(records)} beats come from one patient (record {held}): there are no two groups to compare."
    most = mostly_one_record(records)
    if not most:
        return ""
    return (
        f"{most}: two groups of patients are that record against the rest, and figures between them say little about "
        "other patients."
    )
