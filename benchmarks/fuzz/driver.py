"""Processes that judge inputs: one that hangs or dies is counted with the input it had, and another goes on."""

import itertools
import multiprocessing
import os
import random
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

from benchmarks.fuzz.guarded import guard
from benchmarks.fuzz.judging import Case, Target, Verdict, judge

ROOM_BYTES = 3 << 30
"""Address space a worker may take beyond what it has when its target is ready."""
BLOCKED_S = 20.0
"""A worker that sleeps so long over one input waits for what never comes."""
HUNG_CPU_S = 30.0
REPORT_EVERY = 100
LONGEST_S = 2.0


@dataclass
class Found:
    """Findings of one cause."""

    problem: str
    count: int = 0
    first: int = 0
    """Number of the first input: with the seed it makes the input again."""
    variant: str = ""
    told: str = ""
    content: bytes = b""


@dataclass
class Tally:
    """What became of the inputs of one target."""

    target: str
    counts: Counter[str] = field(default_factory=Counter)
    worst_cpu_s: float = 0.0
    growth_mb: float = 0.0
    cpu_s: float = 0.0
    found: dict[str, Found] = field(default_factory=dict)

    def add(self, verdict: Verdict, number: int, case: Case) -> None:
        self.counts[verdict.kind] += 1
        self.cpu_s += verdict.cpu_s
        self.worst_cpu_s = max(self.worst_cpu_s, verdict.cpu_s)
        self.growth_mb = max(self.growth_mb, verdict.growth_mb)
        if verdict.kind == "finding":
            one = self.found.setdefault(
                verdict.problem, Found(verdict.problem, 0, number, case.variant, verdict.told, case.content[:1_000_000])
            )
            one.count += 1

    def merge(self, other: "Tally") -> None:
        """Take in what another process counted."""
        self.counts += other.counts
        self.cpu_s += other.cpu_s
        self.worst_cpu_s = max(self.worst_cpu_s, other.worst_cpu_s)
        self.growth_mb = max(self.growth_mb, other.growth_mb)
        for problem, one in other.found.items():
            if problem in self.found:
                self.found[problem].count += one.count
            else:
                self.found[problem] = one


def rng_of(seed: int, target: str, number: int) -> random.Random:
    """The generator of one input: the same for the same seed, target and number."""
    return random.Random(f"{seed} {target} {number}")


def case_of(target: Target, ready: Any, seed: int, number: int) -> Case:
    """One input, made anew."""
    made: Case = ready.make(rng_of(seed, target.name, number))
    return made


def fuzz_here(target: Target, seed: int, numbers: Sequence[int], folder: Path) -> Tally:
    """Judge some inputs in this process."""
    ready, tally = target.prepare(folder), Tally(target.name)
    for number in numbers:
        case = case_of(target, ready, seed, number)
        tally.add(judge(ready, case), number, case)
    return tally


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    at: Any
    """Shared: number of the input it is at."""
    stop: int
    seen: int = -1
    cpu_then: float = 0.0
    since: float = 0.0
    closed: bool = False
    """Whether the process has nothing more to tell."""


def fuzz(target: Target, seed: int, start: int, count: int, workers: int, module: str) -> Tally:
    """Judge `count` inputs from number `start` on, in processes of their own. `module` holds `TARGETS`."""
    context, tally = multiprocessing.get_context("spawn"), Tally(target.name)
    edges = [start + count * k // workers for k in range(workers + 1)]
    alive = [_begin(context, target, seed, low, high, module) for low, high in itertools.pairwise(edges) if low < high]
    while alive:
        for worker in list(alive):
            ended = _listen(worker, tally)
            problem = "" if ended else _stuck(worker)
            if problem:
                worker.process.kill()
                worker.process.join()
            if not ended and not problem and worker.closed:
                worker.process.join(5)
                problem = f"the process died (exit code {worker.process.exitcode})"
            if ended or problem:
                alive.remove(worker)
                worker.process.join()
            if problem:
                at = int(worker.at.value)
                if at < 0:
                    raise RuntimeError(f"{target.name}: {problem} while its sound inputs were made")
                tally.counts["finding"] += 1
                found = tally.found.setdefault(problem, Found(problem, 0, at, "", problem))
                found.count += 1
                if at + 1 < worker.stop:
                    alive.append(_begin(context, target, seed, at + 1, worker.stop, module))
        time.sleep(0.05)
    return tally


def _begin(context: SpawnContext, target: Target, seed: int, start: int, stop: int, module: str) -> _Worker:
    mine, theirs = context.Pipe(duplex=False)
    at = context.Value("q", -1, lock=False)
    process = context.Process(target=_work, args=(module, target.name, seed, start, stop, theirs, at), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, mine, at, stop, since=time.monotonic())


def _listen(worker: _Worker, tally: Tally) -> bool:
    """Take what a worker has counted; True once it is done."""
    try:
        while not worker.closed and worker.pipe.poll():
            part = worker.pipe.recv()
            if part is None:
                return True
            tally.merge(part)
    except EOFError:
        worker.closed = True
    return False


def _stuck(worker: _Worker) -> str:
    """Why a worker has to be ended; empty if it works."""
    try:
        fields = Path(f"/proc/{worker.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return ""
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    now, at = time.monotonic(), int(worker.at.value)
    if at != worker.seen:
        worker.seen, worker.cpu_then, worker.since = at, cpu, now
        return ""
    if cpu - worker.cpu_then > HUNG_CPU_S:
        return f"hangs: more than {HUNG_CPU_S:g} s of CPU"
    if fields[0] not in "SD" or cpu - worker.cpu_then > 1:
        worker.since = max(worker.since, now - BLOCKED_S / 2)
    return f"blocks: waits for more than {BLOCKED_S:g} s" if now - worker.since > BLOCKED_S else ""


def _work(module: str, name: str, seed: int, start: int, stop: int, pipe: Connection, at: Any) -> None:
    """What a worker process does."""
    import logging
    import warnings
    from importlib import import_module

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    guard(folder)
    try:
        (folder / "a" / "b" / "c").mkdir(parents=True)
        os.chdir(folder / "a" / "b" / "c")  # `../..` stays within
        os.environ |= {"HOME": str(folder), "TMPDIR": str(folder)}
        os.environ["JOBLIB_MULTIPROCESSING"] = "0"
        tempfile.tempdir = str(folder)
        target: Target = import_module(module).TARGETS[name]
        ready, tally, told = target.prepare(folder / "a" / "b" / "c"), Tally(name), time.monotonic()
        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM_BYTES, resource.RLIM_INFINITY))
        at.value = start
        for number in range(start, stop):
            at.value = number
            case = case_of(target, ready, seed, number)
            tally.add(judge(ready, case), number, case)
            if sum(tally.counts.values()) >= REPORT_EVERY or time.monotonic() - told > LONGEST_S:
                pipe.send(tally)
                tally, told = Tally(name), time.monotonic()
        pipe.send(tally)
        pipe.send(None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
