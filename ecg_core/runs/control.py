"""Starting, stopping and resuming runs, and promoting what they made, from a page or the command line."""

import errno
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from ecg_core import workspace
from ecg_core.errors import ModelError, RunError
from ecg_core.files import write_json
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.learning.options import Options
from ecg_core.runs.config import RunConfig
from ecg_core.runs.folder import ALIVE, Run, list_runs
from ecg_core.tasks.material import Material
from ecg_core.tasks.task import AnyTask, imported
from ecg_core.typed_json import JsonObject
from ecg_core.workspace import now, runs_folder

DOUBLE_CLICK_S = 2.0
PATIENCE_S = 10.0  # between asking a run to stop and killing it


def start(task: AnyTask, material: Material, options: Options) -> Run:
    """Check, create a run and start its worker in a process group of its own; returns at once.

    Asked for the very same within two seconds, by a double click or two pages, it gives the run that lives already.
    Raises WorkbenchError for material or options that cannot be used.
    """
    if not isinstance(material, task.material):
        raise RunError(f"{task.title} cannot be trained on {material.what}.")
    if task.check:
        options = imported(task.check)(material, options)
    chosen = options.to_json()
    asked: JsonObject = {
        "kind": task.kind,
        "options": chosen,
        **material.to_config(),
        "command": command_of(task.command, chosen, task.options().to_json(), material.words()),
    }
    try:
        runs_folder().mkdir(parents=True, exist_ok=True)
        with FileLock(runs_folder() / ".start.lock"):
            newest = next(iter(list_runs()), None)
            if newest and _is_same(newest, asked) and newest.state in ALIVE:
                return newest
            run = _create(task.kind, asked)
            _spawn(run)
    except OSError as error:
        raise RunError(f"A run cannot be started in {runs_folder()}: {_said(error)}.") from None
    return run


def resume(run: Run) -> None:
    """Go on from the last checkpoint. Raises RunError if the run is alive, has finished, or is damaged."""
    run.config()
    state = run.state
    if state in ALIVE:
        raise RunError(f"Run {run.id} is {state} already.")
    if state == "finished":
        raise RunError(f"Run {run.id} has finished: there is nothing to resume.")
    (run.folder / "started").touch()
    for name in ("stop", "error.json", "worker.json"):
        (run.folder / name).unlink(missing_ok=True)
    _spawn(run)


def request_stop(run: Run) -> None:
    """Ask a run to stop at the next batch. Its checkpoint stays. Raises RunError if it is not alive."""
    state = run.state
    if state not in ALIVE:
        raise RunError(f"Run {run.id} is {state}: there is nothing to stop.")
    (run.folder / "stop").touch()


def insist(run: Run, patience_s: float = PATIENCE_S) -> bool:
    """Kill a run that was asked to stop more than `patience_s` ago and still lives; says whether it did.

    Whoever shows a stopping run calls this now and then.
    """
    try:
        asked = (run.folder / "stop").stat().st_mtime
    except FileNotFoundError:
        return False
    worker = run.worker
    if time.time() - asked < patience_s or not worker or not run.is_held():
        return False  # a held lock means that the process named is the one that lives, not one that took its number
    try:
        if os.name == "posix":
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            os.kill(worker.pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True


def stop(run: Run, patience_s: float = PATIENCE_S) -> None:
    """Ask to stop and wait until the run has; kill it when patience ends."""
    request_stop(run)
    while run.state in ALIVE:
        insist(run, patience_s)
        time.sleep(0.1)


def promote(run: Run, name: str, replace_old: bool = False) -> Path:
    """Copy a finished run's model to `models/<name>`, with every evaluation so far in its card.

    Raises RunError if the run has not finished, made no model, the name is not plain, or a model of that name is there
    already and `replace_old` does not say that it may go.
    """
    task, state = run.task, run.state
    if state != "finished":
        raise RunError(f"Run {run.id} is {state}: only a finished run can be promoted.")
    if task is None or task.model is None or not (run.folder / WEIGHTS).exists():
        raise RunError(f"Run {run.id} made no model: there is nothing to promote.")
    if not name.replace("-", "").isalnum() or not name.isascii() or len(name) > 40:
        raise RunError(f"{name!r} cannot be a model's name: use letters, digits and '-', at most 40.")
    try:
        card = load_card(run.folder)
    except ModelError as error:
        raise RunError(f"Run {run.id} made no model that can be promoted: {error}") from None
    evaluations = {part: report.to_json() for part, report in run.evaluations().items()}
    card = replace(card, run=run.id, figures={**card.figures, **evaluations})
    workspace.MODELS.mkdir(parents=True, exist_ok=True)
    target = workspace.MODELS / name
    with FileLock(runs_folder() / f".promote.{name}.lock"):  # not in models/, which is looked at and passed on
        if target.exists() and not replace_old:
            raise RunError(
                f"There is a model called {name!r} already: choose another name, or say that it may be replaced."
            )
        fresh = target.with_name(f".{name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        for file in (WEIGHTS, *task.model.files):
            if (run.folder / file).exists():
                shutil.copy2(run.folder / file, fresh / file)
        write_json(fresh / CARD, card.to_json())
        old = target.with_name(f".{name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    return target


def command_of(words: Sequence[str], options: JsonObject, defaults: JsonObject, more: Sequence[str] = ()) -> str:
    """The command that runs the same again: only options that differ from their default are named."""
    command = ["python", "-m", "ecg_core", *words, *more]
    for name, value in options.items():
        if value == defaults[name]:
            continue
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            command.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            command += [f"--{flag}", str(value)]
    return shlex.join(command)


def _create(kind: str, asked: JsonObject) -> Run:
    """Make the folder of a run that is about to start: whoever looks sees it whole, and starting, or not at all."""
    moment = datetime.now(UTC)
    run_id = f"{moment:%Y%m%d-%H%M%S}{moment.microsecond // 1000:03d}-{kind}-{secrets.token_hex(2)}"
    folder = runs_folder() / run_id
    fresh = folder.with_name(f".{run_id}.new")
    fresh.mkdir(parents=True)
    try:
        write_json(fresh / "config.json", {"kind": kind, "created": now(), **asked})
        (fresh / "started").touch()
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return Run(folder)


def _is_same(run: Run, asked: JsonObject) -> bool:
    try:
        config = run.config()
    except RunError:
        return False
    age_s = time.time() - config.started.timestamp()
    return age_s < DOUBLE_CLICK_S and config == RunConfig.from_json({"created": config.created, **asked}, "the new run")


def _spawn(run: Run) -> None:
    with (run.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ecg_core", "run", str(run.folder)],
            cwd=workspace.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # no zombie while this process lives


def _said(error: OSError) -> str:
    return "the disk is full, make room" if error.errno == errno.ENOSPC else (error.strerror or str(error))
