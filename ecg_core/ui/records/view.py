"""The view of the Records page as a value: which window on which recording, and what keys and clicks make of it.

Nothing here knows of Streamlit or reads a file. A key or click is a method that gives the next view.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.clock import clock, parse_clock
from ecg_core.data.record import Record
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.plots.overview import clicked_time
from ecg_core.plots.paper import MAX_LENGTH_S, MIN_LENGTH_S
from ecg_core.ui.records import viewport

PEAKS = "peaks"
"""In place of a class: the R peaks that were missed or are extra."""
STEPPED = (*CLASSES, PEAKS)
"""What can be stepped through."""
WINDOWS_S = (5.0, 10.0, 30.0, 60.0)
DEFAULT_WINDOW_S = 10.0
DEFAULT_LEADS = 2
BEFORE_EPISODE_S = 1.0  # of the rhythm before, so that the change can be seen
END_S = 0.01  # starts are rounded to it


@dataclass(frozen=True)
class Address:
    """What an address says of a view; None where it leaves it open."""

    leads: tuple[str, ...] | None = None
    start_s: float | None = None
    window_s: float = DEFAULT_WINDOW_S
    marked: int | None = None
    beat_class: str | None = None


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
    beat_class: str | None
    """Class that `step` goes through, or `PEAKS`; None only without any beat."""
    differences: PeakDifferences | None = None
    """Of R peaks detected here from the reference, where there are both."""

    @property
    def record(self) -> Record:
        return self.labelled.record

    @property
    def stop_s(self) -> float:
        return self.start_s + self.window_s

    @property
    def at_start(self) -> bool:
        return self.start_s <= 0

    @property
    def at_end(self) -> bool:
        return self.stop_s >= self.record.duration_s - END_S

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

    @cached_property
    def class_samples(self) -> npt.NDArray[np.int64]:
        """Samples of the beats of the chosen class, or of the differing R peaks, shape (n,)."""
        if self.beat_class == PEAKS:
            return self.differences.samples if self.differences else np.zeros(0, np.int64)
        return self.labelled.beats.samples_of(self.beat_class or "")

    @property
    def position(self) -> str:
        """Where in the chosen class the marked beat stands, such as `V 14 of 992`."""
        if self.beat_class == PEAKS:
            return viewport.position(self.class_samples, self.marked, "R peak", "difference")
        return viewport.position(self.class_samples, self.marked, self.beat_class or "")

    def can_step(self, direction: int) -> bool:
        """Whether there is a beat of the chosen class further on (1) or further back (-1)."""
        return viewport.step(self.class_samples, self._step_from(direction), direction) is not None

    def page(self, direction: int) -> "View":
        """One window back (-1) or on (1)."""
        return self._from(self.start_s + direction * self.window_s)

    def step(self, direction: int) -> "View":
        """The next (1) or previous (-1) beat of the chosen class, marked and in the middle; the same without one."""
        sample = viewport.step(self.class_samples, self._step_from(direction), direction)
        return self if sample is None else self.mark(sample)

    def mark(self, sample: int) -> "View":
        """The beat at `sample` marked and in the middle."""
        return replace(self, marked=sample)._around(sample / self.record.fs)

    def episode(self, start_sample: int) -> "View":
        """The beginning of a rhythm episode, with a second of what was before."""
        return self._from(start_sample / self.record.fs - BEFORE_EPISODE_S)

    def click(self, column: int, n_columns: int) -> "View":
        """The time of a column of the overview in the middle."""
        return self._around(clicked_time(column, self.record, n_columns))._without_lost_mark()

    def resize(self, window_s: float) -> "View":
        """Another length, 2 to 60 s; the marked beat, or else the middle, comes into the middle."""
        middle_s = self._reference / self.record.fs
        return replace(self, window_s=min(max(window_s, MIN_LENGTH_S), MAX_LENGTH_S))._around(middle_s)

    def go_to(self, text: str) -> "View":
        """A time typed as mm:ss as the start. Raises ValueError with a sentence if it is none, or beyond the end."""
        start_s = parse_clock(text)
        if start_s >= self.record.duration_s:
            raise ValueError(f"The record ends at {clock(self.record.duration_s)}.")
        return self._from(start_s)

    def _step_from(self, direction: int) -> int:
        """Sample that stepping starts from: the marked beat, or else the edge of the window, so that the first step
        goes to a beat in sight if there is one."""
        if self.marked is not None:
            return self.marked
        edge_s = self.start_s if direction > 0 else self.stop_s
        return round(edge_s * self.record.fs) - direction

    @property
    def _reference(self) -> int:
        """Sample that stays in sight when the window changes: the marked beat, or else the middle."""
        return self.marked if self.marked is not None else round((self.start_s + self.window_s / 2) * self.record.fs)

    def _from(self, start_s: float) -> "View":
        start_s = viewport.clamp(start_s, self.window_s, self.record.duration_s)
        return replace(self, start_s=start_s)._without_lost_mark()

    def _around(self, middle_s: float) -> "View":
        return replace(self, start_s=viewport.centred(middle_s, self.window_s, self.record.duration_s))

    def _without_lost_mark(self) -> "View":
        """A marked beat that is no longer in the window is not marked any more."""
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
    beat_class = address.beat_class
    if labelled.layer.is_detected:
        beat_class = None  # its beats have no class to step through
    elif beat_class == PEAKS and differences and len(differences.samples):
        pass
    elif beat_class is None or not len(beats.samples_of(beat_class)):
        at_mark = beats.class_at(marked) if marked is not None else None
        beat_class = at_mark or viewport.default_class(beats)
    start_s = viewport.clamp(start_s, address.window_s, record.duration_s)
    return View(labelled, leads, start_s, address.window_s, marked, beat_class, differences), notes


def lead_names(record: Record) -> list[str]:
    """Names of the leads, each different: a second lead of one name is called `<name> (2)`."""
    names: list[str] = []
    for lead in record.leads:
        same = sum(1 for name in record.leads[: len(names)] if name == lead)
        names.append(f"{lead} ({same + 1})" if same else lead)
    return names


def classes_present(labelled: LabelledRecord) -> list[str]:
    """Classes of which the recording has a beat, in the order N S V F Q."""
    return [name for name in CLASSES if len(labelled.beats.samples_of(name))]


def can_be_stepped(view: View) -> list[str]:
    """Classes present, and `PEAKS` where detected R peaks differ from the reference."""
    differ = view.differences is not None and len(view.differences.samples) > 0
    return [*classes_present(view.labelled), *([PEAKS] if differ else [])]


def link(beat: "pd.Series[Any]") -> dict[str, str]:
    """The address of a row of a beat table: its record, with the beat marked and in the middle."""
    start_s = max(0.0, float(beat["time_s"]) - DEFAULT_WINDOW_S / 2)
    return {
        "record": str(beat["record"]),
        "start": f"{start_s:.2f}",
        "window": f"{DEFAULT_WINDOW_S:g}",
        "beat": str(beat["r_sample"]),
        "class": str(beat["beat_class"]),
    }
