"""A copy of the app with a workspace of its own, the commands it is used by, and small disks."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecg_core import workspace
from ecg_core.runs.folder import ALIVE, Run

PARTS = ("ecg_core", "pages", "models", ".streamlit", "app.py")
PATIENCE_S = 1800.0
RECORDS = ("sim01", "sim03", "sim05")


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def plain(self) -> bool:
        """Whether it ended well, or with a sentence and no trace of Python."""
        traced = "Traceback" in self.err or "Traceback" in self.out
        return not traced and (self.code == 0 or (self.code in (1, 2) and bool((self.err + self.out).strip())))


@dataclass(frozen=True)
class Bench:
    """The copy, and the workspace it works in."""

    project: Path
    home: Path

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "ECG_DATA_DIR"}
        return {**kept, "ECG_HOME": str(self.home), "PYTHONPATH": str(self.project), **(more or {})}

    def begin(self, *words: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """A command that is not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", "ecg_core", *words], cwd=self.project, env=self.environment(more), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def command(self, *words: str, more: Mapping[str, str] | None = None) -> Said:
        process = self.begin(*words, more=more)
        out, err = process.communicate(timeout=PATIENCE_S)
        return Said(process.returncode, out, err)

    def started(self, *words: str, more: Mapping[str, str] | None = None) -> Run:
        """The run that a command starts."""
        said = self.command(*words, "--json", more=more)
        if not said.out.strip():
            raise RuntimeError(f"{' '.join(words)}: {said.err}")
        return Run(self.runs / json.loads(said.out)["run"])

    def finished(self, *words: str) -> Run:
        """The same, when it has ended."""
        run = self.started(*words)
        until(lambda: run.state not in ALIVE, f"{run.id} to end")
        if run.state != "finished":
            raise RuntimeError(f"{run.id}: {run.state}, {run.error}")
        return run


@contextmanager
def bench(place: Path) -> Iterator[Bench]:
    """A copy of this checkout, and its workspace, in a folder."""
    made = copied(place / "app", place / "home")
    with using(made):
        yield made
    for pid in processes_of(str(place)):  # of this campaign only: its own folder is in their words
        kill(pid)


def copied(project: Path, home: Path) -> Bench:
    """A copy of this checkout in one folder, and an empty workspace in another."""
    home.mkdir(parents=True)
    project.mkdir()
    for part in PARTS:
        source = workspace.PROJECT / part
        if source.is_dir():
            shutil.copytree(source, project / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, project / part)
    return Bench(project, home)


@contextmanager
def using(bench: Bench) -> Iterator[None]:
    """Let this process look at the runs of a workspace."""
    before = os.environ.get("ECG_HOME")
    os.environ["ECG_HOME"] = str(bench.home)
    os.environ.pop("ECG_DATA_DIR", None)
    try:
        yield
    finally:
        os.environ.pop("ECG_HOME") if before is None else os.environ.update(ECG_HOME=before)


@contextmanager
def small_disk(place: Path, size_kb: int) -> Iterator[Path]:
    """A disk of its own of that size, mounted at `place`. Raises PermissionError for who may not mount."""
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(place)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def until(holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Return as soon as `holds` does. Raises TimeoutError."""
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience_s:g} s for {what}")
        time.sleep(0.05)


def processes_of(word: str) -> list[int]:
    """Processes that have `word` in their command, but not this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.encode() in one for one in words) and int(path.name) != os.getpid():
            found.append(int(path.name))
    return found


def workers_of(run: Run) -> list[int]:
    """Processes that work on a run, also such as have not said so yet."""
    return [pid for pid in processes_of(str(run.folder)) if _is_worker(pid)]


def _is_worker(pid: int) -> bool:
    try:
        return b"ecg_core\0run\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def kill(pid: int) -> bool:
    """SIGKILL; whether there was such a process."""
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return False
    return True
