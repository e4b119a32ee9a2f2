"""What is so stays told so: on a full disk, with files taken away, with another clock, with a recycled number."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ecg_core import workspace
from ecg_core.errors import RunError
from ecg_core.files import write_json
from ecg_core.learning.checkpoint import Checkpoint
from ecg_core.runs import control, failure, queue
from ecg_core.runs.changing import lock_file
from ecg_core.runs.control import request_stop, resume
from ecg_core.runs.folder import Run, list_runs
from ecg_core.runs.leftovers import sweep
from ecg_core.runs.process import Worker, began_of
from ecg_core.runs.queue import take_ticket, tickets
from ecg_core.runs.worker import FolderMonitor, GoneError, work
from ecg_core.typed_json import to_json
from tests.runs.in_this_process import on_its_way
from tests.runs.made_runs import empty_run, epoch_row

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_why_a_run_failed_is_told_on_a_full_disk(workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = empty_run(workspace_of_its_own)
    failure.make_room(run.folder)
    monkeypatch.setattr(failure, "write_bytes", full)
    failure.record(run.folder, "The disk is full: make room and resume. " + "ü" * 5000)
    assert run.state == "failed"
    assert (run.error or "").startswith("The disk is full: make room and resume. ü")
    assert [name for name, _ in run.files()] == ["config.json", "error.json"]


def test_a_start_or_a_resume_on_a_full_disk_is_refused_in_words_and_leaves_nothing(
    start_small: Callable[..., Run], workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = empty_run(workspace_of_its_own)
    write_json(broken.folder / "error.json", {"message": "The disk is full: make room and resume."})
    monkeypatch.setattr(failure, "make_room", full)
    with pytest.raises(RunError, match=r"A run cannot be started in .*: the disk is full, make room"):
        start_small()
    with pytest.raises(RunError, match="cannot be resumed: the disk is full, make room"):
        resume(broken)
    assert list_runs() == [broken]
    assert broken.error == "The disk is full: make room and resume."
    assert tickets() == []
    assert not [path for path in (workspace_of_its_own / "runs").iterdir() if path.name.endswith(".new")]


def test_a_worker_whose_folder_is_removed_ends_and_does_not_bring_it_back(workspace_of_its_own: Path) -> None:
    run = empty_run(workspace_of_its_own)
    monitor = FolderMonitor(run)
    monitor.epoch(epoch_row(1))
    shutil.rmtree(run.folder)
    acts = (
        lambda: monitor.epoch(epoch_row(2)), lambda: monitor.save(Checkpoint({}, {"done": 2})), monitor.should_stop,
        lambda: monitor.phase("Preparing beats", 1, 2),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(GoneError, match=f"Run {run.id} was removed while it was worked on"):
            act()
    assert not run.folder.exists()


def test_progress_that_is_removed_while_it_is_told_is_told_again(workspace_of_its_own: Path) -> None:
    monitor = FolderMonitor(run := empty_run(workspace_of_its_own))
    for done in (1, 2, 3):
        monitor.epoch(epoch_row(done))
        (run.folder / "progress.jsonl").unlink()
    monitor.epoch(epoch_row(4))
    assert [row.done for row in run.progress().epochs] == [1, 2, 3, 4]


def test_a_live_run_whose_lock_is_removed_is_alive_and_its_worker_ends_and_says_so(
    workspace_of_its_own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = empty_run(workspace_of_its_own)
    pid = os.getpid()
    with run.lock() as lock:
        write_json(run.folder / "worker.json", to_json(
            Worker(pid, "", "running", began_of(pid), run.folder.stat().st_ino)))  # fmt: skip
        lock_file(run.folder).unlink()
        assert run.state == "running"
        with pytest.raises(RunError, match="is running already"):
            resume(run)
        with pytest.raises(RunError, match="The lock of this run was removed"):
            FolderMonitor(run, lock).epoch(epoch_row(1))
    copy = Run(run.folder.with_name("20260101-000000001-autoencoder-0001"))
    shutil.copytree(run.folder, copy.folder)
    assert copy.state == "interrupted", "nobody works on a copy"


def test_a_process_that_took_the_number_of_a_worker_is_not_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as other:
        assert began_of(other.pid)
        assert not Worker(other.pid, began="another boot 1").kill()
        assert not Worker(other.pid).kill()
        assert not Worker(0).kill()
        assert other.poll() is None
        assert Worker(other.pid, began=began_of(other.pid)).kill()
        assert other.wait() == -9
    assert began_of(other.pid) == ""


def test_a_run_is_starting_however_long_its_process_takes_and_interrupted_at_once_when_that_is_gone(
    start_small: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_spawn", on_its_way)
    run = start_small()
    os.utime(run.folder / "config.json", (0, 0))
    assert run.state == "starting"
    request_stop(run)
    assert run.state == "stopping"
    (run.folder / "stop").unlink()
    monkeypatch.setattr(control, "_spawn", lambda *_: None)  # killed before its first step
    assert start_small(seed=5).state == "interrupted"


def test_the_queue_keeps_its_order_whatever_lies_in_it_and_whatever_the_clock_says(
    workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [empty_run(workspace_of_its_own, number=number) for number in (3, 1, 2)]
    folder = workspace_of_its_own / "runs" / ".queue"
    folder.mkdir()
    for name in ("x", "-", f"{7:020d}-notarun"):
        (folder / name).touch()
    for run in runs:
        take_ticket(run)
    assert [queue.run_of(ticket) for ticket in tickets()] == runs
    take_ticket(runs[0])
    assert [queue.run_of(ticket) for ticket in tickets()] == [*runs[1:], runs[0]], "behind the others, once"


def test_a_start_into_a_full_queue_is_refused_at_once_and_leaves_no_run(
    start_small: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_spawn", on_its_way)
    monkeypatch.setattr(queue, "LONGEST_QUEUE", 2)
    waiting = [start_small(seed=seed) for seed in (1, 2)]
    with pytest.raises(RunError, match="2 runs are waiting already: wait, or stop some of them"):
        start_small(seed=3)
    assert list_runs() == waiting[::-1]
    assert len(tickets()) == 2


def test_leftovers_are_swept_where_nobody_is_at_them_and_nothing_else_is(
    workspace_of_its_own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "MODELS", tmp_path / "models")
    dead, alive = (empty_run(workspace_of_its_own, number=number) for number in (1, 2))
    runs = dead.folder.parent
    (tmp_path / "models" / ".mine.new").mkdir(parents=True)
    for name in (f".{dead.id}.new", f".deleted-{dead.id}", f".deleted-{dead.id}-0123abcd", ".notes.new", "mine"):
        (runs / name).mkdir()
    for run in (dead, alive):
        for name, age_s in ((".checkpoint.safetensors.0123abcd.safetensors", 600), (".card.json.0123abcd.json", 5)):
            (run.folder / name).touch()
            written_s = (run.folder / name).stat().st_mtime - age_s
            os.utime(run.folder / name, (written_s, written_s))
    (runs / ".locks").mkdir()
    (runs / ".locks" / "20250101-000000000-autoencoder-0000.lock").touch()
    of_somebody_else = "20250101-000000000-autoencoder-0001"
    (runs / ".locks" / of_somebody_else).touch()
    os.mkfifo(runs / ".locks" / f"{of_somebody_else}.lock")
    with alive.lock():
        sweep()
        assert sorted(path.name for path in runs.iterdir()) == [".locks", ".notes.new", dead.id, alive.id, "mine"]
        assert sorted(path.name for path in dead.folder.iterdir()) == [".card.json.0123abcd.json", "config.json"]
        assert len(list(alive.folder.iterdir())) == 3
    assert list((tmp_path / "models").iterdir()) == []
    left = {path.name for path in (runs / ".locks").glob("2025*")}
    assert left == {of_somebody_else, f"{of_somebody_else}.lock"}


def test_a_folder_with_a_config_that_is_no_run_is_not_worked_on(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError, match="holds no run"):
        work(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


@pytest.mark.parametrize("moved", ["+3600", "-3600"])
def test_another_clock_changes_no_state(workspace_of_its_own: Path, moved: str) -> None:
    if not FAKETIME.exists():
        pytest.skip("needs libfaketime, which sets the clock of one process: apt-get install libfaketime")
    dead, alive = (empty_run(workspace_of_its_own, number=number) for number in (1, 2))
    request = alive.folder / "stop"
    with alive.lock():
        request_stop(alive)
        said = subprocess.run(
            [sys.executable, "-m", "ecg_core", "runs", "list"], capture_output=True, text=True, check=True,
            env={**os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME": moved, "DONT_FAKE_MONOTONIC": "1"},
        ).stdout  # fmt: skip
        asked = control._asked_s_ago(request)
        assert asked is not None
        assert asked < 60
    assert f"{alive.id}  stopping" in said
    assert f"{dead.id}  interrupted" in said
