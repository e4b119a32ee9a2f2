"""What hands do: files taken out of a live run, half of a folder deleted, the clock moved, foreign things put in."""

import os
import random
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.faulting.bench import Bench, until, workers_of
from benchmarks.faulting.outcome import differences
from benchmarks.faulting.races import stopped, twin
from benchmarks.faulting.tally import Tally
from benchmarks.faulting.tiny import Tiny, ended
from benchmarks.faulting.visits import looked_at, serving
from ecg_core.errors import RunError
from ecg_core.runs.changing import lock_file
from ecg_core.runs.control import resume
from ecg_core.runs.folder import ALIVE, Run, delete_run

LONG = ("train", "autoencoder", "--epochs", "200", "--folds", "5")
GONE_S = 30.0


def live_files_removed(bench: Bench) -> list[Tally]:
    """Each file of a live run taken away, and the whole folder: no second worker, and what is shown is so."""
    tally = Tally("files of a live run removed")
    tiny = Tiny(bench)
    unbroken = tiny.finish("autoencoder")
    goes_on = ("progress.jsonl", "worker.json", "checkpoint.safetensors", "log.txt", ".reserved")
    for name in goes_on:
        tally.injected += 1
        run = tiny.start("autoencoder")
        until(lambda run=run: len(run.progress().epochs) >= 2 or run.state not in ALIVE, "an epoch")  # type: ignore[misc]
        (run.folder / name).unlink(missing_ok=True)
        _resumed(tally, run, f"{name} removed")
        ended(run)
        if run.state != "finished":
            tally.lose(f"{name} removed: {run.id} ended {run.state}: {run.error}")
        elif files := differences(run, unbroken):
            tally.differ(f"{name} removed: {run.id} differs in {files}")
    for what, remove in _ENDING.items():
        tally.injected += 1
        run = bench.started(*LONG)
        until(lambda run=run: len(run.progress().epochs) >= 2 or run.state not in ALIVE, "an epoch")  # type: ignore[misc]
        workers = workers_of(run)
        remove(run)
        resumed = _resumed(tally, run, what)
        with suppress(TimeoutError):
            until(lambda workers=workers: not any(Path(f"/proc/{pid}").exists() for pid in workers), what, GONE_S)  # type: ignore[misc]
        if (alive := workers_of(run)) and not resumed:
            tally.lie(f"{what}: process {alive} goes on")
            os.kill(alive[0], 9)
        if what == "folder" and run.folder.exists():
            tally.lie(f"{what}: it came back with {[path.name for path in run.folder.iterdir()]}")
        if what.startswith("lock") and not resumed:
            if run.state != "failed" or "lock" not in (run.error or ""):
                tally.lie(f"{what}: {run.state}, {run.error}")
            if refused := tiny.resume(run):
                tally.lose(f"{what}: {refused}")
            until(lambda run=run: run.state in ("running", "finished"), "it to go on")  # type: ignore[misc]
            stopped(run)
        shown = bench.command("runs", "list")
        if shown.code or not shown.plain:
            tally.lie(f"{what}: runs list {shown.err[-300:]}")
    return [tally]


def _folder(run: Run) -> None:
    while run.folder.exists():
        shutil.rmtree(run.folder, ignore_errors=True)


def _moved_away(run: Run) -> None:
    run.folder.rename(run.folder.with_name("taken away"))


def _left(run: Run) -> list[str]:
    return sorted(path.name for path in run.folder.iterdir())


_ENDING: dict[str, Callable[[Run], None]] = {
    "config.json": lambda run: (run.folder / "config.json").unlink(),
    "lock": lambda run: lock_file(run.folder).unlink(),
    "locks of all runs": lambda run: shutil.rmtree(lock_file(run.folder).parent),
    "folder": _folder,
    "folder moved away": _moved_away,
}


def _resumed(tally: Tally, run: Run, what: str) -> bool:
    """Whether it can be resumed at this moment: only once its process has ended, so that there is never a second."""
    try:
        resume(run)
        done = True
    except RunError:
        done = False
    if len(workers_of(run)) > 1:
        tally.lie(f"{what}: {len(workers_of(run))} workers")
    return done


def half_deleted(bench: Bench, rng: random.Random) -> list[Tally]:
    """Some files of an ended run, chosen by chance, are gone: told on the page and by commands, in words."""
    tally = Tally("run folder half deleted")
    done = Tiny(bench).finish("autoencoder")
    with serving(bench) as server:
        for number in range(10):
            tally.injected += 1
            run = twin(done, 500 + number)
            for path in sorted(run.folder.rglob("*")):
                if path.is_file() and rng.random() < 0.5:
                    path.unlink()
            for words in (("list",), ("show", run.id), ("promote", run.id, "half"), ("resume", run.id)):
                said = bench.command("runs", *words)
                if not said.plain:
                    tally.lie(f"{_left(run)}: {words[0]} says {said.err[-300:]}")
            for problem in looked_at(server, "Runs", f"run={run.id}").problems:
                tally.lie(f"{_left(run)}: page {problem}")
            shutil.rmtree(bench.project / "models" / "half", ignore_errors=True)
            stopped(run)
            said = bench.command("runs", "delete", run.id)
            if said.code or run.folder.exists():
                tally.lie(f"delete says {said.err[-300:]}")
            if done.state != "finished":
                tally.lose(done.id)
    return [tally]


def foreign_files(bench: Bench) -> list[Tally]:
    """Files, pipes, sockets, links and folders of odd names in runs and models: nobody stumbles, and they stay."""
    tally = Tally("foreign things in runs and models")
    done = Tiny(bench).finish("autoencoder")
    names = ["notes.txt", "ü \n\t", "-rf", ".hidden", "20260101-000000000-autoencoder-zzzz", "x" * 200, "card.json"]
    for place in (bench.runs, bench.project / "models", bench.runs / ".queue", bench.runs / ".locks"):
        place.mkdir(exist_ok=True)
        made: list[Path] = []
        for kind in ("file", "folder", "pipe", "link", "loop", "socket"):
            for name in names:
                path = place / f"{name}{kind}"[:250]
                _MAKE[kind](path)
                made.append(path)
        run_like = place / "20260101-000000000-autoencoder-0000"
        os.mkfifo(run_like)
        made.append(run_like)
        tally.injected += len(made)
        for words in (("runs", "list"), ("runs", "show", done.id), ("runs", "show", run_like.name)):
            said = bench.command(*words)
            if not said.plain or (said.code and run_like.name not in words):
                tally.lie(f"{place.name}: {' '.join(words)} says {said.err[-300:]}")
        with serving(bench) as server:
            for page in ("", "Runs", "Autoencoder"):
                visit = looked_at(server, page)
                for problem in visit.problems:
                    tally.lie(f"{place.name}: page {page or 'Home'}: {problem}")
        said = bench.command("runs", "promote", done.id, "beside")
        if said.code:
            tally.lie(f"{place.name}: promote says {said.err[-300:]}")
        shutil.rmtree(bench.project / "models" / "beside", ignore_errors=True)
        again = Tiny(bench).finish("autoencoder")
        delete_run(again)
        for path in made:
            if not os.path.lexists(path):
                tally.lose(f"{place.name}/{path.name!r} of somebody else")
            elif path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
    return [tally]


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one, suppress(OSError):  # a path may be too long for one
        one.bind(str(path))
    if not path.exists():
        path.touch()


_MAKE: dict[str, Callable[[Path], None]] = {
    "file": lambda path: path.touch(),
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "link": lambda path: path.symlink_to("/etc/passwd"),
    "loop": lambda path: path.symlink_to(path),
    "socket": _socket,
}
