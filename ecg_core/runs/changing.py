"""One at a time changes a run: resumes, promotes, judges or deletes it. The next finds what the first has done."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ecg_core.errors import RunError
from ecg_core.files import why
from ecg_core.locks import Lock

LOCKS = ".locks"
PATIENCE_S = 60.0
"""How long to wait for somebody else's change: a copy of a model at most."""


def lock_file(folder: Path) -> Path:
    """The lock that a run's worker has from its birth to its death. Not in the run's folder, which may go."""
    return folder.parent / LOCKS / f"{folder.name}.lock"


def change_file(folder: Path) -> Path:
    """The lock of whoever changes a run."""
    return folder.parent / LOCKS / f"{folder.name}.change"


@contextmanager
def changing(folder: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Change a run for the block, alone.

    Raises RunError if the run is gone, if somebody else is at it for longer than patience lasts, and, in words, where
    the disk is full or may only be read.
    """
    lock = Lock(change_file(folder))
    try:
        if not folder.is_dir():
            raise deleted(folder)
        if not lock.acquire(patience_s):
            raise RunError(f"Somebody else is changing run {folder.name}: try again in a moment.")
        try:
            if not folder.is_dir():
                raise deleted(folder)
            yield
        finally:
            if not folder.exists():
                lock_file(folder).unlink(missing_ok=True)
                lock.remove()
            lock.release()
    except OSError as error:
        raise RunError(f"Run {folder.name} cannot be changed: {said(error)}.") from None


@contextmanager
def if_nobody_else(lock: Lock) -> Iterator[bool]:
    """Hold a lock for the block, if it can be had at once: whether it is held."""
    held = False
    with suppress(OSError):
        held = lock.acquire()
    try:
        yield held
    finally:
        lock.release()


def deleted(folder: Path) -> RunError:
    return RunError(f"Run {folder.name} was deleted already.")


def said(error: OSError) -> str:
    """Why something cannot be written, in words."""
    return why(error).lower()
