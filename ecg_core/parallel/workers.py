"""Where work is done: by how many processes of this machine, or on which Dask cluster.

This is no option of a training, as it changes no result: it is said on the command line (`--workers`, `--scheduler`)
and handed down to the processes that are started by the environment (`ECG_WORKERS`, `ECG_SCHEDULER`).
"""

import os
from dataclasses import dataclass

from joblib import cpu_count

from ecg_core.errors import WorkbenchError

WORKERS_VARIABLE, SCHEDULER_VARIABLE = "ECG_WORKERS", "ECG_SCHEDULER"
MOST_WORKERS = 1024
SCHEMES = ("tcp", "tls", "ucx", "ws", "wss")


class ParallelError(WorkbenchError):
    """Work cannot be spread in the way that was asked for."""


@dataclass(frozen=True)
class Workers:
    """Where work is done."""

    count: int = 0
    """Processes of this machine; 0: one a core."""
    scheduler: str = ""
    """Address of a Dask scheduler, such as `tcp://10.0.0.5:8786`; then `count` says nothing."""

    def __post_init__(self) -> None:
        if not 0 <= self.count <= MOST_WORKERS:
            raise ParallelError(f"{self.count} workers: expected 1 to {MOST_WORKERS:,}.")
        if self.scheduler and self.scheduler.partition("://")[0] not in SCHEMES:
            raise ParallelError(
                f"{self.scheduler[:100]!r} is no address of a Dask scheduler: write it as tcp://HOST:8786."
            )

    @property
    def processes(self) -> int:
        """Processes of this machine that are meant."""
        return self.count or int(cpu_count())

    @property
    def where(self) -> str:
        """In a sentence: `2 processes`."""
        if self.scheduler:
            return f"the Dask cluster at {self.scheduler}"
        return "1 process" if self.processes == 1 else f"{self.processes} processes"


@dataclass(frozen=True)
class Lost:
    """In place of a result: the process that was at it ended, more than once."""

    reason: str


ENDED = "the process that was at it ended: out of memory, or a fault in a library"


def chosen_workers() -> Workers:
    """Where the environment says that work is done. Raises ParallelError for what is no number or address."""
    text = os.environ.get(WORKERS_VARIABLE, "")
    if text and not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_WORKERS):
        raise ParallelError(f"{WORKERS_VARIABLE} is {text[:40]!r}: expected a whole number from 1 to {MOST_WORKERS:,}.")
    return Workers(int(text) if text else 0, os.environ.get(SCHEDULER_VARIABLE, ""))


def choose_workers(workers: Workers) -> None:
    """Let this process, and those it starts, work there. What is left open stays as it was."""
    if workers.count:
        os.environ[WORKERS_VARIABLE] = str(workers.count)
    if workers.scheduler:
        os.environ[SCHEDULER_VARIABLE] = workers.scheduler


def were_chosen() -> bool:
    """Whether somebody has said where work is done; never in a process that was given a part of it."""
    return not _here.inside and bool(os.environ.get(WORKERS_VARIABLE) or os.environ.get(SCHEDULER_VARIABLE))


def begin_part() -> None:
    """This process has been given a part of somebody's work: it spreads nothing any further."""
    _here.inside = True


class _Here:
    inside = False


_here = _Here()
