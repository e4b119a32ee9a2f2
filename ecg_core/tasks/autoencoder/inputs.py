"""Between prepared beats or windows and the numbers an autoencoder sees, both ways. A lead that a recording does not
have is zero there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet, present_leads
from ecg_core.beats.context import RecordContext, moved
from ecg_core.beats.windows import MinMaxScaler, WindowSet

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
LARGEST = 3.0  # in units of the record's QRS amplitude: an electrode pop must not outweigh a thousand beats
QRS_S = (-0.10, 0.10)  # where the reconstruction error of a beat is taken; P and T bring more noise than news


class Inputs(Protocol):
    """Encodes rows of a set to network inputs, and decodes reconstructions to mV."""

    @property
    def leads(self) -> tuple[int, ...]:
        """Columns of the leads used."""
        ...

    def encode(self, items: BeatSet | WindowSet, rows: Rows) -> Array:
        """(n_rows, n_leads, n_points) float32 without unit."""
        ...

    def decode(self, encoded: Array, items: BeatSet | WindowSet, rows: Rows) -> Array:
        """The same shape, mV."""
        ...

    def scored(self, items: BeatSet | WindowSet) -> npt.NDArray[np.bool_]:
        """Which points count in the reconstruction error, (n_points,)."""
        ...


@dataclass(frozen=True)
class BeatInputs:
    """Beats in units of their recording's QRS amplitude; with `difference`, minus the recording's median beat, over
    which each is laid first.

    Median beat and amplitude come from the whole recording and need no label (off-line, as in a Holter report).
    """

    leads: tuple[int, ...]
    difference: bool
    aligned: bool = True
    """Whether beats are laid over the median beat before it is taken off; for models from before this was done, not."""

    def encode(self, items: BeatSet | WindowSet, rows: Rows) -> Array:
        assert isinstance(items, BeatSet)
        encoded = np.empty((len(rows), len(self.leads), items.signals.shape[2]), np.float32)
        for own, context in _by_record(items, rows):
            signals, name = items.signals[rows[own]], items.table["record"].iloc[rows[own[0]]]
            if self.difference and not self.aligned:
                x = context.in_units(signals - items.templates[name])[:, list(self.leads)]
            else:
                x = self.seen_in(context, signals)
            encoded[own] = x
        np.clip(encoded, -LARGEST, LARGEST, out=encoded)
        encoded[~present(self, items, rows)] = 0
        return encoded

    def seen_in(self, context: RecordContext, signals: Array) -> Array:
        """Beats (n, n_leads, n_points) mV against what is usual, (n, n_leads of the model, n_points) without unit."""
        x = context.difference(signals) if self.difference else context.in_units(signals)
        held: Array = np.clip(x[:, list(self.leads)], -LARGEST, LARGEST)
        return held

    def decode(self, encoded: Array, items: BeatSet | WindowSet, rows: Rows) -> Array:
        assert isinstance(items, BeatSet)
        pick = list(self.leads)
        decoded = np.empty_like(encoded)
        for own, context in _by_record(items, rows):
            x, name = encoded[own], items.table["record"].iloc[rows[own[0]]]
            if self.difference and self.aligned:
                x = moved(x + context.template[pick], -context.moves(items.signals[rows[own]]))
            decoded[own] = x * context.unit_mv[pick][:, None]
            if self.difference and not self.aligned:
                decoded[own] += items.templates[name][pick]
        return decoded

    def scored(self, items: BeatSet | WindowSet) -> npt.NDArray[np.bool_]:
        assert isinstance(items, BeatSet)
        times_s = items.config.times_s
        return (times_s >= QRS_S[0]) & (times_s <= QRS_S[1])


@dataclass(frozen=True)
class WindowInputs:
    """Windows min-max scaled, with a scaler fitted on training windows only."""

    leads: tuple[int, ...]
    scaler: MinMaxScaler

    def encode(self, items: BeatSet | WindowSet, rows: Rows) -> Array:
        encoded = self.scaler.transform(items.signals[rows][:, list(self.leads)])
        encoded[~present(self, items, rows)] = 0
        return encoded

    def decode(self, encoded: Array, items: BeatSet | WindowSet, rows: Rows) -> Array:  # noqa: ARG002
        return self.scaler.inverse(encoded)

    def scored(self, items: BeatSet | WindowSet) -> npt.NDArray[np.bool_]:
        return np.ones(items.signals.shape[2], bool)


def present(inputs: Inputs, items: BeatSet | WindowSet, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of the leads used the recordings of some rows have, (n_rows, n_leads)."""
    return present_leads(items.leads, items.table.iloc[rows])[:, list(inputs.leads)]


def _by_record(items: BeatSet, rows: Rows) -> Iterator[tuple[Rows, RecordContext]]:
    """Places in `rows` of each recording's, and what is usual in it."""
    codes, names = items.table["record"].iloc[rows].factorize()
    for k, name in enumerate(names):
        yield np.flatnonzero(codes == k), items.contexts[name]
