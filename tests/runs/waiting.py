"""Waiting for other processes without sleeping longer than needed."""

import time
from collections.abc import Callable

from ecg_core.runs.folder import ALIVE, Run

PATIENCE_S = 240.0


def until(holds: Callable[[], bool], what: str) -> None:
    """Return as soon as `holds` does; fail when patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:g} s for: {what}"
        time.sleep(0.1)


def until_ended(run: Run) -> None:
    until(lambda: run.state not in ALIVE, f"run {run.id} to end")


def until_epoch(run: Run, epoch: int) -> None:
    until(lambda: len(run.progress().epochs) >= epoch or run.state not in ALIVE, f"epoch {epoch} of {run.id}")
    assert len(run.progress().epochs) >= epoch, (run.state, run.error, (run.folder / "log.txt").read_text())
