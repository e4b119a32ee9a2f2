"""What is kept of one prepared record: a folder with its beats, written whole or not at all, opened without copying.

Beats are written with plain writes. A memory map of a sparse file would be simpler, but on a full disk it ends the
process with SIGBUS, where a write gives an error that can be put into words.
"""

import math
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO
from weakref import WeakValueDictionary

import msgspec
import numpy as np
import numpy.typing as npt

from ecg_core.beats.prepare import PreparedRecord
from ecg_core.beats.table import ROW, Empty
from ecg_core.data.mapping import release
from ecg_core.errors import DataError
from ecg_core.files import is_full, mapped_array

BUILDING = ".building-"
"""Begins the name of a folder that is not finished, or that is going."""
SMALL_BYTES = 1 << 18
"""Signals up to this size are read: a memory map holds a file open, and short records may be many."""
LARGE_BYTES = 64 << 20
"""Signals of more, those of about twelve hours, are mapped while they are made."""
_FACTS, _ROWS, _SIGNALS = "record.json", "rows.npy", "signals.npy"

_maps: WeakValueDictionary[Path, npt.NDArray[np.float32]] = WeakValueDictionary()
"""Signals that are mapped now: several beat sets of one record share one open file."""
_maps_lock = Lock()


@dataclass(frozen=True)
class Facts:
    """What is known of a prepared record as a whole, as JSON."""

    name: str
    leads: tuple[str, ...]
    fs: float
    duration_s: float
    unit_mv: tuple[float, ...]
    template: tuple[tuple[float, ...], ...]
    digest: str
    simulated: bool


@dataclass(frozen=True)
class StoredRecord:
    """A prepared record as it lies in the store."""

    facts: Facts
    rows: npt.NDArray[np.void] = field(repr=False)
    """(n_beats,) of dtype `table.ROW`."""
    signals: npt.NDArray[np.float32] = field(repr=False)
    """(n_beats, n_leads, n_points) mV, memory-mapped if large."""


def is_stored(place: Path) -> bool:
    """Whether a prepared record lies in the folder `place`."""
    return (place / _FACTS).is_file()


def last_used_s(place: Path) -> float:
    """When the prepared record in `place` was last opened, in s. Raises OSError if there is none."""
    return (place / _FACTS).stat().st_mtime


def open_record(place: Path) -> StoredRecord | None:
    """The prepared record in `place`, marked as used now; None if there is none or it is damaged."""
    try:
        facts = msgspec.json.decode((place / _FACTS).read_bytes(), type=Facts)
        rows = np.load(place / _ROWS)
        signals = _opened_signals(place / _SIGNALS)
    except (OSError, ValueError, EOFError, msgspec.MsgspecError):
        return None
    shape = (len(rows), len(facts.unit_mv), len(facts.template[0]) if facts.template else 0)
    if rows.dtype != ROW or signals.dtype != np.float32 or signals.shape != shape:
        return None
    with suppress(OSError):  # a store that may only be read is used all the same
        os.utime(place / _FACTS)
    return StoredRecord(facts, rows, signals)


def write_record(place: Path, make: Callable[[Empty], tuple[PreparedRecord, str]]) -> None:
    """Fill the folder `place`, which is there only once all of it is, with what `make` prepares: a record, and the
    digest of its files. Beats of long recordings go straight to their file.

    The caller holds the lock of `place`. Raises DataError as `make` does; and, leaving nothing, if it cannot be
    written: when the disk is full, in these words.
    """
    building = building_of(place)

    def empty(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        large = np.dtype(dtype) != ROW and math.prod(shape) * np.dtype(dtype).itemsize > LARGE_BYTES
        return mapped_array(building / _SIGNALS, dtype, shape) if large else np.empty(shape, dtype)

    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        prepared, digest = make(empty)
        if not (building / _SIGNALS).exists():
            _write_array(building / _SIGNALS, prepared.signals)
        else:
            release(prepared.signals)
            with (building / _SIGNALS).open("ab") as file:
                _to_disk(file)
        _write_array(building / _ROWS, prepared.rows)
        with (building / _FACTS).open("wb") as file:
            file.write(msgspec.json.encode(facts_of(prepared, digest)))
            _to_disk(file)
        shutil.rmtree(place, ignore_errors=True)  # a damaged one
        building.rename(place)
    except OSError as error:
        raise cannot_keep(error) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)


def facts_of(prepared: PreparedRecord, digest: str) -> Facts:
    """What is known of a prepared record as a whole; `digest` is that of its files."""
    return Facts(
        name=prepared.name,
        leads=prepared.leads,
        fs=prepared.fs,
        duration_s=prepared.duration_s,
        unit_mv=tuple(prepared.unit_mv.tolist()),
        template=tuple(map(tuple, prepared.template.tolist())),
        digest=digest,
        simulated=prepared.simulated,
    )


def building_of(place: Path) -> Path:
    """Where the prepared record of `place` is while it is not all there."""
    return place.with_name(f"{BUILDING}{place.name}")


def cannot_keep(error: OSError) -> DataError:
    """Why prepared beats could not be kept, in words."""
    if is_full(error):
        return DataError(
            "The disk is full: there is no room for prepared beats in the workspace (cache/beats). Make room, or point "
            "ECG_HOME to another disk, and try again."
        )
    return DataError(
        f"Prepared beats cannot be kept in the workspace (cache/beats): {error.strerror}. Make it writable, or point "
        "ECG_HOME to another folder."
    )


def _write_array(path: Path, array: npt.NDArray[np.generic]) -> None:
    array = np.ascontiguousarray(array)
    with path.open("wb") as file:
        header = np.lib.format.header_data_from_array_1_0(array)
        np.lib.format.write_array_header_1_0(file, header)
        file.write(array.reshape(-1).view(np.uint8).data)  # `tofile` would not say that the disk is full
        _to_disk(file)


def _to_disk(file: BinaryIO) -> None:
    """Before the rename: else a power cut could leave a finished folder full of zeros."""
    file.flush()
    os.fsync(file.fileno())


def _opened_signals(path: Path) -> npt.NDArray[np.float32]:
    if path.stat().st_size <= SMALL_BYTES:
        small: npt.NDArray[np.float32] = np.load(path)
        small.flags.writeable = False
        return small
    with _maps_lock:
        mapped = _maps.get(path)
        if mapped is None:
            mapped = _maps[path] = np.load(path, mmap_mode="r")
        return mapped
