"""A training run is a folder. Whoever can read the folder can see the run.

config.json             what was asked for; written once
progress.jsonl          one line an epoch or a step of a phase; only ever appended to while training
checkpoint.safetensors  everything needed to go on
worker.json             the process that works, or worked, on it
stop                    somebody asked to stop
.reserved               room for error.json, so that a full disk can be told
result.json, error.json how it ended
evaluations/            explicit acts of scoring, one file a set of records
model.safetensors, card.json, log.txt

Beside the runs lie their locks, `.locks/<id>.lock`: whether a run lives is told by its process holding that, never by a
clock. The lock is handed to the process at its birth, so there is no moment at which a run that lives looks dead.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ecg_core.access import check_may_change
from ecg_core.errors import RunError
from ecg_core.files import read_array, read_json, removed
from ecg_core.learning.progress import EpochRow, Phase, Progress
from ecg_core.locks import Lock, is_locked, word_of
from ecg_core.runs.changing import changing, deleted, lock_file, said
from ecg_core.runs.config import RunConfig
from ecg_core.runs.process import Worker
from ecg_core.tasks.places import RUN_ID, kind_of_id
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import AnyTask, Report, imported
from ecg_core.typed_json import MOST_SAID, JsonObject, from_json
from ecg_core.workspace import runs_folder

State = Literal["starting", "queued", "running", "stopping", "finished", "stopped", "failed", "interrupted", "damaged"]
ALIVE: tuple[State, ...] = ("starting", "queued", "running", "stopping")
MOST_LOOKS = 3


MOST_FRAME_BYTES = MOST_PROGRESS_BYTES = 64 << 20
FRAME_DIMENSIONS = (3, 4)
"""Beats: (n_beats, n_leads, n_samples) in mV. Images: (n_images, height, width), or with colours."""


@dataclass(frozen=True)
class Result:
    """How a run ended well."""

    report: Report
    finished: str
    """ISO 8601, UTC."""
    seconds: float


@dataclass(frozen=True)
class Run:
    """One run's folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def kind(self) -> str:
        """The kind as its id says it: without opening the run."""
        return kind_of_id(self.id)

    @property
    def task(self) -> AnyTask | None:
        """What it is a run of; None for a kind nobody knows here."""
        return REGISTRY.get(self.kind)

    def config(self) -> RunConfig:
        """What was asked for. Raises RunError if it cannot be read or is of an unknown kind."""
        what = f"Run {self.id}: config.json"
        if self.folder.is_symlink():  # to whatever lies elsewhere: its files are none of ours to list or delete
            raise RunError(f"Run {self.id} is a link, not a folder: put the folder itself in its place, or delete it.")
        try:
            value = read_json(self.folder / "config.json")
        except (FileNotFoundError, ValueError) as error:
            raise RunError(f"{what} cannot be read ({error}).") from None
        config = RunConfig.from_json(value, what)
        if config.kind != self.kind or config.kind not in REGISTRY:
            raise RunError(f"{what} is of unknown kind {config.kind[:40]!r}: expected {', '.join(REGISTRY)}.")
        try:
            REGISTRY[config.kind].options.from_json(config.options)
        except RunError as error:
            raise RunError(f"{what} is damaged: {str(error)[:MOST_SAID]}") from None
        return config

    @property
    def state(self) -> State:
        state = self._state_seen()
        for _ in range(MOST_LOOKS):
            if state in ALIVE or not self.is_held():
                break
            state = self._state_seen()  # resumed while its files were looked at
        return state

    def _state_seen(self) -> State:
        if self.is_held():
            worker = self.worker
            return "stopping" if self.stop_requested else worker.stage if worker else "queued"
        if (self.folder / "result.json").exists():
            return "finished"
        if (self.folder / "error.json").exists():
            return "failed"
        return "stopped" if self.stop_requested else "interrupted"

    @property
    def stop_requested(self) -> bool:
        return (self.folder / "stop").exists()

    @property
    def worker(self) -> Worker | None:
        """The process that works, or worked, on it: as its lock says, which nobody removes with the run's files."""
        word = word_of(lock_file(self.folder))
        if word:
            try:
                return from_json(Worker, json.loads(word), "lock", RunError)
            except (ValueError, RunError):
                pass  # being written at this moment
        value = self._optional("worker.json")
        try:
            return from_json(Worker, value, "worker.json", RunError) if value else None
        except RunError:
            return None

    def result(self) -> Result | None:
        """How it ended, or None if it has not. Raises RunError if that cannot be read."""
        what = f"Run {self.id}: result.json"
        try:
            value = read_json(self.folder / "result.json")
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise RunError(f"{what} cannot be read ({error}).") from None
        task = self.task
        if task is None:
            raise RunError(f"{what} is of unknown kind {self.kind!r}.")
        ended = from_json(_Ended, value, what, RunError)
        report = task.result.from_json(value, what, RunError)
        if task.judged:
            report = imported(task.judged)(self.folder, report)
        return Result(report, ended.finished, ended.seconds)

    @property
    def error(self) -> str | None:
        """Why it failed; None if it did not."""
        value = self._optional("error.json")
        if value is None:
            return None
        return str(value.get("message", "no reason was kept"))

    def evaluations(self) -> dict[str, Any]:
        """Part -> report, of every explicit act of judging. Raises RunError if one is damaged."""
        task = self.task
        if task is None or task.model is None or task.model.report is None:
            return {}
        reports = {}
        for path in sorted((self.folder / "evaluations").glob("*.json")):
            what = f"Run {self.id}: evaluations/{path.name}"
            try:
                value = read_json(path)
            except (FileNotFoundError, ValueError) as error:
                raise RunError(f"{what} cannot be read ({error}).") from None
            reports[path.stem] = task.model.report.from_json(value, what, RunError)
        return reports

    def is_held(self) -> bool:
        """Whether a living process works on the run: the operating system frees the lock of a dead one."""
        path = lock_file(self.folder)
        if is_locked(path):
            return True
        if path.exists():
            return False
        worker = self.worker  # its lock was removed: it ends as soon as it finds out
        return worker is not None and worker.works_in(self.folder)

    def lock(self) -> Lock:
        """The lock of the process that works on it, not taken yet."""
        return Lock(lock_file(self.folder))

    def progress(self) -> Progress:
        """What it has reported; lines torn by a kill, or that are none, are passed over."""
        path = self.folder / "progress.jsonl"
        try:
            if not path.is_file() or path.stat().st_size > MOST_PROGRESS_BYTES:  # a pipe would be waited for
                return Progress()
            lines = path.read_bytes().split(b"\n")
        except OSError:
            return Progress()
        rows: list[EpochRow | Phase] = []
        for line in lines[:-1]:  # what follows the last line end is empty or torn
            row = _progress_row(line)
            if row is not None:
                rows.append(row)
        last = rows[-1] if rows else None
        epochs = tuple(row for row in rows if isinstance(row, EpochRow))
        return Progress(epochs, last if isinstance(last, Phase) else None)

    @property
    def frames_folder(self) -> Path:
        return self.folder / "frames"

    def frame_paths(self) -> list[tuple[int, Path]]:
        """Epoch and file of every frame a GAN has kept, in order; none from epochs that a resumed run repeats."""
        last = self.progress().last
        paths = sorted(self.frames_folder.glob("[0-9]*.npy"))
        return [(int(path.stem), path) for path in paths if last and int(path.stem) <= last.done]

    def frames(self) -> list[tuple[int, npt.NDArray[np.generic]]]:
        """Epoch and samples of every frame of `frame_paths`, but those that are damaged."""
        kept = ((epoch, frame_of(path)) for epoch, path in self.frame_paths())
        return [(epoch, samples) for epoch, samples in kept if samples is not None]

    def files(self) -> list[tuple[str, int]]:
        """Name and size in bytes of every file, sorted."""
        if self.folder.is_symlink():
            return []
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name[0] != ".")
        return [(str(path.relative_to(self.folder)), path.stat().st_size) for path in paths]

    def has_model(self) -> bool:
        """Whether it made a model that can be judged and promoted."""
        return (self.folder / "card.json").is_file()

    def _optional(self, name: str) -> JsonObject | None:
        try:
            value = read_json(self.folder / name)
        except (FileNotFoundError, ValueError):
            return None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True)
class _Ended:
    finished: str
    seconds: float


@dataclass(frozen=True)
class RunSummary:
    """A run as it is listed: everything read once, and checked. A damaged run is listed with its problem."""

    run: Run
    state: State
    config: RunConfig | None
    result: Result | None
    progress: Progress
    problem: str = ""
    """Why config or result cannot be read; empty if they can."""

    @property
    def title(self) -> str:
        """What it is, such as `Beat GAN, class V`."""
        task = self.run.task
        if task is None:
            return self.run.kind
        return task.title_of(self.config.options) if self.config else task.title

    @property
    def class_label(self) -> str:
        """The class it makes, if it trains a generator; else empty."""
        task = self.run.task
        return task.class_of(self.config.options) if task and self.config else ""

    @property
    def unit(self) -> str:
        """What it works on."""
        task = self.run.task
        return task.unit_of(self.config.options) if task and self.config else ""


def summary_of(run: Run) -> RunSummary:
    """Read a run once. Never raises for what its folder holds."""
    try:
        config = run.config()
    except RunError as error:
        living = " It is still being worked on: stop it." if run.is_held() else ""
        return RunSummary(run, "damaged", None, None, Progress(), f"{error}{living}")
    state = run.state
    try:
        return RunSummary(run, state, config, run.result(), run.progress())
    except RunError as error:
        return RunSummary(run, "damaged", config, None, run.progress(), str(error))


def frame_of(path: Path) -> npt.NDArray[np.generic] | None:
    """The samples of a frame; None for a file that holds none, or values that are no numbers."""
    try:
        if path.stat().st_size > MOST_FRAME_BYTES:
            return None
        samples: npt.NDArray[np.generic] = read_array(path)
    except (OSError, ValueError):
        return None
    if samples.ndim not in FRAME_DIMENSIONS or not samples.size or not np.isfinite(samples).all():
        return None
    return samples


def open_run(run_id: str) -> Run:
    """The run of that id. Raises RunError if there is none."""
    if not RUN_ID.fullmatch(run_id) or not (runs_folder() / run_id).is_dir():
        raise RunError(f"Unknown run {run_id[:80]!r}: there is no run of that name, or it was deleted.")
    return Run(runs_folder() / run_id)


def list_runs() -> list[Run]:
    """Every run, newest first."""
    folder = runs_folder()
    names = sorted((path.name for path in folder.iterdir()), reverse=True) if folder.is_dir() else []
    return [Run(folder / name) for name in names if RUN_ID.fullmatch(name) and (folder / name).is_dir()]


def delete_run(run: Run) -> None:
    """Remove a run for good. Raises RunError while a process works on it, or if it is gone already."""
    check_may_change()
    doomed = run.folder.with_name(f".deleted-{run.id}-{secrets.token_hex(4)}")
    with changing(run.folder):
        state = run.state
        if state in ALIVE:
            raise RunError(f"Run {run.id} is {state}: stop it before deleting it.")
        try:
            run.folder.rename(doomed)  # at once, so that nobody sees half a run
        except FileNotFoundError:
            raise deleted(run.folder) from None
        except OSError as error:
            raise RunError(f"Run {run.id} cannot be deleted: {said(error)}.") from None
    removed(doomed)


def _progress_row(line: bytes) -> EpochRow | Phase | None:
    """A line of progress.jsonl; None for one that was torn by a kill, or is none of ours."""
    try:
        value = json.loads(line)
        if not isinstance(value, dict):
            return None
        if "phase" in value:
            return from_json(Phase, value, "progress", RunError)
        return EpochRow.from_json(value, "progress")
    except (ValueError, RecursionError, RunError):
        return None
