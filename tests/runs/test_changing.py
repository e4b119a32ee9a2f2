"""Two people at one run: one after the other, and the second is told what the first has done."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ecg_core import workspace
from ecg_core.errors import RunError
from ecg_core.files import read_json, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.learning.model_folder import CARD, WEIGHTS
from ecg_core.runs import control
from ecg_core.runs.changing import LOCKS, changing
from ecg_core.runs.control import promote, resume
from ecg_core.runs.folder import Run, delete_run, list_runs
from ecg_core.workspace import PROJECT
from tests.runs.in_this_process import on_its_way
from tests.runs.made_runs import empty_run

ROUNDS = 12


def finished(home: Path, number: int) -> Run:
    """A run whose weights and card both are `number`."""
    run = empty_run(home, number=number)
    card = read_json(PROJECT / "models" / "autoencoder" / CARD)
    write_json(run.folder / CARD, {**card, "command": str(number)})
    write_checkpoint(run.folder / WEIGHTS, Checkpoint({"all": read_weights() * 0 + number}, {}))
    write_json(run.folder / "result.json", {"finished": "2026-01-01T00:01:00+00:00", "seconds": 60.0,
                                            **card["figures"], "threshold": 5.0})  # fmt: skip
    return run


def read_weights() -> Any:
    stored = read_checkpoint(PROJECT / "models" / "autoencoder" / WEIGHTS).arrays
    return max(stored.values(), key=lambda array: array.size)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What each is told: nothing, or the sentence it was refused with. Any other exception is raised."""

    def told(act: Callable[[], object]) -> str:
        try:
            act()
        except RunError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(told, acts))


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(workspace, "MODELS", tmp_path / "models")
    return tmp_path / "models"


@pytest.mark.parametrize("replace", [False, True])
def test_two_promotions_to_one_name_leave_one_whole_model(
    workspace_of_its_own: Path, models: Path, replace: bool
) -> None:
    runs = [finished(workspace_of_its_own, number) for number in (1, 2)]
    for _ in range(ROUNDS):
        if not replace:
            shutil.rmtree(models / "race", ignore_errors=True)
        told = at_once(*(lambda run=run: promote(run, "race", replace) for run in runs))  # type: ignore[misc]
        assert "" in told, told
        for sentence in filter(None, told):
            assert "'race'" in sentence, sentence
        weights = read_checkpoint(models / "race" / WEIGHTS).arrays["all"]
        assert str(int(weights.flat[0])) == json.loads((models / "race" / CARD).read_text())["command"]
        assert [path.name for path in models.iterdir()] == ["race"]
        assert sorted(path.name for path in (models / "race").iterdir()) == [CARD, WEIGHTS]


def test_a_model_that_came_while_one_was_about_to_replace_another_is_not_replaced(
    workspace_of_its_own: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = (finished(workspace_of_its_own, number) for number in (1, 2))
    promote(mine, "race")

    @contextmanager
    def late(folder: Path) -> Iterator[None]:
        if folder == mine.folder:
            promote(theirs, "race", True)
        with changing(folder):
            yield

    monkeypatch.setattr(control, "changing", late)
    with pytest.raises(
        RunError, match=f"Somebody promoted run {theirs.id} as 'race' a moment ago: choose another name"
    ):
        promote(mine, "race", True)
    assert json.loads((models / "race" / CARD).read_text())["command"] == "2"


def test_of_two_who_delete_one_is_told_that_it_was_deleted_already(workspace_of_its_own: Path) -> None:
    for number in range(ROUNDS):
        run = empty_run(workspace_of_its_own, number=number)
        told = at_once(lambda: delete_run(run), lambda: delete_run(run))  # noqa: B023
        assert sorted(told) == ["", f"Run {run.id} was deleted already."]
    assert list_runs() == []
    left = [path.name for path in (workspace_of_its_own / "runs").rglob("*")]
    assert left == [LOCKS]


def test_a_run_is_deleted_or_resumed_and_resumed_once(
    workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawned: list[str] = []

    def spawn(run: Run, lock: Any) -> None:
        on_its_way(run, lock)
        spawned.append(run.id)

    monkeypatch.setattr(control, "_spawn", spawn)
    monkeypatch.setattr("ecg_core.runs.queue.LONGEST_QUEUE", 100)
    for number in range(ROUNDS):
        run = empty_run(workspace_of_its_own, number=number)
        told = at_once(lambda: delete_run(run), lambda: resume(run), lambda: resume(run))  # noqa: B023
        assert told.count("") == 1, told
        assert set(told) - {""} <= {
            f"Run {run.id} was deleted already.",
            f"Run {run.id} is starting already.",
            f"Run {run.id} is starting: stop it before deleting it.",
        }
        assert (told[0] == "") == (not run.folder.exists())
        assert spawned.count(run.id) == (told[0] != "")


def test_what_is_written_for_a_deleted_run_does_not_bring_it_back(workspace_of_its_own: Path) -> None:
    run = empty_run(workspace_of_its_own)
    delete_run(run)
    for act in (lambda: resume(run), lambda: promote(run, "mine"), lambda: control.request_stop(run)):
        with pytest.raises(RunError, match=f"Run {run.id} was deleted already"):
            act()
    assert run.state == "interrupted"
    assert [path.name for path in (workspace_of_its_own / "runs").rglob("*")] == [LOCKS]
