"""SIGKILL of the worker, at seeded moments, of every kind of task: each resumed and compared with an unbroken run."""

import random
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.faulting.bench import Bench, kill, until, workers_of
from benchmarks.faulting.outcome import differences
from benchmarks.faulting.tally import Tally
from benchmarks.faulting.tiny import Tiny, ended
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.runs.leftovers import half_written

KILLS_A_RUN = 5
ENDS_S = 60.0


def kill_workers(bench: Bench, kind: str, kills: int, rng: random.Random) -> list[Tally]:
    """So many kills of workers of one kind."""
    return [_of_kind(Tiny(bench), kind, kills, rng)] if kills else []


def _of_kind(tiny: Tiny, kind: str, kills: int, rng: random.Random) -> Tally:
    tally = Tally(f"SIGKILL of the worker: {kind}")
    began = time.monotonic()
    unbroken = tiny.finish(kind)
    took_s = time.monotonic() - began
    while tally.injected < kills:
        before = tally.injected
        run = tiny.start(kind)
        for _ in range(min(KILLS_A_RUN, kills - tally.injected)):
            time.sleep(rng.uniform(0, took_s * 0.7))
            if not _kill(run, tally):
                break
            if refused := tiny.resume(run):
                tally.lose(f"{run.id} is not resumed: {refused}")
                break
        ended(run)
        if run.state != "finished":
            tally.lose(f"{run.id} ended {run.state}: {run.error}")
        elif files := differences(run, unbroken):
            tally.differ(f"{run.id}: {', '.join(files)}")
        if left := [path.name for path in half_written(run.folder)]:
            tally.lie(f"{run.id} keeps {left}")
        if tally.injected == before:
            took_s *= 0.7  # it had finished before its kill came
    return tally


def _kill(run: Run, tally: Tally) -> bool:
    """Kill a run's process; False if it had ended."""
    told = len(run.progress().epochs)
    if run.state not in ALIVE:
        return False
    killed = [pid for pid in workers_of(run) if kill(pid)]
    if not killed:
        return False
    tally.injected += 1
    until(lambda: not any(map(_has_threads, killed)), "the killed process to have ended", ENDS_S)
    # a command that has just started it has the lock too, until it has handed it over
    until(lambda: run.state != "starting", "whoever started it to have let go", ENDS_S)
    state = run.state
    expected = "finished" if (run.folder / "result.json").exists() else "interrupted"
    if state != expected:
        tally.lie(f"{run.id} is {state} after a kill, expected {expected}")
    if len(run.progress().epochs) < told:
        tally.lose(f"{run.id} told of {told} epochs, and after the kill of {len(run.progress().epochs)}")
    return state != "finished"


def _has_threads(pid: int) -> bool:
    """Whether any thread of a process is still there: the last one to go frees what the process held."""
    for status in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            if status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] not in "ZX":
                return True
    return False
