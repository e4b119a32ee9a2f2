"""Work for other processes: it can be imported there."""

import os
import time
from pathlib import Path


def square(value: int) -> int:
    return value * value


def process_of(_value: int) -> int:
    return os.getpid()


def deadly(value: int) -> int:
    """Ends its process over 3."""
    time.sleep(0.05)
    if value == 3:
        os._exit(1)
    return value


def deadly_once(item: tuple[int, str]) -> int:
    """Ends its process over 3 the first time, as one that somebody kills by the way."""
    value, folder = item
    mark = Path(folder) / "killed"
    if value == 3 and not mark.exists():
        mark.touch()
        os._exit(1)
    return value


def refusing(value: int) -> int:
    if value == 2:
        raise ValueError("not two")
    return value
