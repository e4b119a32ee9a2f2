"""What killed processes have left: removed when the app or a worker starts, where nobody is at it any more."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ecg_core import workspace
from ecg_core.files import removed
from ecg_core.learning.placed_model import LEFTOVER, alone_among
from ecg_core.locks import Lock
from ecg_core.runs.changing import LOCKS, change_file, if_nobody_else, lock_file
from ecg_core.runs.folder import Run, list_runs
from ecg_core.tasks.places import RUN_ID
from ecg_core.workspace import runs_folder

HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{8}(\.\w+)?")
"""Temporary files of `files.replaced`."""
BEGUN = re.compile(rf"\.{RUN_ID.pattern}\.new")
DELETED = re.compile(rf"\.deleted-{RUN_ID.pattern}(-[0-9a-f]{{8}})?")
OLD_S = 60.0
"""A file that was not written to for so long is nobody's, where no lock says it: none here takes a second."""


def sweep() -> None:
    """Put right what half a start, deletion or promotion left; remove half-written files of runs nobody works on.

    It changes nothing that somebody holds, waits for nobody, and passes over what it may not write to.
    """
    with suppress(OSError):
        _runs()
    with suppress(OSError):
        if any(LEFTOVER.fullmatch(path.name) for path in workspace.MODELS.iterdir()):
            with alone_among(workspace.MODELS, 0.0):
                pass  # taking the lock has put them right


def half_written(folder: Path) -> Iterator[Path]:
    """Temporary files below a run's folder."""
    return (path for path in folder.rglob(".*") if HALF_WRITTEN.fullmatch(path.name) and not path.is_dir())


def _runs() -> None:
    folder = runs_folder()
    if not folder.is_dir():
        return
    names = [path.name for path in folder.iterdir()]
    for name in filter(DELETED.fullmatch, names):
        removed(folder / name)
    if begun := list(filter(BEGUN.fullmatch, names)):
        with if_nobody_else(Lock(folder / LOCKS / "start")) as alone:
            for name in begun if alone else ():
                removed(folder / name)
    for run in list_runs():
        old = [path for path in half_written(run.folder) if _is_old(path)]
        if old and not run.is_held():
            with if_nobody_else(Lock(change_file(run.folder))) as alone:
                for path in old if alone and not run.is_held() else ():
                    removed(path)
    if (folder / LOCKS).is_dir():
        for path in (folder / LOCKS).iterdir():
            own = folder / path.stem
            if path not in (lock_file(own), change_file(own)) or not RUN_ID.fullmatch(own.name) or not path.is_file():
                continue  # what somebody else has put there stays
            if not own.exists():
                with if_nobody_else(Lock(path)) as alone:
                    if alone and not own.exists():
                        path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    with suppress(OSError):
        return abs(time.time() - path.stat().st_mtime) > OLD_S
    return False


def tidy(run: Run) -> None:
    """Remove half-written files of a run whose lock is held by who asks."""
    for path in list(half_written(run.folder)):
        removed(path)
