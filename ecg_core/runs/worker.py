"""The process that carries out a run: `python -m ecg_core run <folder>`."""

import errno
import json
import os
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import Timeout

from ecg_core.errors import RunError, WorkbenchError
from ecg_core.files import replaced, write_bytes, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.learning.monitor import Monitor
from ecg_core.runs.folder import Run, now
from ecg_core.runs.queue import slot, take_ticket

CHECKPOINT = "checkpoint.safetensors"
ASK_EVERY_S = 0.1


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

    def epoch(self, row: dict[str, Any]) -> None:
        self._append(row)

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
        kept = [row for row in self.run.progress().epochs if row["done"] <= done]
        write_bytes(self._progress, "".join(_line(row) for row in kept).encode())
        return checkpoint

    def _append(self, row: dict[str, Any]) -> None:
        with self._progress.open("a", encoding="utf-8") as file:
            file.write(_line({**row, "time": now()}))


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, allow_nan=False) + "\n"


def work(folder: Path) -> int:
    """Carry out the run in `folder`, waiting for a slot first. Returns the exit code: 0 finished or stopped."""
    from ecg_core.learning.loop import Stopped

    run = Run(folder.resolve())
    lock = run.lock()
    try:
        held = lock.acquire(timeout=5)  # somebody looking whether the run lives holds it for a moment
    except Timeout:
        print(f"Run {run.id} is already being worked on by another process.")
        return 1
    with held:
        worker = {"pid": os.getpid(), "since": now()}
        write_json(run.folder / "worker.json", {**worker, "waiting": True})
        monitor = FolderMonitor(run)
        try:
            with slot(take_ticket(run), lambda: run.stop_requested) as mine:
                if mine:
                    write_json(run.folder / "worker.json", {**worker, "waiting": False})
                    _carry_out(run, monitor)
        except Stopped:
            pass
        except WorkbenchError as error:
            write_json(run.folder / "error.json", {"message": str(error), "time": now()})
            return 1
        except OSError as error:
            if error.errno != errno.ENOSPC:
                _record_bug(run)
                raise
            write_json(run.folder / "error.json", {"message": "The disk is full: make room and resume.", "time": now()})
            return 1
        except BaseException:
            _record_bug(run)
            raise
    return 0


def _carry_out(run: Run, monitor: FolderMonitor) -> None:
    import torch

    from ecg_core.tasks.registry import TASKS

    config = run.config
    if config["kind"] not in TASKS:
        raise RunError(f"Run {run.id} is of unknown kind {config['kind']!r}: expected {', '.join(TASKS)}.")
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))  # one core stays for the pages
    started = time.monotonic()
    result = TASKS[config["kind"]](run, monitor)
    write_json(run.folder / "result.json", {**result, "finished": now(), "seconds": time.monotonic() - started})


def _record_bug(run: Run) -> None:
    """The trace goes to the log, a plain sentence to the page."""
    traceback.print_exc()
    last = traceback.format_exc().strip().splitlines()[-1]
    write_json(run.folder / "error.json", {"message": f"Unexpected error, see log.txt: {last}", "time": now()})
