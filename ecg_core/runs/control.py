"""Starting, stopping and resuming runs, and promoting what they made, from a page or the command line."""

import json
import math
import secrets
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ecg_core import workspace
from ecg_core.access import check_may_change
from ecg_core.errors import ModelError, RunError
from ecg_core.files import FileState, removed, replaced, write_json
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.learning.options import Options
from ecg_core.learning.placed_model import alone_among, fresh_of, put_in_place
from ecg_core.locks import Lock, word_of
from ecg_core.quotas import check_room_for_a_run
from ecg_core.runs import failure
from ecg_core.runs.changing import LOCKS, PATIENCE_S, changing, deleted, lock_file, said
from ecg_core.runs.config import RunConfig
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.runs.process import Worker
from ecg_core.runs.queue import check_room, leave, take_ticket
from ecg_core.tasks.material import Material
from ecg_core.tasks.task import AnyTask, imported
from ecg_core.typed_json import JsonObject, to_json
from ecg_core.workspace import now, runs_folder

DOUBLE_CLICK_S = 2.0
STOP_S = 10.0  # between asking a run to stop and killing it


def start(task: AnyTask, material: Material, options: Options) -> Run:
    """Check, create a run and start its worker in a process group of its own; returns at once.

    Asked for the very same within two seconds, by a double click or two pages, it gives the run that lives already.
    Raises WorkbenchError for material or options that cannot be used.
    """
    check_may_change()
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
    lock = start_lock()
    try:
        if not lock.acquire(PATIENCE_S):
            raise RunError("Somebody else has been starting a run for long: try again in a moment.")
        with lock:
            last = _last_started(lock)
            if last and _is_same(last, asked) and last.state in ALIVE:
                return last
            check_room()
            check_room_for_a_run(runs_folder())
            lock.write(b"{}")  # takes its room first: on a full disk nothing is begun
            run = _create(task.kind, asked)
            lock.write(json.dumps({"run": run.id, "at": time.monotonic()}).encode())
    except OSError as error:
        raise RunError(f"A run cannot be started in {runs_folder()}: {said(error)}.") from None
    return run


def start_lock() -> Lock:
    """The lock of whoever starts a run: one at a time."""
    return Lock(runs_folder() / LOCKS / "start")


def resume(run: Run) -> None:
    """Go on from the last checkpoint. Raises RunError if the run is alive, has finished, was deleted, or is damaged."""
    check_may_change()
    with changing(run.folder):
        run.config()
        state = run.state
        if state in ALIVE:
            raise RunError(f"Run {run.id} is {state} already.")
        if state == "finished":
            raise RunError(f"Run {run.id} has finished: there is nothing to resume.")
        check_room()
        try:
            failure.make_room(run.folder)
            with run.lock() as lock:
                _announce(lock)
                take_ticket(run)
                for name in ("stop", "error.json", "worker.json"):
                    (run.folder / name).unlink(missing_ok=True)
                _spawn(run, lock)
        except OSError as error:
            leave(run)
            raise RunError(f"Run {run.id} cannot be resumed: {said(error)}.") from None


def request_stop(run: Run) -> None:
    """Ask a run to stop at the next batch. Its checkpoint stays. Raises RunError if it is not alive."""
    check_may_change()
    if not run.folder.is_dir():
        raise deleted(run.folder)
    state = run.state
    if state not in ALIVE:
        raise RunError(f"Run {run.id} is {state}: there is nothing to stop.")
    stop_file = run.folder / "stop"
    try:
        stop_file.touch()
        stop_file.write_text(f"{time.monotonic():.3f}\n", encoding="ascii")
    except FileNotFoundError:
        raise deleted(run.folder) from None
    except OSError as error:
        if not stop_file.exists():
            raise RunError(f"Run {run.id} cannot be stopped: {said(error)}.") from None


def insist(run: Run, patience_s: float = STOP_S) -> bool:
    """Kill a run that was asked to stop more than `patience_s` ago and still lives; says whether it did.

    Whoever shows a stopping run calls this now and then.
    """
    asked_s = _asked_s_ago(run.folder / "stop")
    if asked_s is None or asked_s < patience_s or not run.is_held():
        return False
    worker = run.worker
    return worker is not None and worker.kill()  # a held lock, and the very process that is named as its holder


def stop(run: Run, patience_s: float = STOP_S) -> None:
    """Ask to stop and wait until the run has; kill it when patience ends."""
    request_stop(run)
    while run.state in ALIVE:
        insist(run, patience_s)
        time.sleep(0.1)


def promote(run: Run, name: str, replace_old: bool = False) -> Path:
    """Copy a finished run's model to `models/<name>`, with every evaluation so far in its card.

    Raises RunError if the run has not finished, made no model, was deleted, the name is not plain, a model of that name
    is there already and `replace_old` does not say that it may go, or somebody else has put another there meanwhile.
    """
    check_may_change()
    task, target = run.task, workspace.MODELS / name
    plain = name.replace("-", "").isalnum() and name.isascii() and len(name) <= 40 and name[0] != "-"
    seen = FileState.of(target / CARD) if plain else None  # what may be replaced: not what comes while we wait
    with changing(run.folder):
        state = run.state
        if state != "finished":
            raise RunError(f"Run {run.id} is {state}: only a finished run can be promoted.")
        if task is None or task.model is None or not (run.folder / WEIGHTS).exists():
            raise RunError(f"Run {run.id} made no model: there is nothing to promote.")
        if not plain:
            raise RunError(f"{name!r} cannot be a model's name: use letters, digits and '-', at most 40.")
        try:
            card = load_card(run.folder)
        except ModelError as error:
            raise RunError(f"Run {run.id} made no model that can be promoted: {error}") from None
        evaluations = {part: report.to_json() for part, report in run.evaluations().items()}
        card = replace(card, run=run.id, figures={**card.figures, **evaluations})
        try:
            workspace.MODELS.mkdir(parents=True, exist_ok=True)
            with alone_among(workspace.MODELS, PATIENCE_S) as alone:
                if not alone:
                    raise RunError("Somebody else is promoting a model: try again in a moment.")
                if target.exists():
                    _check_replaced(target, seen, replace_old)
                fresh = fresh_of(target)
                try:
                    fresh.mkdir()
                    for file in (WEIGHTS, *task.model.files):
                        if (run.folder / file).exists():
                            with replaced(fresh / file) as temporary:
                                shutil.copy2(run.folder / file, temporary)
                    write_json(fresh / CARD, card.to_json())
                    put_in_place(fresh, target)
                finally:
                    removed(fresh)
        except OSError as error:
            raise RunError(f"Run {run.id} cannot be promoted to {target}: {said(error)}.") from None
    return target


def _check_replaced(target: Path, seen: FileState | None, replace_old: bool) -> None:
    """Raise RunError unless the model that is there is the one that may go."""
    if FileState.of(target / CARD) != seen:
        try:
            promoted = f"run {load_card(target).run}"
        except ModelError:
            promoted = "another run"
        raise RunError(
            f"Somebody promoted {promoted} as {target.name!r} a moment ago: choose another name, or say again that it "
            "may be replaced."
        )
    if not replace_old:
        raise RunError(
            f"There is a model called {target.name!r} already: choose another name, or say that it may be replaced."
        )


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
    """Make a run's folder and its process: whoever looks sees it whole, and starting, or not at all."""
    moment = datetime.now(UTC)
    run_id = f"{moment:%Y%m%d-%H%M%S}{moment.microsecond // 1000:03d}-{kind}-{secrets.token_hex(2)}"
    run = Run(runs_folder() / run_id)
    fresh = run.folder.with_name(f".{run_id}.new")
    fresh.mkdir(parents=True)
    try:
        with run.lock() as lock:
            _announce(lock)
            write_json(fresh / "config.json", {"kind": kind, "created": now(), **asked})
            failure.make_room(fresh)
            take_ticket(run)
            fresh.rename(run.folder)
            _spawn(run, lock)
    except BaseException:
        for folder in (fresh, run.folder):
            removed(folder)
        lock_file(run.folder).unlink(missing_ok=True)
        leave(run)
        raise
    return run


def _last_started(lock: Lock) -> Run | None:
    """The run that was started last, if that was a double click ago: by a clock that nobody moves."""
    try:
        said_last = json.loads(word_of(lock.path) or b"{}")
        if not 0 <= time.monotonic() - float(said_last["at"]) < DOUBLE_CLICK_S:
            return None
        return Run(runs_folder() / str(said_last["run"]))
    except (ValueError, KeyError, TypeError):
        return None


def _is_same(run: Run, asked: JsonObject) -> bool:
    try:
        config = run.config()
    except RunError:
        return False
    return config == RunConfig.from_json({"created": config.created, **asked}, "the new run")


def _asked_s_ago(stop_file: Path) -> float | None:
    """How long ago a run was asked to stop; None if it was not. After a start of the computer it is long ago."""
    try:
        asked = float(stop_file.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):  # asked on a full disk, or by hand: the file alone says when
        try:
            return abs(time.time() - stop_file.stat().st_mtime)
        except OSError:
            return None
    ago = time.monotonic() - asked
    return max(ago, 0.0) if ago > -DOUBLE_CLICK_S else math.inf  # the time is written rounded


def _announce(lock: Lock) -> None:
    lock.write(json.dumps(to_json(Worker(0, now(), "starting"))).encode())


def _spawn(run: Run, lock: Lock) -> None:
    """Start the process that works on a run, and hand it the run's lock."""
    handed = ("--lock", str(lock.descriptor)) if sys.platform != "win32" else ()
    if not handed:
        lock.release()
    with (run.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ecg_core", "run", str(run.folder), *handed],
            cwd=workspace.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[lock.descriptor] if handed else (),
        )
    threading.Thread(target=process.wait, daemon=True).start()  # no zombie while this process lives
