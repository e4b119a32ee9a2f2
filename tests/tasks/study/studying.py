"""Studies carried out in the process of a test, one training after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from joblib import parallel_config

from ecg_core.learning.monitor import Monitor
from ecg_core.learning.options import Options
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import AnyTask, Job, imported


class StopsAfter(Monitor):
    """Asks to stop when so many pieces of a phase are done."""

    def __init__(self, phase: str, done: int) -> None:
        self.wanted, self.reached = (phase, done), False

    def phase(self, name: str, done: int, of: int) -> None:  # noqa: ARG002 - as all monitors
        self.reached = self.reached or (name == self.wanted[0] and done >= self.wanted[1])

    def should_stop(self) -> bool:
        return self.reached


@contextmanager
def in_this_process() -> Iterator[None]:
    with parallel_config(backend="sequential"):
        yield


def studied(task: AnyTask, material: Recordings, options: Options, folder: Path, monitor: Monitor | None = None) -> Any:
    """What the study ends with, its files in `folder`."""
    folder.mkdir(exist_ok=True)
    with in_this_process():
        return imported(task.carry_out)(Job(task, "run", folder, options, material, "", monitor or Monitor()))


def written(folder: Path) -> dict[str, int]:
    """Every file of a folder, and when it was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
