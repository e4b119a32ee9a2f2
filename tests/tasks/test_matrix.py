"""Every kind in the registry can be started, listed, shown, stopped, resumed, compared, judged and promoted alike."""

import json
import shutil
from pathlib import Path

import pytest

from ecg_core import workspace
from ecg_core.__main__ import main
from ecg_core.data.sources import VARIABLE
from ecg_core.files import read_json, write_json
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.locks import Lock
from ecg_core.runs import control
from ecg_core.runs.folder import Run
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import AnyTask
from ecg_core.ui.runs.listed import table_key
from tests.app.opening import opened, unopened
from tests.runs.in_this_process import on_its_way
from tests.runs.made_runs import empty_run, epoch_row

TASKS = pytest.mark.parametrize("task", REGISTRY.values(), ids=REGISTRY)
SHIPPED = {load_card(folder).kind: folder for folder in sorted(workspace.MODELS.iterdir()) if folder.is_dir()}
MAKERS = pytest.mark.parametrize("task", [one for one in REGISTRY.values() if one.model], ids=lambda task: task.kind)
EPOCH = {"train_loss": 0.5}


def begun(home: Path, task: AnyTask, number: int = 0) -> Run:
    """A run of a kind that has told of one epoch."""
    run = empty_run(home, task.kind, number)
    (run.folder / "progress.jsonl").write_text(json.dumps(epoch_row(1, **EPOCH).to_json()) + "\n")
    return run


@TASKS
def test_a_command_starts_it_with_the_options_given(task: AnyTask, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*task.command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for option in task.options.declared() if task.command[0] == "train" else ():
        assert "--" + option.name.replace("_", "-") in said


@TASKS
def test_commands_list_show_stop_and_resume_it(
    task: AnyTask, workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = begun(workspace_of_its_own, task)
    title = task.title_of(task.options().to_json())
    for words in (["runs", "list"], ["runs", "show", run.id]):
        assert main(words) == 0
        assert run.id in (said := capsys.readouterr().out)
        assert title in said or task.kind in said
    assert main(["runs", "stop", run.id]) == 1, "nobody works on it"
    assert "there is nothing to stop" in capsys.readouterr().err
    with run.lock():
        control.request_stop(run)
        assert run.stop_requested
        assert main(["runs", "resume", run.id]) == 1, "it lives"
    spawned: list[Run] = []

    def spawn(run: Run, lock: Lock) -> None:
        on_its_way(run, lock)
        spawned.append(run)

    monkeypatch.setattr(control, "_spawn", spawn)
    assert main(["runs", "resume", run.id]) == 0
    assert [one.id for one in spawned] == [run.id]
    assert not run.stop_requested


@TASKS
def test_what_made_no_model_is_neither_judged_nor_promoted_and_says_so(
    task: AnyTask,
    workspace_of_its_own: Path,
    simulated: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, str(simulated))
    run = begun(workspace_of_its_own, task)
    write_json(run.folder / "result.json", {"finished": "2026-01-01T00:01:00+00:00", "seconds": 60.0})
    for words in (["runs", "promote", run.id, "mine"], ["evaluate", "--run", run.id]):
        assert main(words) == 1
        said = capsys.readouterr().err
        assert said.strip(), words
        assert len(said.strip().splitlines()) == 1, words


@MAKERS
def test_a_model_is_promoted_judged_and_shown(
    task: AnyTask, simulated_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the weights and cards that are shipped, as if a run had made them."""
    shipped = SHIPPED[task.kind]
    monkeypatch.setattr(workspace, "MODELS", simulated_home / "models")
    run = begun(simulated_home, task)
    for file in (CARD, WEIGHTS):
        shutil.copy(shipped / file, run.folder)
    result = {**read_json(shipped / CARD)["figures"], "threshold": 5.0, "images": 414}  # whichever the kind has
    write_json(run.folder / "result.json", {**result, "finished": "2026-01-01T00:01:00+00:00", "seconds": 60.0})
    assert main(["runs", "promote", run.id, "mine"]) == 0
    assert {path.name for path in (simulated_home / "models" / "mine").iterdir()} >= {CARD, WEIGHTS}
    assert task.model is not None
    for words in (["--run", run.id], ["--model", str(simulated_home / "models" / "mine")]):
        capsys.readouterr()
        judged = main(["evaluate", *words, "--split", "sim01,sim02"])
        said = capsys.readouterr()
        if task.model.evaluate:
            assert judged == 0, said.err
            assert "sim01,sim02: " in said.out
        else:
            assert judged == 1
            assert f"of kind {task.kind!r}" in said.err
    assert not opened("app").exception
    shown = opened("7_Runs", run=run.id)
    assert not shown.exception
    assert not shown.button(key="promote").disabled
    assert shown.dataframe[0].value.size, "its figures"


@TASKS
def test_pages_tell_of_it_while_it_lives(task: AnyTask, simulated_home: Path) -> None:
    run = begun(simulated_home, task)
    with run.lock():
        for page in (opened("app"), opened("7_Runs", run=run.id)):
            links = [link.proto.label for link in page.sidebar.get("page_link")]
            assert any(f"{task.title_of(task.options().to_json())} is waiting" in label for label in links), links
        assert page.button(key=f"stop.{run.id}").label == "Stop"


@TASKS
def test_runs_of_a_kind_are_compared(task: AnyTask, simulated_home: Path) -> None:
    runs = [begun(simulated_home, task, number) for number in (1, 0)]
    page = unopened("7_Runs")
    page.session_state[table_key([run.id for run in runs])] = {
        "selection": {"rows": [0, 1], "columns": [], "cells": []}
    }
    page.run()
    assert not page.exception
    table = page.dataframe[0].value
    assert table.astype(str).apply(lambda row: row.str.contains(task.title)).any(axis=1).sum() == 2
