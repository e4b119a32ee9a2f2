"""Between prepared beats or windows and the numbers an autoencoder sees, both ways."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.windows import MinMaxScaler, WindowSet

Array = npt.NDArray[np.float32]
LARGEST = 3.0  # in units of the record's QRS amplitude: an electrode pop must not outweigh a thousand beats
QRS_S = (-0.10, 0.10)  # where the reconstruction error of a beat is taken; P and T bring more noise than news


class Inputs(Protocol):
    """Encodes rows of a set to network inputs, and decodes reconstructions to mV."""

    @property
    def leads(self) -> tuple[int, ...]:
        """Columns of the leads used."""
        ...

    def encode(self, items: BeatSet | WindowSet, rows: npt.NDArray[np.int64]) -> Array:
        """(n_rows, n_leads, n_points) float32 without unit."""
        ...

    def decode(self, encoded: Array, items: BeatSet | WindowSet, rows: npt.NDArray[np.int64]) -> Array:
        """The same shape, mV."""
        ...

    def scored(self, items: BeatSet | WindowSet) -> npt.NDArray[np.bool_]:
        """Which points count in the reconstruction error, (n_points,)."""
        ...


@dataclass(frozen=True)
class BeatInputs:
    """Beats in units of their recording's QRS amplitude; with `difference`, minus the recording's median beat.

    Median beat and amplitude come from the whole recording and need no label (off-line, as in a Holter report).
    """

    leads: tuple[int, ...]
    difference: bool

    def encode(self, items: BeatSet | WindowSet, rows: npt.NDArray[np.int64]) -> Array:
        template, unit = self._references(items, rows)
        pick = list(self.leads)
        signals: Array = items.signals[rows][:, pick]
        encoded: Array = np.clip((signals - template) / unit, -LARGEST, LARGEST)
        return encoded

    def decode(self, encoded: Array, items: BeatSet | WindowSet, rows: npt.NDArray[np.int64]) -> Array:
        template, unit = self._references(items, rows)
        return encoded * unit + template

    def scored(self, items: BeatSet | WindowSet) -> npt.NDArray[np.bool_]:
        assert isinstance(items, BeatSet)
        times_s = items.config.times_s
        return (times_s >= QRS_S[0]) & (times_s <= QRS_S[1])

    def _references(self, items: BeatSet | WindowSet, rows: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        assert isinstance(items, BeatSet)
        codes, names = items.table["record"].iloc[rows].factorize()
        pick = list(self.leads)
        unit = np.stack([items.units_mv[name][pick] for name in names])[codes][:, :, None]  # (n_rows, n_leads, 1)
        template = np.stack([items.templates[name][pick] for name in names])[codes]  # (n_rows, n_leads, n_points)
        return template * np.float32(self.difference), unit


@dataclass(frozen=True)
class WindowInputs:
    """Windows min-max scaled, with a scaler fitted on training windows only."""

    leads: tuple[int, ...]
    scaler: MinMaxScaler

    def encode(self, items: BeatSet | WindowSet, rows: npt.NDArray[np.int64]) -> Array:
        return self.scaler.transform(items.signals[rows][:, list(self.leads)])

    def decode(self, encoded: Array, items: BeatSet | WindowSet, rows: npt.NDArray[np.int64]) -> Array:  # noqa: ARG002
        return self.scaler.inverse(encoded)

    def scored(self, items: BeatSet | WindowSet) -> npt.NDArray[np.bool_]:
        return np.ones(items.signals.shape[2], bool)
