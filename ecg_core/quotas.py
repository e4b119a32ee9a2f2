"""How much may be kept: limits that whoever runs the workbench for others sets. Without them the disk is the limit.

What cannot be made again is never removed for room: what would go beyond a limit is refused, in words.
"""

import os
from pathlib import Path

from ecg_core.errors import DataError, RunError

COLLECTIONS_GB, RUNS_GB, RUNS = "ECG_COLLECTIONS_GB", "ECG_RUNS_GB", "ECG_RUNS"
GB = 1e9


def limit_of(variable: str) -> float | None:
    """The number in an environment variable; None where it is not set. Raises DataError if it is none."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise DataError(f"{variable} is {text[:80]!r}, expected a number of 0 or more, such as 50.")
    return value


def bytes_in(folder: Path) -> int:
    """Size of all files of the folders in a folder; those whose names begin with a dot, at work now, are left out."""
    total = 0
    for place in folder.iterdir() if folder.is_dir() else ():
        if place.name.startswith("."):
            continue
        for path in place.rglob("*"):
            try:
                status = path.lstat()
            except OSError:  # gone meanwhile
                continue
            if not path.is_dir():
                total += status.st_size
    return total


def collections_full(n_bytes: int) -> str:
    """Why collections may not grow to so many bytes; empty if they may. Raises DataError if the limit is no number."""
    limit = limit_of(COLLECTIONS_GB)
    if limit is None or n_bytes <= limit * GB:
        return ""
    return (
        f"Collections may take {limit:g} GB together ({COLLECTIONS_GB}), and with this recording they would take "
        f"{n_bytes / GB:.2f} GB: remove recordings that nobody needs, or ask for more room."
    )


def check_room_for_a_run(folder: Path) -> None:
    """Raises RunError if there are as many runs in a folder, or runs of such size, as may be kept."""
    most, size = limit_of(RUNS), limit_of(RUNS_GB)
    if most is not None:
        n = sum(not place.name.startswith(".") for place in folder.iterdir()) if folder.is_dir() else 0
        if n >= most:
            raise RunError(f"{n:,} runs are kept, and {most:g} may be ({RUNS}): delete one that nobody needs.")
    if size is not None:
        taken = bytes_in(folder)
        if taken >= size * GB:
            raise RunError(
                f"Runs take {taken / GB:.2f} GB, and {size:g} GB may be used ({RUNS_GB}): delete one that nobody needs."
            )
