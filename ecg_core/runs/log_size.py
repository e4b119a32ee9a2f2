"""A worker's output kept small: what a library repeats for hours must not fill the disk."""

import threading
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 1_000_000
KEPT_BYTES = 250_000
LOOK_EVERY_S = 5.0
DROPPED = b"(earlier output was dropped)\n"


def keep_small(path: Path) -> threading.Event:
    """Look after the size of a log that is appended to, until the event given is set or the process ends."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            with suppress(OSError):
                cut(path)

    threading.Thread(target=look, daemon=True, name="log size").start()
    return over


def cut(path: Path) -> bool:
    """Leave only the last whole lines of a log that has grown too long; says whether it had.

    The file stays the same one, which its writer has open for appending. What is written in that moment may be lost.
    """
    if not path.is_file() or path.stat().st_size <= MOST_BYTES:
        return False
    with path.open("rb+") as file:
        file.seek(-KEPT_BYTES, 2)
        last = file.read()
        file.truncate(0)
    with path.open("ab") as file:
        file.write(DROPPED + last.partition(b"\n")[2])
    return True
