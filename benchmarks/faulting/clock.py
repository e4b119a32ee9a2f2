"""The clock of a machine moved by somebody: the time of day is another, what counts from the start goes on.

Not libfaketime: with its clock moved and the other left alone, `clock_nanosleep` of a later time is refused, so that no
program can wait.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.faulting.bench import Bench, until
from benchmarks.faulting.hands import LONG
from benchmarks.faulting.races import stopped, twin
from benchmarks.faulting.tally import Tally
from benchmarks.faulting.tiny import Tiny
from ecg_core.runs.folder import list_runs

_PRESS = """
import sys
from ecg_core.data.sources import current_source
from ecg_core.runs.control import start
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.material import Recordings
material = Recordings.of(current_source(), ("sim01", "sim03", "sim05"))
print("ready", flush=True)
input()
start(AUTOENCODER, material, AutoencoderOptions(epochs=200, folds=2, seed=int(sys.argv[1])))
"""
_LIBRARY = Path(tempfile.gettempdir()) / "faults-clock.so"
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long by(void) { const char *s = getenv("CLOCK_MOVED_S"); return s ? atol(s) : 0; }
int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int code = real(id, at);
  if (!code && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += by();
  return code;
}
int gettimeofday(struct timeval *at, void *zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
"""


def moved_clock(bench: Bench) -> list[Tally]:
    """An hour forward, and an hour back: no state, no place in the queue changes, and no second run is started."""
    tally = Tally("the clock moved an hour")
    if not _made():
        print("No C compiler: the clock is not moved.", file=sys.stderr)
        return [tally]
    tiny = Tiny(bench)
    done = tiny.finish("autoencoder")
    broken = twin(done, 1, done=False)
    long = bench.started(*LONG)
    waiting = bench.started(*LONG, "--seed", "7")
    until(lambda: waiting.state == "queued" and long.state == "running", "one to work and one to wait")
    asked = twin(done, 2, done=False)
    (asked.folder / "stop").touch()
    expected = {run.id: run.state for run in (done, broken, long, waiting, asked)}
    for hour in ("+3600", "-3600"):
        for run_id, state in expected.items():
            tally.injected += 1
            said = bench.command("runs", "show", run_id, more=moved(hour))
            if f"{run_id}: {state}" not in said.out:
                tally.lie(f"{hour} s: {state} run is shown as {said.out[:80]} {said.err[-200:]}")
    tally.injected += 1
    order = [waiting, *(bench.started(*LONG, "--seed", str(seed), more=moved(hour))
                        for seed, hour in ((8, "-3600"), (9, "+3600"), (10, "-3600")))]  # fmt: skip
    stopped(long)
    for run in order:
        until(lambda run=run: run.state == "running", f"{run.id}'s turn")  # type: ignore[misc]
        early = [other.id for other in order[order.index(run) + 1 :] if other.state == "running"]
        if early:
            tally.lie(f"{early} overtook {run.id}")
        stopped(run)
    for one, other in (("+3600", "-3600"), ("-3600", "+3600")):
        tally.injected += 1
        before = {run.id for run in list_runs()}
        _pressed_twice(bench, (one, other), 20 if one > other else 21)
        made = [run for run in list_runs() if run.id not in before]
        if len(made) != 1:
            tally.lie(f"{len(made)} runs of one double click with clocks at {one} and {other}")
        for run in made:
            stopped(run)
    tally.injected += 1
    run = bench.started(*LONG, "--seed", "11", more=moved("+3600"))
    until(lambda: run.state == "running", "it to work")
    began = time.monotonic()
    said = bench.command("runs", "stop", run.id, more=moved("-3600"))
    if run.state != "stopped" or time.monotonic() - began > 120:
        tally.lie(f"stopped with another clock, it is {run.state}: {said.err[-200:]}")
    return [tally]


def _pressed_twice(bench: Bench, clocks: tuple[str, str], seed: int) -> None:
    """The same start at one moment, in two processes whose clocks are apart."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PRESS, str(seed)], cwd=bench.project, env=bench.environment(moved(clock)),
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for clock in clocks
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # ready
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()


def moved(by_s: str) -> dict[str, str]:
    """What lets a process, and all it starts, see a clock that somebody has set wrong."""
    return {"LD_PRELOAD": str(_LIBRARY), "CLOCK_MOVED_S": by_s}


def _made() -> bool:
    """Compile the library; False without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    words = [compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(_LIBRARY), "-ldl"]
    return subprocess.run(words, input=_SOURCE, text=True, check=False).returncode == 0
