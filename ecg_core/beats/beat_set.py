"""Beat sets: the prepared beats of some records, as one view over what is stored of each."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.context import RecordContext
from ecg_core.beats.lead_places import ABSENT
from ecg_core.beats.stacked import Signals, rows_as_views
from ecg_core.data.labels import REFERENCE
from ecg_core.data.patients import Patients
from ecg_core.errors import DataError

REASONS_TOLD = 3
"""How many records an error names with their reasons; the others it counts."""


@dataclass(frozen=True)
class BeatSet:
    """Prepared beats of some recordings, rows in order of record and time.

    `table` has one row a beat: record, r_sample, time_s, symbol, beat_class, rr_pre_s, rr_post_s (NaN where there is
    none), ratio_causal and ratio_record (see `rr`), patient, excluded (a reason, or the empty string), synthetic.
    """

    signals: Signals = field(repr=False)
    """(n_beats, n_leads, n_points) mV, memory-mapped where it comes from the store."""
    table: pd.DataFrame = field(repr=False)
    templates: dict[str, npt.NDArray[np.float32]] = field(repr=False)
    """Record -> its median beat, (n_leads, n_points) mV. Uses the whole recording and no label."""
    units_mv: dict[str, npt.NDArray[np.float32]] = field(repr=False)
    """Record -> its median QRS peak-to-peak amplitude, (n_leads,) mV."""
    leads: dict[str, tuple[str, ...]]
    """Record -> names of the leads used; empty for one that is not there, whose signals are zeros."""
    durations_s: dict[str, float]
    config: BeatConfig
    digests: dict[str, str]
    """Record -> SHA-256 over its files."""
    simulated: bool = False
    """Whether any of the records says that it is simulated."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Record that was asked for -> why it could not be prepared; its beats are not in this set."""
    patients: Patients = field(default_factory=lambda: Patients({}))
    """Whose the records are, as far as somebody says so."""
    layer: str = REFERENCE
    """The label layer that says where the beats are and what they are called."""

    def __post_init__(self) -> None:
        if self.table["synthetic"].any():
            raise DataError(
                "Synthetic beats in a set of recorded ones: a BeatSet may be validated and tested on. Put them in an "
                "AugmentedBeats, which can only be trained on."
            )

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def used(self) -> npt.NDArray[np.bool_]:
        """Which beats are not excluded, shape (n_beats,)."""
        mask: npt.NDArray[np.bool_] = (self.table["excluded"] == "").to_numpy(dtype=bool)
        return mask

    @cached_property
    def contexts(self) -> dict[str, RecordContext]:
        """Record -> what is usual in it. Of a set that holds all beats of its records."""
        pre_s = self.table["rr_pre_s"].to_numpy()
        found = {}
        for name, rows in rows_by_record(self.table).items():
            some = rows[self.used[rows]]
            found[name] = RecordContext.of(
                self.signals[some], pre_s[rows], self.templates[name], self.units_mv[name], self.config.times_s
            )
        return found

    @property
    def data_hash(self) -> str:
        """SHA-256 over the files of the records in this set."""
        return hashlib.sha256("".join(self.digests[name] for name in self.leads).encode()).hexdigest()

    @property
    def records(self) -> tuple[str, ...]:
        """The records whose beats these are; without those that were left out."""
        return tuple(self.leads)

    def rows_of(self, beat_class: str) -> npt.NDArray[np.int64]:
        """Rows of a class's beats that are not excluded."""
        return np.flatnonzero(self.used & (self.table["beat_class"] == beat_class).to_numpy(dtype=bool))

    def complete(self) -> "BeatSet":
        """Without the records that lack a lead. Raises DataError if every record does."""
        lacking = {
            name: f"Record {name} has no second usable lead." for name, leads in self.leads.items() if ABSENT in leads
        }
        if not lacking:
            return self
        if len(lacking) == len(self.leads):
            raise none_left(lacking)
        kept = self.only([name for name in self.leads if name not in lacking])
        return replace(kept, left_out={**self.left_out, **lacking})

    def only(self, records: Sequence[str]) -> "BeatSet":
        """The beats of some of the records, in the order of this set, without copying the signals.

        A record that was left out of this set stays left out, with its reason. Raises DataError for a record that was
        never asked for, or if every one of `records` was left out.
        """
        unknown = [name for name in records if name not in self.leads and name not in self.left_out]
        if unknown:
            raise DataError(f"No prepared beats of record {', '.join(unknown)}: it is not in the data in use.")
        left_out = {name: reason for name, reason in self.left_out.items() if name in set(records)}
        kept = [name for name in self.leads if name in set(records)]
        if left_out and not kept:
            raise none_left(left_out)
        rows = np.flatnonzero(self.table["record"].isin(kept).to_numpy())
        return replace(
            self,
            signals=rows_as_views(self.signals, rows),
            table=self.table.iloc[rows].reset_index(drop=True),
            templates={name: self.templates[name] for name in kept},
            units_mv={name: self.units_mv[name] for name in kept},
            leads={name: self.leads[name] for name in kept},
            durations_s={name: self.durations_s[name] for name in kept},
            digests={name: self.digests[name] for name in kept},
            left_out=left_out,
            patients=self.patients.only([*kept, *left_out]),
        )


def present_leads(leads: Mapping[str, Sequence[str]], table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which leads each row of `table` has, (n, n_leads); `leads` names those of each record, empty where there is
    none."""
    codes, names = table["record"].factorize()
    present = np.array([[lead != ABSENT for lead in leads[name]] for name in names], bool)
    return present[codes] if len(codes) else np.zeros((0, 0), bool)


def none_left(left_out: Mapping[str, str]) -> DataError:
    """The error to raise when every record was left out: the first reasons in full, the rest counted."""
    reasons = list(left_out.values())
    more = len(reasons) - REASONS_TOLD
    rest = f" So it is with {more} more record{'s' if more > 1 else ''}." if more > 0 else ""
    return DataError(" ".join(["No record is left to work with.", *reasons[:REASONS_TOLD]]) + rest)


def rows_by_record(table: pd.DataFrame) -> dict[str, npt.NDArray[np.int64]]:
    """Record -> row numbers of its beats, in the table's order."""
    codes, names = table["record"].factorize()
    return {str(name): np.flatnonzero(codes == k) for k, name in enumerate(names)}
