"""A run is a folder: made, listed, opened, deleted."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import RunError
from ecg_core.runs.control import command_of, promote, request_stop, stop
from ecg_core.runs.folder import Run, delete_run, list_runs, open_run, summary_of
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from tests.runs.made_runs import empty_run, epoch_row, run_id
from tests.runs.waiting import until_ended, until_epoch


@given(st.text(max_size=80))
def test_no_text_opens_anything_but_a_run(text: str) -> None:
    with pytest.raises(RunError, match="Unknown run"):
        open_run(text)


def test_a_path_is_not_a_run_id(workspace_of_its_own: Path) -> None:
    empty_run(workspace_of_its_own)
    for text in ("../runs", "..", "/etc/passwd", "20260101-000000-autoencoder-ffff"):
        with pytest.raises(RunError, match="Unknown run"):
            open_run(text)


def test_runs_are_listed_newest_first_and_foreign_folders_are_passed_over(workspace_of_its_own: Path) -> None:
    made = [empty_run(workspace_of_its_own, number=number, command=f"run {number}") for number in range(3)]
    (workspace_of_its_own / "runs" / "notes").mkdir()
    assert sorted(run.id for run in made) == sorted(run.id for run in list_runs())
    assert [run.id for run in list_runs()] == sorted((run.id for run in made), reverse=True)
    assert open_run(made[1].id).config().command == "run 1"


def test_a_run_whose_worker_never_came_is_interrupted(workspace_of_its_own: Path) -> None:
    assert empty_run(workspace_of_its_own).state == "interrupted"


def test_a_living_run_is_not_deleted_and_a_stopped_one_is(start_small: Callable[..., Run]) -> None:
    run = start_small(epochs=100)
    until_epoch(run, 1)
    with pytest.raises(RunError, match=f"Run {run.id} is running: stop it before deleting it."):
        delete_run(run)
    stop(run)
    delete_run(run)
    assert list_runs() == []
    assert not run.folder.exists()


def test_only_a_finished_run_is_promoted_under_a_plain_name(
    start_small: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_core import workspace

    monkeypatch.setattr(workspace, "MODELS", tmp_path / "models")
    run = start_small(epochs=60)
    until_epoch(run, 1)
    with pytest.raises(RunError, match="only a finished run can be promoted"):
        promote(run, "mine")
    stop(run)
    run = start_small()
    until_ended(run)
    for name in ("../mine", "", "a b", "x" * 41, ".."):
        with pytest.raises(RunError, match="cannot be a model's name"):
            promote(run, name)
    target = promote(run, "mine")
    with pytest.raises(RunError, match="There is a model called 'mine' already"):
        promote(run, "mine")
    assert promote(run, "mine", replace_old=True) == target
    assert sorted(path.name for path in target.iterdir()) == ["card.json", "model.safetensors"]
    assert [path.name for path in target.parent.iterdir() if path.is_dir()] == ["mine"]


def test_the_reproduce_command_names_only_what_differs_from_the_defaults() -> None:
    defaults = AutoencoderOptions().to_json()
    words = ("train", "autoencoder")
    assert command_of(words, defaults, defaults) == "python -m ecg_core train autoencoder"
    options = AutoencoderOptions(epochs=3, early=False, leads="first").to_json()
    assert command_of(words, options, defaults, ["--records", "100", "101"]) == (
        "python -m ecg_core train autoencoder --records 100 101 --leads first --no-early --epochs 3"
    )


CONFIGS: dict[str, bytes] = {
    "empty": b"",
    "null": b"null",
    "a list": b"[]",
    "no fields": b"{}",
    "not utf-8": b"\xff\xfe",
    "nested": b"[" * 100_000,
    "options null": b'{"kind":"autoencoder","created":"2026-01-01T00:00:00+00:00","options":null}',
    "created nonsense": b'{"kind":"autoencoder","created":"yesterday","options":{},"source":{"folder":"x","label":"x"},'
    b'"split":{"name":"x","train":[],"test":[]}}',
}
RESULTS = (b"", b"null", b"{}", b'{"finished":"x","seconds":1}', b'{"finished":"x","seconds":1,"validation":null}')


@pytest.mark.parametrize("content", CONFIGS.values(), ids=CONFIGS)
def test_a_damaged_config_is_told_and_hides_no_other_run(workspace_of_its_own: Path, content: bytes) -> None:
    good, bad = (empty_run(workspace_of_its_own, number=number) for number in (1, 2))
    (bad.folder / "config.json").write_bytes(content)
    summaries = [summary_of(run) for run in list_runs()]
    assert [summary.run for summary in summaries] == [bad, good]
    assert summaries[0].state == "damaged"
    assert bad.id in summaries[0].problem
    assert summaries[1].state == "interrupted"
    delete_run(bad)
    assert list_runs() == [good]


@pytest.mark.parametrize("content", RESULTS)
def test_a_damaged_result_is_told(workspace_of_its_own: Path, content: bytes) -> None:
    run = empty_run(workspace_of_its_own)
    (run.folder / "result.json").write_bytes(content)
    summary = summary_of(run)
    assert summary.state == "damaged"
    assert "result.json" in summary.problem


@given(line=st.binary(max_size=60))
def test_lines_of_progress_that_are_none_are_passed_over(tmp_path_factory: pytest.TempPathFactory, line: bytes) -> None:
    run = empty_run(tmp_path_factory.mktemp("home"))
    row = epoch_row(1)
    (run.folder / "progress.jsonl").write_bytes(line + b"\n" + json.dumps(row.to_json()).encode() + b"\n")
    assert run.progress().epochs[-1] == row


def test_looking_at_a_run_takes_nobody_for_a_worker_and_writes_nothing(workspace_of_its_own: Path) -> None:
    run = empty_run(workspace_of_its_own)
    with run.lock():
        pass
    before = sorted(path.name for path in run.folder.iterdir())
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda _: run.is_held(), range(2000)))
    with run.lock():
        assert run.is_held()
    assert sorted(path.name for path in run.folder.iterdir()) == before
    assert not Run(run.folder / "gone").is_held()
    assert not (run.folder / "gone").exists()


def test_a_deleted_run_is_told_so_the_second_time(workspace_of_its_own: Path) -> None:
    run = empty_run(workspace_of_its_own)
    delete_run(run)
    with pytest.raises(RunError, match="was deleted already"):
        delete_run(run)
    assert not (workspace_of_its_own / "runs" / run_id("autoencoder")).exists()


def test_a_run_asked_to_stop_is_stopping_while_its_worker_is_on_its_way_and_stopped_once_that_is_gone(
    workspace_of_its_own: Path,
) -> None:
    run = empty_run(workspace_of_its_own)
    with run.lock() as lock:
        lock.write(b'{"pid": 0, "stage": "starting"}')
        assert run.state == "starting"
        request_stop(run)
        assert run.state == "stopping"
    assert run.state == "stopped"
