"""The log of events: lines that can be read back, no path, no name, and nobody stopped by a log that cannot be kept."""

import json
import threading
from pathlib import Path

import pytest

from ecg_core import logs
from ecg_core.workspace import PROJECT


def lines(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in (home / "logs").glob("*.log*") for line in path.read_text().splitlines()]


def test_an_event_is_a_line_with_time_level_and_ids(workspace_of_its_own: Path) -> None:
    logs.event("run.started", run="20260101-000000000-gan-0000")
    (line,) = lines(workspace_of_its_own)
    assert line["level"] == "info" and line["event"] == "run.started" and line["run"] == "20260101-000000000-gan-0000"
    assert str(line["time"]).endswith("+00:00")


def test_an_uncaught_error_is_found_by_its_reference_with_a_trace_and_no_path_of_the_computer(
    workspace_of_its_own: Path,
) -> None:
    try:
        (workspace_of_its_own / "runs" / "x").read_text()
    except OSError as error:
        reference = logs.uncaught(error, "page.failed")
    (found,) = logs.last_errors(3)
    assert found.fields["reference"] == reference
    assert found.fields["error"] == "FileNotFoundError: [Errno 2] No such file or directory: 'ECG_HOME/runs/x'"
    text = next((workspace_of_its_own / "logs").iterdir()).read_text()
    assert "tests/test_logs.py:" in text
    assert str(PROJECT) not in text and str(workspace_of_its_own) not in text and "site-packages/" not in text


@pytest.mark.parametrize(
    "text",
    ["/home/anna/Jane Doe.edf", "~/records/x", "C:\\Users\\anna\\x", "\\\\server\\share", "file:///etc/passwd"],
)
def test_paths_are_left_out_of_any_text(text: str) -> None:
    assert "(a path)" in logs.without_paths(f"cannot read {text}: no")
    assert "anna" not in logs.without_paths(f"cannot read {text}: no") and "passwd" not in logs.without_paths(text)


def test_what_only_looks_like_a_path_stays() -> None:
    assert logs.without_paths("3 of 4 mV/s, 1/2/2026, DS1/DS2/all") == "3 of 4 mV/s, 1/2/2026, DS1/DS2/all"


def test_a_long_text_is_cut(workspace_of_its_own: Path) -> None:
    logs.event("page.failed", error="x" * 10_000)
    assert len(json.dumps(lines(workspace_of_its_own)[0])) < 600


def test_files_are_rotated_and_bounded(workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 2_000)
    for k in range(200):
        logs.event("e", k=k)
    files = list((workspace_of_its_own / "logs").iterdir())
    assert len(files) == 1 + logs.OLDER_FILES and all(path.stat().st_size <= 2_000 for path in files)
    assert lines(workspace_of_its_own)


def test_old_files_go_when_a_process_begins(workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace_of_its_own / "logs").mkdir(parents=True)
    for k in range(logs.MOST_FILES + 5):
        (workspace_of_its_own / "logs" / f"worker-{k}.log").touch()
    monkeypatch.setattr(logs, "_process", "command")
    logs.begin("command")
    assert len(list((workspace_of_its_own / "logs").iterdir())) == logs.MOST_FILES


def test_threads_write_whole_lines(workspace_of_its_own: Path) -> None:
    threads = [threading.Thread(target=lambda: [logs.event("e", k=k) for k in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(workspace_of_its_own)) == 200


@pytest.mark.parametrize("home", ["/proc/1/home", "/dev/full/home"])
def test_a_store_that_cannot_be_written_to_stops_nobody_and_errors_reach_the_terminal(
    home: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECG_HOME", home)
    logs.event("run.started")
    assert logs.uncaught(KeyError("x"), "page.failed") in capsys.readouterr().err
    assert logs.last_errors(3) == []


def test_a_full_disk_stops_nobody(workspace_of_its_own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workspace_of_its_own / "logs"
    folder.mkdir(parents=True)
    import os

    (folder / f"command-{os.getpid()}.log").symlink_to("/dev/full")
    for _ in range(3):
        logs.event("run.started")
    assert logs.uncaught(KeyError("x"), "page.failed") in capsys.readouterr().err


def test_lines_of_a_log_that_are_none_are_passed_over(workspace_of_its_own: Path) -> None:
    logs.event("bad", "error")
    (workspace_of_its_own / "logs" / "server-1.log").write_bytes(b'{"time": \n\xff\n[]\n{"level": "error"}\n')
    assert [one.event for one in logs.last_errors(5)] == ["bad"]
