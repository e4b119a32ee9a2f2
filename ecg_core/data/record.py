"""What a recording is: samples in ADC units, leads, annotations, and how far its bytes have been checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.data.labels import REFERENCE, Annotations, LabelLayer


@dataclass(frozen=True)
class Integrity:
    """What was compared before the samples were believed."""

    checksums_verified: bool
    """The header's checksum of every lead equals the sum of the samples read."""
    published: bool | None
    """The files' SHA-256 equal PhysioNet's published list; None if no list speaks of this record."""

    def __str__(self) -> str:
        checksums = "header checksums verified" if self.checksums_verified else "no checksums in the header"
        if self.published is None:
            return checksums
        return f"{checksums}, files " + ("identical to" if self.published else "differ from") + " PhysioNet's"


@dataclass(frozen=True)
class LeftOutChannel:
    """A channel of a recording that is no ECG lead, such as blood pressure."""

    name: str
    reason: str
    """Why it is not read, such as `in mmHg, not in mV`."""


def reading_notes(
    assumed_fs: float | None,
    uncalibrated: Sequence[str] = (),
    left_out: Sequence[LeftOutChannel] = (),
    annotations_outside: int = 0,
    annotations_unordered: int = 0,
) -> tuple[str, ...]:
    """What is unusual about a recording, or was assumed in reading it: one sentence each."""
    notes = []
    if assumed_fs is not None:
        notes.append(f"The header states no sampling frequency: {assumed_fs:g} Hz assumed, as WFDB does.")
    if uncalibrated:
        notes.append(f"Uncalibrated, amplitudes are no true mV: {', '.join(uncalibrated)}.")
    if left_out:
        named = ", ".join(f"{channel.name} ({channel.reason})" for channel in left_out)
        notes.append(f"Channels left out: {named}.")
    if annotations_outside:
        notes.append(f"Annotations outside the recording, left out: {annotations_outside:,}.")
    if annotations_unordered:
        notes.append(f"Annotations out of time order in their file, put in order: {annotations_unordered:,}.")
    return tuple(notes)


@dataclass(frozen=True)
class Record:
    """One recording. Samples stay ADC units; mV are made only for the window asked for."""

    name: str
    fs: float
    """Sampling frequency in Hz."""
    leads: tuple[str, ...]
    """Lead names; the first of role II (`leads.role_of`) first where the recording has it."""
    signals: npt.NDArray[np.int16] | npt.NDArray[np.int32] = field(repr=False)
    """ADC units, shape (n_samples, n_leads), read-only; int16 unless a lead is stored with more bits."""
    gain: tuple[float, ...]
    """ADC units per mV, one a lead."""
    baseline: tuple[int, ...]
    """ADC value of 0 mV, one a lead."""
    invalid: tuple[int, ...]
    """ADC value that stands for a missing sample, one a lead."""
    layers: Mapping[str, LabelLayer] = field(repr=False)
    """Sets of labels over the signal, by name; `reference` holds the annotations delivered with the recording."""
    comments: tuple[str, ...]
    """Header comments. They may hold age, sex and medication: show them only on request."""
    integrity: Integrity
    simulated: bool = False
    patient: str | None = None
    """Whose recording it is, if its header or the catalogue says so."""
    calibrated: tuple[bool, ...] = ()
    """Whether the header gives a gain, one a lead; where not, mV are a guess. Empty: all are calibrated."""
    left_out_channels: tuple[LeftOutChannel, ...] = ()
    """Channels of the recording that are no ECG, as the file has them."""
    annotations_outside: int = 0
    """Annotations that lie before or behind the recording and were left out."""
    annotations_unordered: int = 0
    """Annotations that their file has behind later ones, as WFDB allows; here they are in time order."""
    start_of_day_s: float | None = None
    """Time of day at which it begins, in s from midnight, if its header says so."""
    fs_assumed: bool = False
    """Whether the header states no sampling frequency, so that WFDB's 250 Hz are assumed."""

    @property
    def annotations(self) -> Annotations:
        """The labels of the reference layer; none if there is no such layer."""
        layer = self.layers.get(REFERENCE)
        return layer.annotations if layer else Annotations.none()

    def with_layer(self, layer: LabelLayer) -> "Record":
        """The same recording with one more layer, or another of that name; the signal is not copied."""
        return replace(self, layers={**self.layers, layer.name: layer})

    @property
    def uncalibrated_leads(self) -> tuple[str, ...]:
        """Leads whose mV are a guess: their header gives no gain."""
        return tuple(lead for lead, known in zip(self.leads, self.calibrated, strict=False) if not known)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed or left out in reading, one sentence each; nothing for a record that is complete."""
        return reading_notes(
            self.fs if self.fs_assumed else None,
            self.uncalibrated_leads,
            self.left_out_channels,
            self.annotations_outside,
            self.annotations_unordered,
        )

    @property
    def n_samples(self) -> int:
        return len(self.signals)

    @property
    def duration_s(self) -> float:
        return self.n_samples / self.fs

    def mv(
        self, start: int = 0, stop: int | None = None, leads: Sequence[int] | None = None
    ) -> npt.NDArray[np.float32]:
        """Samples [start, stop) in mV, shape (stop - start, n_leads), NaN where the recording has no sample."""
        chosen = list(range(len(self.leads))) if leads is None else list(leads)
        adc: npt.NDArray[Any] = self.signals[start:stop, chosen]
        exact: npt.DTypeLike = np.float32 if adc.dtype == np.int16 else np.float64  # float32 holds 24 bits
        gain: npt.NDArray[Any] = np.array([self.gain[k] for k in chosen], exact)
        baseline: npt.NDArray[Any] = np.array([self.baseline[k] for k in chosen], exact)
        mv: npt.NDArray[np.float32] = ((adc.astype(exact) - baseline) / gain).astype(np.float32, copy=False)
        missing = adc == np.array([self.invalid[k] for k in chosen], adc.dtype)
        if missing.any():
            mv[missing] = np.nan
        return mv
