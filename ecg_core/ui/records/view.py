"""The view of the Records page as a value: which window on which recording, and what clicks beside it make of it.

Nothing here knows of Streamlit or reads a file. A click is a method that gives the next view; what keys and pointers do
in the viewer is the viewer's own (`ecg_core/ui/viewer`).
"""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.clock import clock, parse_clock
from ecg_core.data.record import Record
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.ui.records import viewport

PEAKS, FLAGGED, DIFFERS = "peaks", "flagged", "differs"
"""In place of a class: R peaks missed or extra, beats a detector flags, beats predicted otherwise."""
STEPPED = (*CLASSES, PEAKS, FLAGGED, DIFFERS)
"""What can be stepped through."""
SHORTEST_S = 0.5
DEFAULT_WINDOW_S = 10.0
DEFAULT_LEADS = 2
BEFORE_EPISODE_S = 1.0  # of the rhythm before, so that the change can be seen


@dataclass(frozen=True)
class Address:
    """What an address says of a view; None where it leaves it open."""

    leads: tuple[str, ...] | None = None
    start_s: float | None = None
    window_s: float = DEFAULT_WINDOW_S
    marked: int | None = None
    stepped: str | None = None


@dataclass(frozen=True)
class View:
    """A window on a labelled record. Made from an `Address` by `settled`."""

    labelled: LabelledRecord
    leads: tuple[str, ...]
    """Names of the leads shown, from `lead_names`; at least one."""
    start_s: float
    window_s: float
    """Length of the window; the recording may be shorter."""
    marked: int | None
    """Sample of the marked beat."""
    stepped: str | None
    """What the viewer steps through: one of `STEPPED`; None where no beat has a class."""

    @property
    def record(self) -> Record:
        return self.labelled.record

    @property
    def stop_s(self) -> float:
        return self.start_s + self.window_s

    @property
    def lead_numbers(self) -> list[int]:
        """Columns of the record's signals that are shown, from top to bottom."""
        names = lead_names(self.record)
        return [names.index(name) for name in self.leads]

    @property
    def rows(self) -> range:
        """Rows of the beat table in the window."""
        return self.labelled.beats.rows_between(
            self.start_s * self.record.fs - 1e-6, self.stop_s * self.record.fs - 1e-6
        )

    def mark(self, sample: int) -> "View":
        """The beat at `sample` marked and in the middle."""
        return replace(self, marked=sample)._around(sample / self.record.fs)

    def episode(self, start_sample: int) -> "View":
        """The beginning of a rhythm episode, with a second of what was before."""
        return self._from(start_sample / self.record.fs - BEFORE_EPISODE_S)

    def go_to(self, text: str) -> "View":
        """A time typed as mm:ss as the start. Raises ValueError with a sentence if it is none, or beyond the end."""
        start_s = parse_clock(text)
        if start_s >= self.record.duration_s:
            raise ValueError(f"The record ends at {clock(self.record.duration_s)}.")
        return self._from(start_s)

    def _from(self, start_s: float) -> "View":
        start_s = viewport.clamp(start_s, self.window_s, self.record.duration_s)
        return replace(self, start_s=start_s)._without_lost_mark()

    def _around(self, middle_s: float) -> "View":
        return replace(self, start_s=viewport.centred(middle_s, self.window_s, self.record.duration_s))

    def _without_lost_mark(self) -> "View":
        """A beat that is no longer in the window after a click elsewhere is not marked any more."""
        if self.marked is None or self.start_s <= self.marked / self.record.fs < self.stop_s:
            return self
        return replace(self, marked=None)


def settled(
    labelled: LabelledRecord, address: Address, differences: PeakDifferences | None = None
) -> tuple[View, list[str]]:
    """The view an address asks for, with what it leaves open filled in and what does not fit corrected.

    `differences` are those of detected R peaks from the reference. Also gives a sentence for each correction.
    """
    record, beats, notes = labelled.record, labelled.beats, []
    names, marked, start_s = lead_names(record), address.marked, address.start_s
    if unknown := [lead for lead in address.leads or () if lead not in names]:
        notes.append(f"Record {record.name} has no lead {', '.join(unknown)}; it has {', '.join(names)}.")
    leads = tuple(name for name in names if name in (address.leads or ())) or tuple(names[:DEFAULT_LEADS])
    if marked is not None and marked >= record.n_samples:
        notes.append(f"Beat at sample {marked:,}: record {record.name} ends at {record.n_samples:,}.")
        marked = None
    if start_s is None:
        if marked is None:
            marked = viewport.first_sight(labelled)
        start_s = (marked or 0) / record.fs - address.window_s / 2
    elif start_s >= record.duration_s:
        notes.append(f"Record {record.name} ends at {clock(record.duration_s)}: its last window is shown.")
    stepped = address.stepped
    if stepped in (FLAGGED, DIFFERS) or (stepped == PEAKS and differences and len(differences.samples)):
        pass
    elif labelled.layer.is_detected:
        stepped = None  # its beats have no class to step through
    elif stepped is None or not len(beats.samples_of(stepped)):
        at_mark = beats.class_at(marked) if marked is not None else None
        stepped = at_mark or viewport.default_class(beats)
    window_s = min(max(address.window_s, SHORTEST_S), record.duration_s)
    start_s = viewport.clamp(start_s, window_s, record.duration_s)
    return View(labelled, leads, start_s, window_s, marked, stepped), notes


def lead_names(record: Record) -> list[str]:
    """Names of the leads, each different: a second lead of one name is called `<name> (2)`."""
    names: list[str] = []
    for lead in record.leads:
        same = sum(1 for name in record.leads[: len(names)] if name == lead)
        names.append(f"{lead} ({same + 1})" if same else lead)
    return names


def link(beat: "pd.Series[Any]") -> dict[str, str]:
    """The address of a row of a beat table: its record, with the beat marked and in the middle."""
    start_s = max(0.0, float(beat["time_s"]) - DEFAULT_WINDOW_S / 2)
    return {
        "record": str(beat["record"]),
        "start": seconds_text(start_s),
        "window": f"{DEFAULT_WINDOW_S:g}",
        "beat": str(beat["r_sample"]),
        "class": str(beat["beat_class"]),
    }


def seconds_text(value: float) -> str:
    """Seconds as addresses have them: `315.5`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
