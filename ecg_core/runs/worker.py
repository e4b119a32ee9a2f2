"""The process that carries out a run: `python -m ecg_core run <folder>`."""

import errno
import json
import os
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import Timeout

from ecg_core.errors import RunError, WorkbenchError
from ecg_core.files import replaced, write_bytes, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow
from ecg_core.runs.folder import Run, Worker
from ecg_core.runs.queue import slot, take_ticket
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import AnyTask, Job, Report, imported
from ecg_core.typed_json import JsonObject, to_json
from ecg_core.workspace import now

CHECKPOINT = "checkpoint.safetensors"
ASK_EVERY_S = 0.1
LOCK_S = 1.0  # where looking at a lock takes it (not on POSIX), it is held for a moment


class FolderMonitor(Monitor):
    """Reports to a run's folder. A row of progress is written before the checkpoint that goes with it, and rows past
    the checkpoint are dropped on resuming: so no epoch is ever missing or told twice."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._progress = run.folder / "progress.jsonl"
        self._asked = 0.0
        self._stop = False

    def phase(self, name: str, done: int, of: int) -> None:
        self._append({"phase": name, "done": done, "of": of})

    def epoch(self, row: EpochRow) -> None:
        self._append(row.to_json())

    def frame(self, epoch: int, samples: npt.NDArray[np.generic]) -> None:
        place = self.run.frames_folder
        place.mkdir(exist_ok=True)
        with replaced(place / f"{epoch:06d}.npy") as temporary, temporary.open("wb") as file:
            np.save(file, samples, allow_pickle=False)

    def should_stop(self) -> bool:
        if not self._stop and time.monotonic() - self._asked > ASK_EVERY_S:
            self._asked = time.monotonic()
            self._stop = self.run.stop_requested
        return self._stop

    def save(self, checkpoint: Checkpoint) -> None:
        write_checkpoint(self.run.folder / CHECKPOINT, checkpoint)

    def load(self) -> Checkpoint | None:
        path = self.run.folder / CHECKPOINT
        checkpoint = read_checkpoint(path) if path.exists() else None
        done = int(checkpoint.values["done"]) if checkpoint else 0
        kept = [row.to_json() for row in self.run.progress().epochs if row.done <= done]
        write_bytes(self._progress, "".join(_line(row) for row in kept).encode())
        return checkpoint

    def _append(self, row: JsonObject) -> None:
        with self._progress.open("a", encoding="utf-8") as file:
            file.write(_line({**row, "time": now()}))


def _line(row: JsonObject) -> str:
    return json.dumps(row, allow_nan=False) + "\n"


def work(folder: Path, tasks: Mapping[str, AnyTask] = REGISTRY) -> int:
    """Carry out the run in `folder`, waiting for a slot first. Returns the exit code: 0 finished or stopped.

    Raises RunError, writing nothing, for a folder that holds no run.
    """
    from ecg_core.learning.loop import Stopped

    run = Run(folder.resolve())
    if not (run.folder / "config.json").is_file():
        raise RunError(f"{folder} holds no run: there is no config.json in it.")
    lock = run.lock()
    try:
        held = lock.acquire(timeout=LOCK_S)
    except Timeout:
        print(f"Run {run.id} is already being worked on by another process.")
        return 1
    with held:
        if (run.folder / "result.json").exists():
            print(f"Run {run.id} has finished: there is nothing to carry out.")
            return 1
        worker = Worker(os.getpid(), now())
        write_json(run.folder / "worker.json", to_json(worker))
        monitor = FolderMonitor(run)
        try:
            with slot(take_ticket(run), lambda: run.stop_requested) as has_slot:
                if has_slot:
                    write_json(run.folder / "worker.json", to_json(replace(worker, waiting=False)))
                    _carry_out(run, monitor, tasks)
        except Stopped:
            pass
        except WorkbenchError as error:
            _record_failure(run, str(error))
            return 1
        except OSError as error:
            if error.errno != errno.ENOSPC:
                _record_bug(run)
                raise
            _record_failure(run, "The disk is full: make room and resume.")
            return 1
        except BaseException:
            _record_bug(run)
            raise
    return 0


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
    write_json(run.folder / "result.json", value)


def _record_failure(run: Run, message: str) -> None:
    write_json(run.folder / "error.json", {"message": message, "time": now()})


def _record_bug(run: Run) -> None:
    """The trace goes to the log, a plain sentence to the page."""
    traceback.print_exc()
    last = traceback.format_exc().strip().splitlines()[-1]
    _record_failure(run, f"Unexpected error, see log.txt: {last}")
