"""One training at a time: a lock that a working process holds, and tickets that keep the others in order.

A run has its ticket from its start, before its process is there: so who comes first goes first, however slowly
processes begin and whatever the clock says.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ecg_core.errors import RunError
from ecg_core.locks import Lock
from ecg_core.runs.changing import LOCKS, PATIENCE_S
from ecg_core.runs.folder import Run
from ecg_core.tasks.places import RUN_ID
from ecg_core.workspace import runs_folder

SLOTS_VARIABLE = "ECG_SLOTS"
LONGEST_QUEUE = 20
POLL_S = 0.2
TICKET = re.compile(rf"(\d{{20}})-({RUN_ID.pattern})")


def slots() -> int:
    """How many trainings may work at once: 1, or what `ECG_SLOTS` says."""
    text = os.environ.get(SLOTS_VARIABLE, "1")
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 64:
        raise RunError(f"{SLOTS_VARIABLE} is {text!r}: set a whole number from 1 to 64.")
    return int(text)


def tickets() -> list[Path]:
    """Tickets of runs waiting for a slot, first come first."""
    folder = runs_folder() / ".queue"
    return sorted(path for path in folder.iterdir() if TICKET.fullmatch(path.name)) if folder.is_dir() else []


def check_room() -> None:
    """Raise RunError if as many runs are waiting as may."""
    if sum(run_of(ticket).is_held() for ticket in tickets()) >= LONGEST_QUEUE:
        raise RunError(f"{LONGEST_QUEUE} runs are waiting already: wait, or stop some of them.")


def take_ticket(run: Run) -> Path:
    """Queue a run behind all others."""
    folder = runs_folder() / ".queue"
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(runs_folder() / LOCKS / "queue")
    if not lock.acquire(PATIENCE_S):
        raise RunError("Somebody else is being queued: try again in a moment.")
    with lock:
        leave(run)
        taken = [int(path.name[:20]) for path in tickets()]
        ticket = folder / f"{max(taken, default=0) + 1:020d}-{run.id}"
        ticket.touch()
    return ticket


def ticket_of(run: Run) -> Path:
    """The ticket a run was started with; another one if that was removed."""
    return next((ticket for ticket in tickets() if run_of(ticket) == run), None) or take_ticket(run)


def leave(run: Run) -> None:
    """Take a run out of the queue."""
    for ticket in tickets():
        if run_of(ticket).id == run.id:
            ticket.unlink(missing_ok=True)


def run_of(ticket: Path) -> Run:
    return Run(runs_folder() / ticket.name[21:])


@contextmanager
def slot(ticket: Path, should_stop: Callable[[], bool]) -> Iterator[bool]:
    """Wait for the ticket's turn and hold a slot for the block; gives False if asked to stop while waiting."""
    held: Lock | None = None
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


def _try_slot() -> Lock | None:
    for number in range(slots()):
        lock = Lock(runs_folder() / LOCKS / f"slot-{number}")
        if lock.acquire():
            return lock
    return None
