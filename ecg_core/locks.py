"""Locks that the operating system frees when the last process that has them open ends, however it ends.

A look at a lock takes nothing that anybody could take for a holder, and never keeps anybody from taking it. A lock may
be handed to a child by its descriptor: the child has it from its birth, and nobody in between.
"""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.002
ROOM_BYTES = 512
"""What a lock's file has for a word about its holder: written once, then overwritten in place, so that it needs no more
of the disk."""
_FAR = 1 << 30  # Windows locks bytes, and nobody may read those: one beyond all that is ever written


class Lock:
    """An exclusive lock on a file, which is made where it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = -1

    @classmethod
    def handed(cls, path: Path, descriptor: int) -> "Lock":
        """The lock that the process which started this one has taken and handed on."""
        lock = cls(path)
        os.set_inheritable(descriptor, False)  # what this process starts shall not have it
        lock._fd = descriptor
        return lock

    @property
    def descriptor(self) -> int:
        """For a child. Raises ValueError if the lock is not held."""
        if self._fd < 0:
            raise ValueError(f"{self.path} is not held")
        return self._fd

    def acquire(self, patience_s: float = 0.0) -> bool:
        """Take it; False if somebody else still has it when patience ends. Who only looks is waited for.

        Raises OSError where the file cannot be made or opened.
        """
        deadline = time.monotonic() + patience_s
        while True:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
            if _try(descriptor) and _names(self.path, descriptor):  # a file removed meanwhile is nobody's lock any more
                self._fd = descriptor
                return True
            held = not _try(descriptor, shared=True)
            os.close(descriptor)
            if held and time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def remove(self) -> None:
        """Remove the file of a lock that is held, for what it stood for is gone: who waits for it finds no file."""
        self.path.unlink(missing_ok=True)

    def in_place(self) -> bool:
        """Whether the file that is locked is still the one that others find."""
        return _names(self.path, self.descriptor)

    def write(self, word: bytes) -> None:
        """Say who holds it, in at most `ROOM_BYTES`. Raises OSError on a full disk, but the first time only."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        os.write(self.descriptor, word[:ROOM_BYTES].ljust(ROOM_BYTES))

    def __enter__(self) -> "Lock":
        if self._fd < 0 and not self.acquire():
            raise BlockingIOError(f"{self.path} is held by another process")
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock of a file. A look writes nothing, so that it works where one may only read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:  # no lock yet, or none that can be looked at
        return False
    try:
        return not _try(descriptor, shared=True)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def word_of(path: Path) -> bytes:
    """What its holder, or the last one, wrote into a lock; empty where nobody did."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return b""
    try:
        return os.read(descriptor, ROOM_BYTES).strip()
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _try(descriptor: int, shared: bool = False) -> bool:
    """Lock an open file at once, or not at all."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _names(path: Path, descriptor: int) -> bool:
    try:
        named, opened = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)


@contextmanager
def folder_locked(folder: Path, patience_s: float = 0.0) -> Iterator[bool]:
    """Hold a lock on a folder itself for the block, for all who take it so, without a file of its own; gives whether it
    was had before patience ended. Where folders cannot be locked (Windows, some network drives) everybody has it.
    """
    deadline = time.monotonic() + patience_s
    descriptor, held = -1, True
    try:
        if sys.platform != "win32":
            descriptor = os.open(folder, os.O_RDONLY)
        while descriptor >= 0 and not (held := _try(descriptor)) and time.monotonic() < deadline:
            time.sleep(POLL_S)
    except OSError as error:
        if error.errno not in (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP):
            raise
    try:
        yield held
    finally:
        if descriptor >= 0:
            os.close(descriptor)
