"""One training at a time: a lock that a working process holds, and tickets that keep the others in order."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ecg_core.errors import RunError
from ecg_core.runs.folder import Run
from ecg_core.workspace import runs_folder

SLOTS_VARIABLE = "ECG_SLOTS"
LONGEST_QUEUE = 20
POLL_S = 0.2


def slots() -> int:
    """How many trainings may work at once: 1, or what `ECG_SLOTS` says."""
    text = os.environ.get(SLOTS_VARIABLE, "1")
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 64:
        raise RunError(f"{SLOTS_VARIABLE} is {text!r}: set a whole number from 1 to 64.")
    return int(text)


def tickets() -> list[Path]:
    """Tickets of runs waiting for a slot, first come first."""
    folder = runs_folder() / ".queue"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def take_ticket(run: Run) -> Path:
    """Queue a run. Raises RunError if the queue is full."""
    folder = runs_folder() / ".queue"
    folder.mkdir(parents=True, exist_ok=True)
    if len(tickets()) >= LONGEST_QUEUE:
        raise RunError(f"{LONGEST_QUEUE} runs are waiting already: wait, or stop some of them.")
    ticket = folder / f"{time.time_ns():020d}-{run.id}"
    ticket.touch()
    return ticket


def run_of(ticket: Path) -> Run:
    return Run(runs_folder() / ticket.name.split("-", 1)[1])


@contextmanager
def slot(ticket: Path, should_stop: Callable[[], bool]) -> Iterator[bool]:
    """Wait for the ticket's turn and hold a slot for the block; gives False if asked to stop while waiting."""
    held: FileLock | None = None
    try:
        while held is None and not should_stop():
            held = _try_slot() if _is_next(ticket) else None
            if held is None:
                time.sleep(POLL_S)
        ticket.unlink(missing_ok=True)
        yield held is not None
    finally:
        ticket.unlink(missing_ok=True)
        if held is not None:
            held.release()


def _is_next(ticket: Path) -> bool:
    for other in tickets():
        if other == ticket:
            return True
        if run_of(other).is_held():
            return False
        other.unlink(missing_ok=True)  # its process died while it waited
    return True


def _try_slot() -> FileLock | None:
    for number in range(slots()):
        lock = FileLock(runs_folder() / f".slot-{number}.lock", is_singleton=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        return lock
    return None
