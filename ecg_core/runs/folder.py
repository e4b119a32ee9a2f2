"""A training run is a folder. Whoever can read the folder can see the run.

config.json             what was asked for; written once
progress.jsonl          one line an epoch or a step of a phase; only ever appended to while training
checkpoint.safetensors  everything needed to go on
worker.json             the process that works, or worked, on it
stop                    somebody asked to stop
result.json, error.json how it ended
evaluations/            explicit acts of scoring, one file a set of records
model.safetensors, card.json, log.txt
"""

import json
import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from ecg_core import workspace
from ecg_core.errors import RunError
from ecg_core.files import read_json, write_json

State = Literal["starting", "queued", "running", "stopping", "finished", "stopped", "failed", "interrupted"]
ALIVE: tuple[State, ...] = ("starting", "queued", "running", "stopping")
ID = re.compile(r"\d{8}-\d{9}-[a-z-]{1,32}-[0-9a-f]{4}")
STARTING_S = 60.0  # how long a worker may take until it holds its lock


@dataclass(frozen=True)
class Progress:
    """What a run has reported so far."""

    epochs: list[dict[str, Any]]
    """One row an epoch, in order."""
    phase: dict[str, Any] | None
    """The last line, if it is of a phase (`phase`, `done`, `of`) and not of an epoch."""


@dataclass(frozen=True)
class Run:
    """One run's folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def config(self) -> dict[str, Any]:
        """Raises RunError if it cannot be read."""
        try:
            found = read_json(self.folder / "config.json")
        except (OSError, ValueError) as error:
            raise RunError(f"Run {self.id}: config.json cannot be read ({error}).") from None
        if not isinstance(found, dict):
            raise RunError(f"Run {self.id}: config.json is not an object.")
        return found

    @property
    def kind(self) -> str:
        return str(self.config["kind"])

    @property
    def state(self) -> State:
        if self.is_held():
            if self.stop_requested:
                return "stopping"
            return "queued" if (self.worker or {}).get("waiting", True) else "running"
        if (self.folder / "result.json").exists():
            return "finished"
        if (self.folder / "error.json").exists():
            return "failed"
        if self.stop_requested:
            return "stopped"
        started = _age_s(self.folder / "started")
        held_since = _age_s(self.folder / "worker.json")
        if started is not None and started < STARTING_S and (held_since is None or held_since > started):
            return "starting"
        if self.is_held():  # taken while the files above were looked at
            return "running"
        return "interrupted"

    @property
    def stop_requested(self) -> bool:
        return (self.folder / "stop").exists()

    @property
    def worker(self) -> dict[str, Any] | None:
        return self._optional("worker.json")

    @property
    def result(self) -> dict[str, Any] | None:
        return self._optional("result.json")

    @property
    def error(self) -> str | None:
        found = self._optional("error.json")
        return str(found["message"]) if found else None

    @property
    def evaluations(self) -> dict[str, dict[str, Any]]:
        """Split name -> report, of every explicit act of scoring."""
        paths = sorted((self.folder / "evaluations").glob("*.json"))
        return {path.stem: read_json(path) for path in paths}

    def is_held(self) -> bool:
        """Whether a living process works on the run: the operating system frees the lock of a dead one."""
        lock = self.lock()
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        return False

    def lock(self) -> FileLock:
        return FileLock(self.folder / "run.lock", is_singleton=False)

    def progress(self) -> Progress:
        """Every whole line of progress.jsonl; a last line torn by a kill is passed over."""
        try:
            lines = (self.folder / "progress.jsonl").read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return Progress([], None)
        rows: list[dict[str, Any]] = []
        for line in lines[:-1]:  # what follows the last line end is empty or torn
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue  # torn by an earlier kill, then continued
        return Progress([row for row in rows if "epoch" in row], rows[-1] if rows and "phase" in rows[-1] else None)

    @property
    def frames_folder(self) -> Path:
        return self.folder / "frames"

    def frame_paths(self) -> list[tuple[int, Path]]:
        """Epoch and file of every frame a GAN has kept, in order; none from epochs that a resumed run repeats."""
        epochs = self.progress().epochs
        last = epochs[-1]["done"] if epochs else 0
        paths = sorted(self.frames_folder.glob("[0-9]*.npy"))
        return [(int(path.stem), path) for path in paths if int(path.stem) <= last]

    def frames(self) -> list[tuple[int, npt.NDArray[np.generic]]]:
        """Epoch and samples of every frame of `frame_paths`."""
        return [(epoch, np.load(path, allow_pickle=False)) for epoch, path in self.frame_paths()]

    def files(self) -> list[tuple[str, int]]:
        """Name and size in bytes of every file, sorted."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [(str(path.relative_to(self.folder)), path.stat().st_size) for path in paths]

    def _optional(self, name: str) -> dict[str, Any] | None:
        try:
            found = read_json(self.folder / name)
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def runs_folder() -> Path:
    return workspace.home() / "runs"


def create_run(kind: str, config: dict[str, Any]) -> Run:
    """Make a run's folder with its config; nothing starts yet."""
    moment = datetime.now(UTC)
    run_id = f"{moment:%Y%m%d-%H%M%S}{moment.microsecond // 1000:03d}-{kind}-{secrets.token_hex(2)}"
    folder = runs_folder() / run_id
    folder.mkdir(parents=True)
    write_json(folder / "config.json", {"kind": kind, "created": now(), **config})
    return Run(folder)


def open_run(run_id: str) -> Run:
    """The run of that id. Raises RunError if there is none."""
    if not ID.fullmatch(run_id) or not (runs_folder() / run_id / "config.json").is_file():
        raise RunError(f"Unknown run {run_id[:80]!r}: there is no run of that name, or it was deleted.")
    return Run(runs_folder() / run_id)


def list_runs() -> list[Run]:
    """Every run, newest first."""
    folder = runs_folder()
    names = sorted((path.name for path in folder.iterdir()), reverse=True) if folder.is_dir() else []
    return [Run(folder / name) for name in names if ID.fullmatch(name) and (folder / name / "config.json").is_file()]


def delete_run(run: Run) -> None:
    """Remove a run for good. Raises RunError while a process works on it."""
    if run.state in ALIVE:
        raise RunError(f"Run {run.id} is {run.state}: stop it before deleting it.")
    doomed = run.folder.with_name(f".deleted-{run.id}")
    run.folder.rename(doomed)  # at once, so that nobody sees half a run
    shutil.rmtree(doomed)


def now() -> str:
    """The time as an ISO 8601 text in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _age_s(path: Path) -> float | None:
    try:
        return datetime.now(UTC).timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return None
