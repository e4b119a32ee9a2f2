"""SIGKILL of the server at seeded moments, pages being loaded and a training started from a page; and two servers."""

import contextlib
import os
import random
import threading
import time

from websockets.exceptions import WebSocketException

from benchmarks.faulting.bench import Bench, until, workers_of
from benchmarks.faulting.outcome import differences
from benchmarks.faulting.tally import Tally
from benchmarks.faulting.tiny import Tiny, ended
from benchmarks.faulting.visits import PAGES, Server, begun, looked_at, ready, serving
from ecg_core.runs.folder import ALIVE, Run, list_runs
from ecg_core.runs.leftovers import BEGUN, DELETED

EARLY = 0.15
"""Share of servers that are killed before they answer."""
LATEST_S = 2.5
WAITED_FOR = 0.8
"""Share of the trainings pressed for that are there before the server is killed."""
EVERY = 4
"""A training is started from a page in every so many servers, if none lives."""


def kill_servers(bench: Bench, kills: int, rng: random.Random) -> list[Tally]:
    """Kill them one after the other; what they started goes on, and comes to what an unbroken run comes to."""
    tally, outlived = Tally("SIGKILL of the server"), Tally("its trainings, each kill while one lived")
    unbroken = bench.finished("train", "autoencoder")
    known = {unbroken.id}
    for number in range(kills):
        server = begun(bench)
        if rng.random() < EARLY:
            time.sleep(rng.uniform(0, 1.5))
        else:
            ready(server)
            train = number % EVERY == 0 and not [run for run in list_runs() if run.state in ALIVE]
            visitor = threading.Thread(target=_visit, args=(server, rng.choice(PAGES), train), daemon=True)
            visitor.start()
            if train and rng.random() < WAITED_FOR:
                visitor.join()
            time.sleep(rng.uniform(0.3, LATEST_S))
        alive = [run for run in list_runs() if run.state in ALIVE and run.id not in known]
        server.kill()
        tally.injected += 1
        outlived.injected += len(alive)
        for run in alive:
            if run.state not in (*ALIVE, "finished"):
                outlived.lose(f"{run.id} is {run.state} after its server was killed")
    for run in list_runs():
        if run.id in known:
            continue
        if run.state == "interrupted":  # killed between making the folder and starting the process: told as it is
            said = bench.command("runs", "resume", run.id)
            if not said.plain:
                tally.lie(f"{run.id}: {said.err}")
        ended(run)
        if run.state != "finished":
            outlived.lose(f"{run.id} ended {run.state}: {run.error}")
        elif files := differences(run, unbroken):
            outlived.differ(f"{run.id}: {', '.join(files)}")
    with serving(bench) as last:  # what the others left is put right, and every page opens
        until(lambda: not _litter(bench), "litter to be gone", 30)
        for page in PAGES:
            visit = looked_at(last, page)
            for problem in (*visit.problems, *visit.errors):
                tally.lie(f"page {page or 'Home'}: {problem}")
    return [tally, outlived]


def _litter(bench: Bench) -> list[str]:
    names = [path.name for path in bench.runs.iterdir()]
    return [name for name in names if BEGUN.fullmatch(name) or DELETED.fullmatch(name)]


def _visit(server: Server, page: str, train: bool) -> None:
    with contextlib.suppress(OSError, WebSocketException, KeyError):
        visit = server.open("Autoencoder", "tab=Train") if train else server.open(page)
        if visit.wait() and train:
            visit.ask("Train")
            visit.wait()


def two_servers(bench: Bench) -> list[Tally]:
    """Two servers on one workspace: the same start from both at once is one run, and both show the same states."""
    tally = Tally("two servers on one workspace")
    with serving(bench) as one, serving(bench) as other:
        for _ in range(3):
            tally.injected += 1
            before = {run.id for run in list_runs()}
            visits = [server.open("Autoencoder", "tab=Train") for server in (one, other)]
            for visit in visits:
                visit.wait()
            for visit in visits:
                visit.ask("Train")
            for visit in visits:
                visit.wait()
                visit.close()
                for problem in (*visit.problems, *visit.errors):
                    tally.lie(problem)
            made = [run for run in list_runs() if run.id not in before]
            if len(made) != 1:
                tally.lie(f"{len(made)} runs from one training pressed in two servers at once")
            for run in made:
                until(lambda run=run: run.state in ("running", "finished"), f"{run.id} to work")  # type: ignore[misc]
                if len(workers_of(run)) > 1:
                    tally.lie(f"{len(workers_of(run))} workers on {run.id}")
                shown = [looked_at(server, "Runs", f"run={run.id}") for server in (one, other)]
                if run.state in ALIVE:
                    for visit in shown:
                        if "Stop" not in visit.buttons or visit.problems:
                            tally.lie(f"{run.id} lives, and a page shows {list(visit.buttons)}, {visit.problems}")
                _killed(run)
                if run.state != "interrupted":
                    tally.lie(f"{run.id} is {run.state} after a kill")
                shown = [looked_at(server, "Runs", f"run={run.id}") for server in (one, other)]
                for visit in shown:
                    if not any("was interrupted" in text for text in visit.texts):
                        tally.lie(f"{run.id} was killed, and a page shows {visit.texts[-3:]}")
                words = Tiny(bench).resume(run)
                if words:
                    tally.lose(f"{run.id} is not resumed: {words}")
                ended(run)
                if run.state != "finished":
                    tally.lose(f"{run.id} ended {run.state}")
    return [tally]


def _killed(run: Run) -> None:
    for pid in workers_of(run):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    until(lambda: not run.is_held(), "the worker to be gone")
