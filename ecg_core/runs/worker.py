"""The process that carries out a run: `python -m ecg_core run <folder>`."""

import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.access import check_may_change
from ecg_core.errors import RunError, WorkbenchError
from ecg_core.files import is_full, never_made_again, replaced, write_bytes, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow
from ecg_core.locks import Lock
from ecg_core.runs import failure, leftovers
from ecg_core.runs.changing import changing, lock_file
from ecg_core.runs.folder import Run
from ecg_core.runs.process import Worker, began_of
from ecg_core.runs.queue import slot, ticket_of
from ecg_core.tasks.places import RUN_ID
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import AnyTask, Job, Report, imported
from ecg_core.typed_json import JsonObject, to_json
from ecg_core.workspace import now

CHECKPOINT = "checkpoint.safetensors"
ASK_EVERY_S = 0.1
NICE = 10
FULL_DISK = "The disk is full: make room and resume."


class GoneError(RunError):
    """The run's folder was removed, or its config: nothing more is to be written."""


class FolderMonitor(Monitor):
    """Reports to a run's folder. A row of progress is written before the checkpoint that goes with it, and rows past
    the checkpoint are dropped on resuming: so no epoch is ever missing or told twice.

    Raises GoneError as soon as the folder is not there any more, and RunError if it is, but without its lock.
    """

    def __init__(self, run: Run, lock: Lock | None = None) -> None:
        self.run = run
        self._lock = lock
        self._inode = run.folder.stat().st_ino
        self._progress = run.folder / "progress.jsonl"
        self._rows: list[str] = []
        self._asked = 0.0
        self._stop = False

    def check(self) -> None:
        """Whether the run is still there, and still ours."""
        try:
            if self.run.folder.stat().st_ino != self._inode or not (self.run.folder / "config.json").exists():
                raise FileNotFoundError
        except OSError:
            raise GoneError(f"Run {self.run.id} was removed while it was worked on: its process ends.") from None
        if self._lock and not self._lock.in_place():
            raise RunError("The lock of this run was removed while it was worked on: resume it.")

    def phase(self, name: str, done: int, of: int) -> None:
        self._append({"phase": name, "done": done, "of": of})

    def epoch(self, row: EpochRow) -> None:
        self._append(row.to_json())

    def frame(self, epoch: int, samples: npt.NDArray[np.generic]) -> None:
        self.check()
        place = self.run.frames_folder
        place.mkdir(exist_ok=True)
        with replaced(place / f"{epoch:06d}.npy") as temporary, temporary.open("wb") as file:
            np.save(file, samples, allow_pickle=False)

    def should_stop(self) -> bool:
        if not self._stop and time.monotonic() - self._asked > ASK_EVERY_S:
            self._asked = time.monotonic()
            self.check()
            self._stop = self.run.stop_requested
        return self._stop

    def save(self, checkpoint: Checkpoint) -> None:
        self.check()
        write_checkpoint(self.run.folder / CHECKPOINT, checkpoint)

    def load(self) -> Checkpoint | None:
        path = self.run.folder / CHECKPOINT
        checkpoint = read_checkpoint(path) if path.exists() else None
        done = int(checkpoint.values["done"]) if checkpoint else 0
        self._rows = [_line(row.to_json()) for row in self.run.progress().epochs if row.done <= done]
        write_bytes(self._progress, "".join(self._rows).encode())
        return checkpoint

    def _append(self, row: JsonObject) -> None:
        self.check()
        line = _line({**row, "time": now()})
        self._rows.append(line)
        gone = not self._progress.exists()  # somebody removed it: nothing told is lost
        with self._progress.open("a", encoding="utf-8") as file:
            file.write("".join(self._rows) if gone else line)


def _line(row: JsonObject) -> str:
    return json.dumps(row, allow_nan=False) + "\n"


def work(folder: Path, tasks: Mapping[str, AnyTask] = REGISTRY, handed: int | None = None) -> int:
    """Carry out the run in `folder`, waiting for a slot first. Returns the exit code: 0 finished or stopped.

    `handed` is the descriptor of the run's lock, if who started this process has taken it. Raises RunError, writing
    nothing, for a folder that holds no run, and where nothing may be changed.
    """
    check_may_change()
    run = Run(folder.resolve())
    if not (run.folder / "config.json").is_file() or not RUN_ID.fullmatch(run.id):
        raise RunError(f"{folder} holds no run: there is no config.json in it.")
    lock = _own(run, handed)
    if lock is None:
        print(f"Run {run.id} is already being worked on by another process.")
        return 1
    with lock, never_made_again(run.folder):
        if (run.folder / "result.json").exists():
            print(f"Run {run.id} has finished: there is nothing to carry out.")
            return 1
        return _work(run, lock, tasks)


def _own(run: Run, handed: int | None) -> Lock | None:
    """The run's lock; None if another process has it."""
    if handed is not None:
        try:
            lock = Lock.handed(lock_file(run.folder), handed)
            if lock.in_place():
                return lock
        except OSError as error:
            raise RunError(f"--lock {handed} is no open lock: {error.strerror}.") from None
    with changing(run.folder):
        lock = run.lock()
        return lock if not run.is_held() and lock.acquire() else None


def _work(run: Run, lock: Lock, tasks: Mapping[str, AnyTask]) -> int:
    """Carry out a run whose lock is held. However it ends, the reason is kept in its folder, if that is there."""
    from ecg_core.learning.loop import Stopped

    pid = os.getpid()
    worker = Worker(pid, now(), "queued", began_of(pid), run.folder.stat().st_ino)
    try:
        _say(run, lock, worker)
        leftovers.tidy(run)
        leftovers.sweep()
        monitor = FolderMonitor(run, lock)
        with slot(ticket_of(run), monitor.should_stop) as has_slot:
            if has_slot:
                _say(run, lock, replace(worker, stage="running"))
                _carry_out(run, monitor, tasks)
    except Stopped:
        return 0
    except GoneError as error:
        _log(str(error))
        return 1
    except WorkbenchError as error:
        failure.record(run.folder, str(error))
        _log(str(error))
        return 1
    except OSError as error:
        if not run.folder.is_dir():
            _log(f"Run {run.id} was removed while it was worked on: its process ends.")
            return 1
        if not is_full(error):
            _record_bug(run)
            raise
        failure.record(run.folder, FULL_DISK)
        _log(FULL_DISK)
        return 1
    except BaseException:
        _record_bug(run)
        raise
    return 0


def yield_to_people() -> None:
    """Let pages go first: where all cores are wanted, Linux then gives this process a tenth of what it gives a page's;
    where they are not, all it can use."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.nice(max(0, NICE - os.nice(0)))


def _say(run: Run, lock: Lock, worker: Worker) -> None:
    lock.write(json.dumps(to_json(worker)).encode())
    write_json(run.folder / "worker.json", to_json(worker))


def _carry_out(run: Run, monitor: FolderMonitor, tasks: Mapping[str, AnyTask]) -> None:
    import torch

    config = run.config()
    task = tasks[config.kind]
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))  # one core stays for the pages
    started = time.monotonic()
    options = task.options.from_json(config.options)
    job = Job(task, run.id, run.folder, options, config.material, config.command, monitor)
    report: Report = imported(task.carry_out)(job)
    value = {**report.to_json(), "finished": now(), "seconds": time.monotonic() - started}
    monitor.check()
    write_json(run.folder / "result.json", value)
    (run.folder / failure.RESERVED).unlink(missing_ok=True)


def _record_bug(run: Run) -> None:
    """A plain sentence to the page, the trace to the log."""
    last = traceback.format_exc().strip().splitlines()[-1]
    failure.record(run.folder, f"Unexpected error, see log.txt: {last}")
    with suppress(OSError):
        traceback.print_exc()


def _log(text: str) -> None:
    with suppress(OSError):  # a full disk has no room for a line
        print(text, flush=True)
