"""Two processes that do something to the same run, or the same name of a model, at one moment."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faulting.bench import Bench, until, workers_of
from benchmarks.faulting.tally import Tally
from benchmarks.faulting.tiny import Tiny
from ecg_core.learning.checkpoint import read_checkpoint
from ecg_core.runs.control import stop
from ecg_core.runs.folder import ALIVE, Run, delete_run

_SERVANT = """
import json, sys, time
from pathlib import Path
from ecg_core.errors import RunError
from ecg_core.runs import control
from ecg_core.runs.folder import Run, delete_run
for line in sys.stdin:
    asked = json.loads(line)
    run = Run(Path(asked["run"]))
    acts = {
        "promote": lambda: control.promote(run, asked["name"]),
        "replace": lambda: control.promote(run, asked["name"], True),
        "delete": lambda: delete_run(run),
        "resume": lambda: control.resume(run),
    }
    while time.monotonic() < asked["at"]:
        pass
    try:
        acts[asked["act"]]()
        said = "ok"
    except RunError as error:
        said = f"RunError: {error}"
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    print(json.dumps(said), flush=True)
"""
HEAD_START_S = 0.03


@dataclass
class Pair:
    """Two processes that wait to be told what to do."""

    processes: "tuple[subprocess.Popen[str], subprocess.Popen[str]]"

    def at_once(self, first: tuple[str, Run], second: tuple[str, Run], name: str = "race") -> list[str]:
        """What each is told: `ok`, or its exception."""
        import time

        at = time.monotonic() + HEAD_START_S
        for process, (act, run) in zip(self.processes, (first, second), strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps({"act": act, "run": str(run.folder), "name": name, "at": at}) + "\n")
            process.stdin.flush()
        return [json.loads(process.stdout.readline()) for process in self.processes if process.stdout]


@contextmanager
def pair(bench: Bench) -> Iterator[Pair]:
    """The two, ready."""
    first, second = (
        subprocess.Popen(
            [sys.executable, "-c", _SERVANT], cwd=bench.project, env=bench.environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(2)
    )  # fmt: skip
    try:
        yield Pair((first, second))
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def race(bench: Bench, rounds: int) -> list[Tally]:
    """Every pair of acts, so many rounds."""
    finished = Tiny(bench).finish("autoencoder")
    with pair(bench) as two:
        return [
            _promotions(bench, two, finished, rounds, "promote"),
            _promotions(bench, two, finished, rounds, "replace"),
            _rounds(bench, two, finished, rounds, ("delete", "delete")),
            _rounds(bench, two, finished, rounds, ("promote", "delete")),
            _rounds(bench, two, finished, rounds, ("delete", "resume"), done=False),
            _rounds(bench, two, finished, rounds, ("resume", "resume"), done=False),
        ]


def twin(run: Run, number: int, done: bool = True, weight: float | None = None) -> Run:
    """A copy of a finished run under another id; not `done`: one that was interrupted."""
    day, _, rest = run.id.split("-", 2)
    other = Run(run.folder.with_name(f"{day}-{number:09d}-{rest}"))
    shutil.copytree(run.folder, other.folder)
    if not done:
        (other.folder / "result.json").unlink()
    if weight is not None:
        card = json.loads((other.folder / "card.json").read_text(encoding="utf-8"))
        (other.folder / "card.json").write_text(json.dumps({**card, "command": f"weight {weight}"}), encoding="utf-8")
        from safetensors.numpy import load_file, save_file

        arrays = load_file(other.folder / "model.safetensors")
        save_file(
            {name: array * 0 + weight for name, array in arrays.items()}, other.folder / "model.safetensors",
            metadata={"values": json.dumps(read_checkpoint(other.folder / "model.safetensors").values)},
        )  # fmt: skip
    return other


def _promotions(bench: Bench, two: Pair, finished: Run, rounds: int, act: str) -> Tally:
    """Two runs, told apart by their weights and their cards, for one name."""
    tally = Tally(f"two at once: {act} x {act}")
    runs = (twin(finished, 1, weight=1.0), twin(finished, 2, weight=2.0))
    models = bench.project / "models"
    for _ in range(rounds):
        tally.injected += 1
        if act == "promote":
            shutil.rmtree(models / "race", ignore_errors=True)
        said = two.at_once((act, runs[0]), (act, runs[1]))
        _told(tally, said)
        if "ok" not in said:
            tally.lose(f"nobody promoted: {said}")
        _whole(tally, models)
    for run in runs:
        delete_run(run)
    shutil.rmtree(models / "race", ignore_errors=True)
    return tally


def _whole(tally: Tally, models: Path) -> None:
    """The model is there, its weights and its card are of one run, and nothing lies beside it."""
    try:
        card = json.loads((models / "race" / "card.json").read_text(encoding="utf-8"))
        stored = read_checkpoint(models / "race" / "model.safetensors")
    except OSError as error:
        tally.lose(f"no whole model: {error}")
        return
    weights = {float(array.flat[0]) for array in stored.arrays.values() if array.size}
    if {card["command"]} != {f"weight {weight}" for weight in weights}:
        tally.lose(f"card of {card['command']!r}, weights {weights}")
    if litter := [path.name for path in models.iterdir() if path.name.startswith(".")]:
        tally.lie(f"litter in models: {litter}")


def _rounds(bench: Bench, two: Pair, finished: Run, rounds: int, acts: tuple[str, str], done: bool = True) -> Tally:
    """Two acts on one run, a new one each round."""
    tally = Tally(f"two at once: {acts[0]} x {acts[1]}")
    models = bench.project / "models"
    for number in range(rounds):
        tally.injected += 1
        run = twin(finished, 100 + number, done)
        said = two.at_once((acts[0], run), (acts[1], run))
        _told(tally, said)
        _judge(tally, run, acts, said, models)
        _clear(run)
        shutil.rmtree(models / "race", ignore_errors=True)
        litter = [path.name for path in bench.runs.iterdir() if path.name.startswith((".deleted", f".{run.id}"))]
        litter += [path.name for path in (bench.runs / ".locks").iterdir() if path.name.startswith(run.id)]
        if litter or run.folder.exists():
            tally.lie(f"litter: {litter or run.id}")
    return tally


def _judge(tally: Tally, run: Run, acts: tuple[str, str], said: list[str], models: Path) -> None:
    ok = [act for act, word in zip(acts, said, strict=True) if word == "ok"]
    workers = len(workers_of(run))
    if not ok:
        tally.lose(f"both were refused: {said}")
    if workers > 1:
        tally.lie(f"{workers} workers on one run")
    if acts[0] == acts[1] and len(ok) != 1:
        tally.lie(f"both were told ok: {said}")
    if "delete" in ok and run.folder.exists():
        tally.lie(f"deleted and still there: {[path.name for path in run.folder.iterdir()]}")
    if "delete" in ok and "resume" in ok:
        tally.lie("deleted and resumed")
    if ok == ["resume"] and run.state not in (*ALIVE, "finished"):
        tally.lie(f"resumed and {run.state}: {run.error}")
    if "promote" in ok and not (models / "race" / "model.safetensors").exists():
        tally.lose("promoted and not there")


def _told(tally: Tally, said: list[str]) -> None:
    for word in said:
        if word != "ok" and not word.startswith("RunError: "):
            tally.lie(f"told {word[:200]}")


def _clear(run: Run) -> None:
    for pid in workers_of(run):
        os.kill(pid, 9)
    until(lambda: not run.is_held(), "the worker to be gone")
    if run.folder.exists():
        delete_run(run)
    ticket: Callable[[Path], bool] = lambda path: path.name.endswith(run.id)  # noqa: E731
    for path in filter(ticket, (run.folder.parent / ".queue").glob("*")):
        path.unlink(missing_ok=True)


def stopped(run: Run) -> None:
    """Stop a run if it lives."""
    if run.state in ALIVE:
        stop(run)
