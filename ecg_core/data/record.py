"""What a recording is: samples in ADC units, leads, annotations, and how far its bytes have been checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.data.labels import Annotations


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
    annotations: Annotations = field(repr=False)
    comments: tuple[str, ...]
    """Header comments. They may hold age, sex and medication: show them only on request."""
    integrity: Integrity
    simulated: bool = False

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
