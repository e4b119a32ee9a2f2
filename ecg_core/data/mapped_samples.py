"""Samples of long recordings: decoded once, a block at a time, into a file that is mapped into memory where it is read.

`<workspace>/cache/signals/<digest of the files>/` holds `samples.npy` and `meta.json`. Whatever is decoded has been
checked against the header; a file that changes has another digest. What was not used for longest goes first.
"""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from filelock import FileLock

from ecg_core import workspace
from ecg_core.data.mapping import release
from ecg_core.data.sample_formats import Samples
from ecg_core.data.samples import Empty, StoredSignals
from ecg_core.errors import DataError
from ecg_core.files import read_json, write_json

LONG_BYTES = 64 * 2**20
"""Recordings of more are mapped: two leads at 360 Hz for six hours, as they are stored here."""
SAMPLES, META = "samples.npy", "meta.json"


def is_long(n_samples: int, n_leads: int) -> bool:
    """Whether a recording is too long to be held in memory as a whole."""
    return n_samples * n_leads * 2 > LONG_BYTES


def mapped_signals(files: list[Path], leads: list[int], read: Callable[[Empty], StoredSignals]) -> StoredSignals:
    """What `read` gives, from the file it was decoded into before, or else now.

    Parameters
    ----------
    files : whatever the samples depend on: headers and signal files
    leads : the channels read, in their order
    read : decodes into an array that it is given the maker of

    Raises DataError as `read` does, or if nothing can be kept.
    """
    place = _root() / _digest(files, leads)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f".{place.name}.lock")):
            if not (place / META).is_file():
                _decode(place, read)
            place.touch()
            meta = read_json(place / META)
            values: Samples = np.load(place / SAMPLES, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise DataError(
            f"A recording this long is kept decoded in {_root()}, which cannot be done: {error.strerror or error}."
        ) from None
    except ValueError:
        shutil.rmtree(place, ignore_errors=True)
        raise DataError(f"{place} was damaged and is gone: open the recording once more.") from None
    _evict(place)
    return StoredSignals(values, tuple(meta["invalid"]), bool(meta["verified"]))


def _decode(place: Path, read: Callable[[Empty], StoredSignals]) -> None:
    building = place.with_name(f".{place.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        file = building / SAMPLES
        stored = read(lambda shape, dtype: np.lib.format.open_memmap(file, "w+", dtype, shape))
        release(stored.values)
        write_json(building / META, {"invalid": list(stored.invalid), "verified": stored.verified})
        shutil.rmtree(place, ignore_errors=True)
        building.rename(place)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _evict(keep: Path) -> None:
    stores = sorted((path.stat().st_mtime, path) for path in _root().iterdir() if path.name[0] != ".")
    excess = sum(_size(path) for _, path in stores) - workspace.cache_budget_bytes()
    for _, path in stores:
        if excess <= 0:
            return
        if path != keep:
            excess -= _size(path)
            shutil.rmtree(path, ignore_errors=True)


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in place.iterdir())


def _root() -> Path:
    return workspace.home() / "cache" / "signals"


def _digest(files: list[Path], leads: list[int]) -> str:
    states = [(str(path.resolve()), path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(files)]
    return hashlib.blake2b(repr((states, leads)).encode(), digest_size=16).hexdigest()
