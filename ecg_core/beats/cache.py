"""The folder of prepared records: who may write where, what goes when it grows too large, what a killed process left.

Layout: `<root>/<hash of the parameters>/<fingerprint>/`, and beside each such folder its lock, `.<fingerprint>.lock`.
"""

import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ecg_core.beats.record_store import BUILDING, building_of, cannot_keep, is_stored, last_used_s
from ecg_core.workspace import cache_budget_bytes

STARTED_S = time.time()


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold the lock of `place`, waiting for whoever has it. Raises DataError if the folder cannot be written to."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock_of(place)
        lock.acquire()
    except OSError as error:
        raise cannot_keep(error) from None
    try:
        yield
    finally:
        lock.release()


def evict(root: Path, keep: Collection[Path]) -> None:
    """Remove the records not used for longest until the rest fits the budget; never one of `keep`, or one in work."""
    stores = sorted(_stores(root))
    excess = sum(size for _, size, _ in stores) - cache_budget_bytes()
    for _, size, place in stores:
        if excess <= 0:
            return
        if place not in keep and _remove(place, _lock_of(place)):
            excess -= size


def sweep(root: Path) -> None:
    """Remove what killed preparations left, and what earlier versions kept, one store a folder of recordings."""
    for leftover in root.glob(f"*/{BUILDING}*"):
        place = leftover.with_name(leftover.name.removeprefix(BUILDING))
        _remove(leftover, _lock_of(place))
    for leftover in root.glob(f"{BUILDING}*"):  # of an earlier version: no lock says whether somebody is at it
        if leftover.stat().st_mtime < STARTED_S:
            shutil.rmtree(leftover, ignore_errors=True)
    for manifest in root.glob("*/manifest.json"):
        _remove(manifest.parent, _lock_of(manifest.parent))


def _remove(folder: Path, lock: FileLock) -> bool:
    """Remove a folder unless somebody holds its lock or it cannot be removed; whether it is gone."""
    try:
        with lock.acquire(timeout=0):
            going = folder if folder.name.startswith(".") else building_of(folder)
            if going != folder:
                shutil.rmtree(going, ignore_errors=True)
                folder.rename(going)  # at once, so that nobody opens half of it
            shutil.rmtree(going, ignore_errors=True)
            return not going.exists()
    except (OSError, Timeout):
        return False


def _lock_of(place: Path) -> FileLock:
    return FileLock(place.with_name(f".{place.name}.lock"))


def _stores(root: Path) -> Iterator[tuple[float, int, Path]]:
    """Time of last use in s, size in bytes and place of every prepared record."""
    for place in root.glob("*/*"):
        try:
            if is_stored(place):
                yield last_used_s(place), sum(path.stat().st_size for path in place.iterdir()), place
        except OSError:
            continue  # somebody else removed it just now
