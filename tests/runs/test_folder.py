"""A run is a folder: made, listed, opened, deleted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import RunError
from ecg_core.runs.control import promote, reproduce_command, stop
from ecg_core.runs.folder import Run, create_run, delete_run, list_runs, open_run
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from tests.runs.waiting import until_ended, until_epoch


@given(st.text(max_size=80))
def test_no_text_opens_anything_but_a_run(text: str) -> None:
    with pytest.raises(RunError, match="Unknown run"):
        open_run(text)


def test_a_path_is_not_a_run_id(workspace_of_its_own: Path) -> None:
    create_run("autoencoder", {})
    for text in ("../runs", "..", "/etc/passwd", "20260101-000000-autoencoder-ffff"):
        with pytest.raises(RunError, match="Unknown run"):
            open_run(text)


def test_runs_are_listed_newest_first_and_foreign_folders_are_passed_over(workspace_of_its_own: Path) -> None:
    made = [create_run("autoencoder", {"number": number}) for number in range(3)]
    (workspace_of_its_own / "runs" / "notes").mkdir()
    assert sorted(run.id for run in made) == sorted(run.id for run in list_runs())
    assert [run.id for run in list_runs()] == sorted((run.id for run in made), reverse=True)
    assert open_run(made[1].id).config["number"] == 1


def test_a_run_whose_worker_never_came_is_interrupted(workspace_of_its_own: Path) -> None:
    assert create_run("autoencoder", {}).state == "interrupted"


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
    assert promote(run, "mine", replace=True) == target
    assert sorted(path.name for path in target.iterdir()) == ["card.json", "model.safetensors"]
    assert [path.name for path in target.parent.iterdir()] == ["mine"]


def test_the_reproduce_command_names_only_what_differs_from_the_defaults() -> None:
    defaults = AutoencoderOptions().to_json()
    assert reproduce_command("autoencoder", defaults, defaults, []) == "python -m ecg_core train autoencoder"
    options = AutoencoderOptions(epochs=3, early=False, leads="first").to_json()
    assert reproduce_command("autoencoder", options, defaults, ["--records", "100", "101"]) == (
        "python -m ecg_core train autoencoder --records 100 101 --leads first --no-early --epochs 3"
    )
