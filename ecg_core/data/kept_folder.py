"""Folders of the workspace's cache that hold what was made of files: made once, and whole or not there.

Each has a lock of its own beside it. What is not used for longest goes when all of one kind take more than
`ECG_CACHE_GB`.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from ecg_core import workspace
from ecg_core.errors import DataError
from ecg_core.files import why

T = TypeVar("T")


def kept(place: Path, make: Callable[[Path], object], read: Callable[[Path], T], what: str) -> T:
    """What `read` makes of the folder `place`, which `make` fills if it is not there yet.

    Parameters
    ----------
    place : the folder; those beside it are of the same kind
    make : fills a folder that becomes `place` when it is done
    read : reads it; an OSError or ValueError says that it cannot be used
    what : what is kept, as errors call it, such as `Levels of a recording this long are`

    Raises DataError as `make` does, or if nothing can be kept; what is damaged is removed and said.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f".{place.name}.lock")):
            if not place.is_dir():
                _sweep(place.parent)
                _make(place, make)
            place.touch()
            found = read(place)
    except OSError as error:
        raise DataError(f"{what} kept in {place.parent}, which cannot be done: {why(error)}.") from None
    except ValueError:
        shutil.rmtree(place, ignore_errors=True)
        raise DataError(f"{place} was damaged and is gone: open the recording once more.") from None
    _evict(place)
    return found


def _make(place: Path, make: Callable[[Path], object]) -> None:
    building = place.with_name(f".{place.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        make(building)
        building.rename(place)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left half made; a folder that somebody is at is locked."""
    for leftover in folder.glob(".*.building"):
        with suppress(Timeout, OSError), FileLock(leftover.with_suffix(".lock"), timeout=0):
            shutil.rmtree(leftover, ignore_errors=True)


def _evict(keep: Path) -> None:
    """Remove what was not used for longest until the rest fits; never `keep`."""
    places = sorted((one.stat().st_mtime, one) for one in keep.parent.iterdir() if one.name[0] != ".")
    sizes = {one: sum(file.stat().st_size for file in one.iterdir()) for _, one in places}
    excess = sum(sizes.values()) - workspace.cache_budget_bytes()
    for _, one in places:
        if excess <= 0:
            return
        if one != keep:
            excess -= sizes[one]
            shutil.rmtree(one, ignore_errors=True)
