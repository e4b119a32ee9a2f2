"""Samples of long recordings: decoded once, a block at a time, into a file that is mapped into memory where it is read.

`<workspace>/cache/signals/<digest of the files>/` holds `samples.npy` and `meta.json`. Whatever is decoded has been
checked against the header; a file that changes has another digest.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ecg_core import workspace
from ecg_core.data.kept_folder import kept
from ecg_core.data.mapping import release
from ecg_core.data.sample_formats import Samples
from ecg_core.data.samples import Empty, StoredSignals
from ecg_core.files import mapped_array, read_json, write_json

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
    return kept(place, lambda folder: _decode(folder, read), _stored, "A recording this long is decoded and")


def _decode(folder: Path, read: Callable[[Empty], StoredSignals]) -> None:
    stored = read(lambda shape, dtype: mapped_array(folder / SAMPLES, dtype, shape))
    release(stored.values)
    write_json(folder / META, {"invalid": list(stored.invalid), "verified": stored.verified})


def _stored(folder: Path) -> StoredSignals:
    meta = read_json(folder / META)
    values: Samples = np.load(folder / SAMPLES, mmap_mode="r", allow_pickle=False)
    return StoredSignals(values, tuple(meta["invalid"]), bool(meta["verified"]))


def _root() -> Path:
    return workspace.home() / "cache" / "signals"


def _digest(files: list[Path], leads: list[int]) -> str:
    states = [(str(path.resolve()), path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(files)]
    return hashlib.blake2b(repr((states, leads)).encode(), digest_size=16).hexdigest()
