"""Runs carried out by a worker that is this process: the same files in the end, without the seconds a new process needs
to import what trains. For fixtures of what shows a finished run; what a process does is in test_worker.py."""

import os

import pytest

from ecg_core.learning.options import Options
from ecg_core.locks import Lock
from ecg_core.runs import control
from ecg_core.runs.control import start
from ecg_core.runs.folder import Run
from ecg_core.runs.worker import work
from ecg_core.tasks.material import Material
from ecg_core.tasks.task import AnyTask


def finished(task: AnyTask, material: Material, options: Options) -> Run:
    """Start a run, and work on it here until it has finished."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(control, "_spawn", lambda *_: None)
        run = start(task, material, options)
    assert work(run.folder) == 0, run.error
    assert run.state == "finished", run.error
    return run


_HELD: list[int] = []


def on_its_way(_run: Run, lock: Lock) -> None:
    """Stands for a process that has been started, and does nothing yet: the run is starting from here on."""
    _HELD.append(os.dup(lock.descriptor))
