"""A long recording at several resolutions, in tiles that a browser asks for as it needs them.

Level 0 is the samples; each further one holds the lowest and highest of ever longer bins: 8 samples, 32, 128 and so on.
Levels are built once, a block at a time, and mapped from `<workspace>/cache/levels/<digest>/`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core import workspace
from ecg_core.data.kept_folder import kept
from ecg_core.data.mapping import release
from ecg_core.data.record import Record
from ecg_core.files import read_json, write_json

FIRST, FACTOR = 8, 4
TILE = 16_384
"""Samples, or bins, a tile."""
BASE_BYTES = 2 * 2**20
"""Of the finest level that a browser gets as a whole."""
BLOCK = 2**21
MISSING = -32768
EMPTY_LOW, EMPTY_HIGH = 32767, -32768
"""Extremes of a bin without any sample, as `levels.js` has them."""
META = "meta.json"


@dataclass(frozen=True)
class Narrow:
    """How a lead's samples are brought to 16 bits: (sample - middle) / step."""

    step: float
    middle: float
    missing: int
    """What stands for a missing sample, before."""

    def __call__(self, samples: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
        """`samples` in 16 bits; missing ones are `MISSING`."""
        if samples.dtype == np.int16:
            known = np.where(samples == self.missing, MISSING, samples)
        else:
            known = np.round((samples.astype(np.float64) - self.middle) / self.step).clip(-32_767, 32_767)
            known[samples == self.missing] = MISSING
        return known.astype(np.int16)


def narrows(record: Record) -> tuple[Narrow, ...]:
    """How each lead is brought to 16 bits; one stored in 16 stays as it is. Looks through others a block at a time."""
    if record.signals.dtype == np.int16:
        return tuple(Narrow(1.0, 0.0, missing) for missing in record.invalid)
    found = []
    for k, missing in enumerate(record.invalid):
        low, high = np.inf, -np.inf
        for start in range(0, record.n_samples, BLOCK):
            block = record.signals[start : start + BLOCK, k]
            known = block[block != missing]
            if len(known):
                low, high = min(low, float(known.min())), max(high, float(known.max()))
            release(record.signals)
        if low > high:
            low = high = 0.0
        found.append(Narrow(max((high - low) / 65_000, 1.0), float(round((low + high) / 2)), missing))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Pyramid:
    """Made by `pyramid_of`."""

    record: Record = field(repr=False)
    narrow: tuple[Narrow, ...]
    levels: dict[int, npt.NDArray[np.int16]] = field(repr=False)
    """Samples a bin -> (n_bins, n_leads, 2) lowest and highest, mapped."""

    @property
    def base(self) -> int:
        """Bin of the finest level that is small enough to be sent as a whole."""
        return next((b for b, level in self.levels.items() if level.nbytes <= BASE_BYTES), list(self.levels)[-1])

    @property
    def tiled(self) -> list[int]:
        """Bins that come in tiles, finest first; 1 is the samples."""
        return [1, *(b for b in self.levels if b < self.base)]

    def tile(self, bin_: int, index: int) -> bytes:
        """One tile of all leads, int16: of each lead its samples, or its lowest and then its highest values.

        Raises KeyError for a level that comes in no tiles, IndexError for a tile behind the end.
        """
        if bin_ not in self.tiled:
            raise KeyError(bin_)
        rows = slice(index * TILE, (index + 1) * TILE)
        source = self.record.signals if bin_ == 1 else self.levels[bin_]
        part = source[rows]
        if index < 0 or not len(part):
            raise IndexError(index)
        if bin_ == 1:
            content = np.stack([narrow(part[:, k]) for k, narrow in enumerate(self.narrow)]).tobytes()
        else:
            content = np.ascontiguousarray(part.transpose(1, 2, 0)).tobytes()
        release(source)
        return content


def pyramid_of(record: Record, stamp: str) -> Pyramid:
    """The levels of a recording, from where they are kept or else built now.

    `stamp` is of the files its samples were read from.
    Raises DataError if they cannot be kept.
    """
    narrow, levels = kept(
        _root() / stamp, lambda folder: _build(record, folder), _levels, "Levels of a recording this long are"
    )
    return Pyramid(record, narrow, levels)


def _build(record: Record, folder: Path) -> None:
    narrow = narrows(record)
    finest: list[npt.NDArray[np.int16]] = []
    for start in range(0, record.n_samples, BLOCK):
        block = np.stack([one(record.signals[start : start + BLOCK, k]) for k, one in enumerate(narrow)], axis=1)
        gone = block == MISSING
        low, high = np.where(gone, EMPTY_LOW, block), np.where(gone, EMPTY_HIGH, block)
        finest.append(_coarser(np.stack([low, high], axis=-1).astype(np.int16), FIRST))
        release(record.signals)
    level, bin_, bins = np.concatenate(finest), FIRST, []
    while True:
        np.save(folder / f"{bin_}.npy", level, allow_pickle=False)
        bins.append(bin_)
        if level.nbytes <= BASE_BYTES:
            break
        level, bin_ = _coarser(level, FACTOR), bin_ * FACTOR
    write_json(folder / META, {"bins": bins, "narrow": [[one.step, one.middle, one.missing] for one in narrow]})


def _levels(folder: Path) -> tuple[tuple[Narrow, ...], dict[int, npt.NDArray[np.int16]]]:
    meta = read_json(folder / META)
    levels = {bin_: np.load(folder / f"{bin_}.npy", mmap_mode="r", allow_pickle=False) for bin_ in meta["bins"]}
    return tuple(Narrow(*values) for values in meta["narrow"]), levels


def _coarser(level: npt.NDArray[np.int16], factor: int) -> npt.NDArray[np.int16]:
    """Lowest and highest of each `factor` bins, (n, n_leads, 2); the last may be of fewer."""
    starts = np.arange(0, len(level), factor)
    low = np.minimum.reduceat(level[..., 0], starts, axis=0)
    return np.stack([low, np.maximum.reduceat(level[..., 1], starts, axis=0)], axis=-1)


def _root() -> Path:
    return workspace.home() / "cache" / "levels"
