"""Training outlives what started it, and survives being killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ecg_core.data.sources import DataSource, open_folder
from ecg_core.errors import RunError
from ecg_core.files import write_json
from ecg_core.learning.checkpoint import Checkpoint
from ecg_core.learning.model_folder import load_card
from ecg_core.runs import control
from ecg_core.runs.control import insist, request_stop, resume, start, stop
from ecg_core.runs.folder import Run, list_runs
from ecg_core.runs.worker import NICE, FolderMonitor, work
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.result import AutoencoderResult
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import Job
from tests.runs.conftest import RECORDS
from tests.runs.in_this_process import finished
from tests.runs.made_runs import empty_run, epoch_row
from tests.runs.waiting import until, until_ended, until_epoch


def losses(run: Run) -> list[tuple[object, ...]]:
    return [(row.done, row.stage, row.epoch, *row.figures.items()) for row in run.progress().epochs]


def kill(run: Run) -> None:
    worker = run.worker
    assert worker is not None
    os.killpg(worker.pid, signal.SIGKILL)
    until(lambda: not run.is_held(), "the killed process's lock to be freed")


def test_a_run_killed_twice_and_resumed_has_the_losses_and_the_threshold_of_an_unbroken_one(
    start_small: Callable[..., Run], source: DataSource
) -> None:
    unbroken = finished(AUTOENCODER, Recordings.of(source, RECORDS), AutoencoderOptions(epochs=20, folds=2))
    broken = start_small(epochs=20)
    for epoch in (9, 31):  # within the first network, and within the second
        until_epoch(broken, epoch)
        kill(broken)
        assert broken.state == "interrupted"
        assert broken.result() is None
        resume(broken)
    until_ended(broken)
    assert broken.state == "finished", broken.error
    assert losses(broken) == losses(unbroken)
    assert len(losses(broken)) == 60
    whole, resumed = unbroken.result(), broken.result()
    assert whole is not None
    assert resumed is not None
    assert resumed.report == whole.report


def test_a_stopped_run_keeps_its_checkpoint_and_goes_on_when_resumed(start_small: Callable[..., Run]) -> None:
    run = start_small(epochs=40)
    until_epoch(run, 3)
    request_stop(run)
    until_ended(run)
    assert run.state == "stopped"
    before = losses(run)
    assert 3 <= len(before) < 120
    resume(run)
    until_epoch(run, len(before) + 1)
    assert losses(run)[: len(before)] == before
    stop(run)
    assert run.state == "stopped"


def test_killing_the_process_that_started_a_run_leaves_it_running_and_visible(
    simulated: Path, workspace_of_its_own: Path
) -> None:
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time\n"
            "from pathlib import Path\n"
            "from ecg_core.data.sources import open_folder\n"
            "from ecg_core.runs.control import start\n"
            "from ecg_core.tasks.autoencoder.options import AutoencoderOptions\n"
            "from ecg_core.tasks.autoencoder.task import AUTOENCODER\n"
            "from ecg_core.tasks.material import Recordings\n"
            f"material = Recordings.of(open_folder(Path({str(simulated)!r})), ('sim01', 'sim03', 'sim05'))\n"
            "start(AUTOENCODER, material, AutoencoderOptions(epochs=15, folds=2))\n"
            "time.sleep(600)\n",
        ],
        start_new_session=True,
    )
    until(lambda: bool(list_runs()), "the run to appear")
    run = list_runs()[0]
    until_epoch(run, 1)
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    assert run.state == "running"
    until_ended(run)
    assert run.state == "finished", run.error


def test_a_run_is_starting_before_its_worker_is_there_when_it_begins_and_when_it_goes_on(
    start_small: Callable[..., Run], workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(control, "_spawn", lambda run, _lock: seen.append(run.state))
    run = start_small()
    write_json(run.folder / "error.json", {"error": "The disk is full."})
    assert run.state == "failed"
    resume(run)
    assert seen == ["starting", "starting"]


def test_two_runs_share_one_slot_in_the_order_they_came(start_small: Callable[..., Run]) -> None:
    first = start_small(epochs=200)
    until_epoch(first, 1)
    second = start_small(seed=2)
    until(lambda: second.state == "queued", "the second run to queue")
    third = start_small(seed=3)
    until(lambda: third.state == "queued", "the third run to queue")
    assert first.state == "running"
    stop(first)
    until(lambda: second.state in ("running", "finished"), "the second run's turn")
    until_ended(second)
    until_ended(third)
    assert (second.state, third.state) == ("finished", "finished")
    results = second.result(), third.result()
    assert results[0] is not None
    assert results[1] is not None
    assert results[0].finished <= results[1].finished


def test_a_run_at_work_lets_pages_go_first_and_a_queued_one_can_be_stopped(start_small: Callable[..., Run]) -> None:
    first = start_small(epochs=200)
    until_epoch(first, 1)
    assert first.worker is not None
    assert os.getpriority(os.PRIO_PROCESS, first.worker.pid) == max(NICE, os.getpriority(os.PRIO_PROCESS, 0))
    second = start_small(seed=2)
    until(lambda: second.state == "queued", "the second run to queue")
    stop(second)
    assert second.state == "stopped"
    assert second.progress().epochs == ()
    assert first.state == "running"
    stop(first)


def test_a_killed_run_gives_its_slot_to_the_next(start_small: Callable[..., Run]) -> None:
    first = start_small(epochs=200)
    until_epoch(first, 1)
    second = start_small(seed=2)
    until(lambda: second.state == "queued", "the second run to queue")
    kill(first)
    until_ended(second)
    assert second.state == "finished", second.error


def test_a_run_that_does_not_listen_is_killed_when_patience_ends(start_small: Callable[..., Run]) -> None:
    run = start_small(epochs=100)
    until_epoch(run, 1)
    worker = run.worker
    assert worker is not None
    os.kill(worker.pid, signal.SIGSTOP)  # deaf
    request_stop(run)
    assert run.state == "stopping"
    for ahead_s in (0.0, 0.0005):  # a time is written rounded, also up
        (run.folder / "stop").write_text(f"{time.monotonic() + ahead_s}\n", encoding="ascii")
        assert not insist(run, patience_s=60)
    until(lambda: insist(run, patience_s=0.2), "insisting")
    until_ended(run)
    assert run.state == "stopped"


def test_a_second_worker_on_the_same_run_refuses(start_small: Callable[..., Run]) -> None:
    run = start_small(epochs=200)
    until_epoch(run, 1)
    answer = subprocess.run(
        [sys.executable, "-m", "ecg_core", "run", str(run.folder)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "already being worked on by another process" in answer.stdout
    assert run.state == "running"
    stop(run)


def copied(simulated: Path, folder: Path, damaged: tuple[str, ...]) -> Path:
    """Six recordings, of which some are cut off."""
    folder.mkdir()
    for path in simulated.glob("sim0[1-6].*"):
        cut_off = path.suffix == ".dat" and path.stem in damaged
        (folder / path.name).write_bytes(path.read_bytes()[: 5000 if cut_off else None])
    return folder


def test_a_damaged_recording_is_left_out_of_training_by_name_and_the_rest_goes_on(
    simulated: Path, tmp_path: Path
) -> None:
    folder = copied(simulated, tmp_path / "damaged", ("sim03",))
    run = start(AUTOENCODER, Recordings.of(open_folder(folder)), AutoencoderOptions(epochs=1, folds=2))
    until_ended(run)
    assert run.state == "finished", run.error
    result = run.result()
    assert result is not None
    assert isinstance(result.report, AutoencoderResult)
    assert "sim03.dat is cut off: 5,000 bytes" in result.report.validation.unreadable["sim03"]
    assert set(result.report.validation.records) == {"sim01", "sim05"}
    assert set(load_card(run.folder).unreadable) == {"sim03"}


def test_a_run_on_nothing_but_damaged_recordings_fails_with_a_message_that_names_the_file(
    simulated: Path, tmp_path: Path
) -> None:
    folder = copied(simulated, tmp_path / "damaged", ("sim01", "sim03", "sim05"))
    run = start(AUTOENCODER, Recordings.of(open_folder(folder)), AutoencoderOptions())
    until_ended(run)
    assert run.state == "failed"
    assert run.error is not None
    assert "sim03.dat is cut off: 5,000 bytes" in run.error
    assert "Traceback" not in (run.folder / "log.txt").read_text()


def test_a_bug_is_recorded_in_the_log_and_named_in_the_error(start_small: Callable[..., Run]) -> None:
    run = start_small()
    stop(run)
    (run.folder / "stop").unlink()
    broken = replace(AUTOENCODER, carry_out="tests.runs.test_worker:with_a_bug")
    with pytest.raises(KeyError):
        work(run.folder, {"autoencoder": broken})
    assert run.state == "failed"
    assert run.error == "Unexpected error, see log.txt: KeyError: 'a bug'"


def with_a_bug(_job: Job[AutoencoderOptions]) -> None:
    raise KeyError("a bug")


def test_a_damaged_config_fails_the_run_in_words(start_small: Callable[..., Run]) -> None:
    run = start_small()
    stop(run)
    config = json.loads((run.folder / "config.json").read_text())
    del config["source"]["folder"]
    (run.folder / "config.json").write_text(json.dumps(config))
    (run.folder / "stop").unlink()
    assert work(run.folder) == 1
    assert run.error is not None
    assert "config.json is damaged" in run.error
    assert "folder" in run.error


def test_a_folder_that_holds_no_run_is_refused_and_nothing_is_written_there(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run"):
        work(tmp_path)
    with pytest.raises(RunError, match="holds no run"):
        work(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_fails_the_run_and_keeps_the_checkpoint(
    start_small: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    run = start_small(epochs=30)
    until_epoch(run, 2)
    stop(run)
    kept = (run.folder / "checkpoint.safetensors").read_bytes()
    (run.folder / "stop").unlink()

    def full(self: FolderMonitor, checkpoint: Checkpoint) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FolderMonitor, "save", full)
    assert work(run.folder) == 1
    assert run.state == "failed"
    assert run.error == "The disk is full: make room and resume."
    assert (run.folder / "checkpoint.safetensors").read_bytes() == kept


def test_twenty_threads_that_start_the_same_at_once_start_one_run(start_small: Callable[..., Run]) -> None:
    with ThreadPoolExecutor(20) as pool:
        runs = list(pool.map(lambda _: start_small(epochs=100), range(20)))
    assert len({run.id for run in runs}) == 1
    assert len(list_runs()) == 1
    stop(runs[0])


def test_resuming_a_finished_or_a_living_run_is_refused(start_small: Callable[..., Run]) -> None:
    run = start_small(epochs=30)
    until_epoch(run, 1)
    with pytest.raises(RunError, match=f"Run {run.id} is running already."):
        resume(run)
    until_ended(run)
    with pytest.raises(RunError, match="has finished: there is nothing to resume"):
        resume(run)


def test_rows_past_the_checkpoint_are_dropped_on_resuming(workspace_of_its_own: Path) -> None:
    run = empty_run(workspace_of_its_own)
    monitor = FolderMonitor(run)
    for done in (1, 2, 3):
        monitor.epoch(epoch_row(done))
        if done < 3:
            monitor.save(Checkpoint({}, {"done": done}))
    with (run.folder / "progress.jsonl").open("a") as file:
        file.write('{"epoch": 4, "do')  # torn by a kill
    assert [row.done for row in run.progress().epochs] == [1, 2, 3]
    FolderMonitor(run).load()
    assert [row.done for row in run.progress().epochs] == [1, 2]
    monitor.epoch(epoch_row(3))
    assert [row.done for row in run.progress().epochs] == [1, 2, 3]
