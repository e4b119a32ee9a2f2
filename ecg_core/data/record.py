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
class Record:
    """One recording. Samples stay int16 ADC units; mV are made only for the window asked for."""

    name: str
    fs: float
    """Sampling frequency in Hz."""
    leads: tuple[str, ...]
    """Lead names; MLII first where the recording has it."""
    signals: npt.NDArray[np.int16] = field(repr=False)
    """ADC units, shape (n_samples, n_leads), read-only."""
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

    @property
    def annotations(self) -> Annotations:
        """The labels of the reference layer; none if there is no such layer."""
        layer = self.layers.get(REFERENCE)
        return layer.annotations if layer else Annotations.none()

    def with_layer(self, layer: LabelLayer) -> "Record":
        """The same recording with one more layer, or another of that name; the signal is not copied."""
        return replace(self, layers={**self.layers, layer.name: layer})

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
        gain = np.array([self.gain[k] for k in chosen], np.float32)
        baseline = np.array([self.baseline[k] for k in chosen], np.float32)
        mv = (adc.astype(np.float32) - baseline) / gain
        missing = adc == np.array([self.invalid[k] for k in chosen], np.int16)
        if missing.any():
            mv[missing] = np.nan
        return mv
