"""Folders in which an import does its work, beside the collections: what a killed one leaves is swept by the next."""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ecg_core import workspace
from ecg_core.data.importing.place import root
from ecg_core.errors import DataError
from ecg_core.files import is_full

STAGE, DELETED = ".importing-", ".deleted-"
WAIT_S = 60.0


class NoRoom(DataError):
    """The disk takes no more: no other file would fare better, so an import ends with it."""


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the disk refuses into one sentence."""
    try:
        yield
    except OSError as error:
        place = root()
        if is_full(error):
            raise NoRoom(
                f"The disk is full: nothing more can be written to {place}. Make room and import again: what came in "
                "before is kept, and known files are passed over."
            ) from None
        if isinstance(error.filename, str) and not _of_the_workspace(Path(error.filename)):
            raise DataError(f"{Path(error.filename).name} cannot be read: {error.strerror}.") from None
        raise NoRoom(
            f"{place} cannot be written: {error.strerror or error}. Check its permissions, or set ECG_HOME."
        ) from None


def _of_the_workspace(path: Path) -> bool:
    home = workspace.home()
    return path.is_relative_to(home) or home.is_relative_to(path)


@contextmanager
def locked() -> Iterator[None]:
    """Hold the lock of all collections: for the moments in which one changes."""
    with disk_errors():
        root().mkdir(parents=True, exist_ok=True)
    lock = FileLock(root() / ".lock", timeout=WAIT_S)
    try:
        with disk_errors():
            lock.acquire()
    except Timeout:
        raise DataError(
            f"Another process has been changing the collections for over {WAIT_S:.0f} s. Try again."
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def staged() -> Iterator[Path]:
    """A folder to work in, removed at the end; as long as it is in use nobody sweeps it."""
    with disk_errors(), locked():
        sweep_stages()
        stage = root() / f"{STAGE}{secrets.token_hex(6)}"
        stage.mkdir()
        lock = FileLock(stage / "lock")
        lock.acquire()
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        lock.release()


def sweep_stages() -> None:
    """Remove the folders of imports and deletions that were killed. The caller holds the lock."""
    for left in root().glob(f"{DELETED}*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in root().glob(f"{STAGE}*"):
        lock = FileLock(left / "lock", timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        try:
            shutil.rmtree(left, ignore_errors=True)
        finally:
            lock.release()


def synced(paths: Iterable[Path]) -> None:
    """Wait until files, or the entries of folders, are on the disk."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
