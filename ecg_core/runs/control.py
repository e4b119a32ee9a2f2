"""Starting, stopping and resuming runs, from a page or the command line."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from ecg_core import workspace
from ecg_core.errors import RunError
from ecg_core.files import read_json, write_json
from ecg_core.runs.folder import ALIVE, Run, create_run, list_runs, runs_folder

DOUBLE_CLICK_S = 2.0
PATIENCE_S = 10.0  # between asking a run to stop and killing it
MODEL_FILES = ("model.safetensors", "card.json")
FIDELITY = "fidelity.json"
"""Beside a GAN's card, once it was judged."""


def start(kind: str, config: dict[str, Any]) -> Run:
    """Create a run and start its worker in a process group of its own; returns at once.

    Asked for the very same within two seconds, by a double click or two pages, it gives the run that lives already.
    """
    runs_folder().mkdir(parents=True, exist_ok=True)
    with FileLock(runs_folder() / ".start.lock"):
        newest = next(iter(list_runs()), None)
        if newest and _same(newest, kind, config) and newest.state in ALIVE:
            return newest
        run = create_run(kind, config)
        _spawn(run)
    return run


def resume(run: Run) -> None:
    """Go on from the last checkpoint. Raises RunError if the run is alive or has finished."""
    state = run.state
    if state in ALIVE:
        raise RunError(f"Run {run.id} is {state} already.")
    if state == "finished":
        raise RunError(f"Run {run.id} has finished: there is nothing to resume.")
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
    pid = int(worker["pid"])
    try:
        if os.name == "posix":
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True


def stop(run: Run, patience_s: float = PATIENCE_S) -> None:
    """Ask to stop and wait until the run has; kill it when patience ends."""
    request_stop(run)
    while run.state in ALIVE:
        insist(run, patience_s)
        time.sleep(0.1)


def promote(run: Run, name: str, replace: bool = False) -> Path:
    """Copy a finished run's model to `models/<name>`, with every evaluation so far in its card.

    Raises RunError if the run has not finished, the name is not plain, or a model of that name is there already and
    `replace` does not say that it may go.
    """
    if run.state != "finished":
        raise RunError(f"Run {run.id} is {run.state}: only a finished run can be promoted.")
    if not (run.folder / MODEL_FILES[0]).exists():
        raise RunError(f"Run {run.id} made no model: there is nothing to promote.")
    if not name.replace("-", "").isalnum() or not name.isascii() or len(name) > 40:
        raise RunError(f"{name!r} cannot be a model's name: use letters, digits and '-', at most 40.")
    card = {**read_json(run.folder / "card.json"), "run": run.id}
    card["figures"] = {**card.get("figures", {}), **run.evaluations}
    target = workspace.MODELS / name
    if target.exists() and not replace:
        raise RunError(
            f"There is a model called {name!r} already: choose another name, or say that it may be replaced."
        )
    fresh = target.with_name(f".{name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    shutil.copy2(run.folder / MODEL_FILES[0], fresh / MODEL_FILES[0])
    if (run.folder / FIDELITY).exists():
        shutil.copy2(run.folder / FIDELITY, fresh / FIDELITY)
    write_json(fresh / MODEL_FILES[1], card)
    old = target.with_name(f".{name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target


def reproduce_command(kind: str, options: dict[str, Any], defaults: dict[str, Any], extra: list[str]) -> str:
    """The command that trains the same again: only options that differ from their default are named."""
    return _command(["train", kind, *extra], options, defaults)


def study_command(what: str, options: dict[str, Any], defaults: dict[str, Any]) -> str:
    """The command that makes the same study again."""
    return _command(["study", what], options, defaults)


def _command(first: list[str], options: dict[str, Any], defaults: dict[str, Any]) -> str:
    words = ["python", "-m", "ecg_core", *first]
    for name, value in options.items():
        if value != defaults[name]:
            flag = "--" + name.replace("_", "-")
            words += (
                [flag if value else flag.replace("--", "--no-", 1)] if isinstance(value, bool) else [flag, str(value)]
            )
    return shlex.join(words)


def _same(run: Run, kind: str, config: dict[str, Any]) -> bool:
    there = run.config
    age_s = time.time() - datetime.fromisoformat(there.pop("created")).timestamp()
    return age_s < DOUBLE_CLICK_S and there == {"kind": kind, **config}


def _spawn(run: Run) -> None:
    (run.folder / "started").touch()
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
