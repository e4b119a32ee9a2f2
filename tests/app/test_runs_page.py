"""Runs: everything ever trained."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import open_folder
from ecg_core.runs.control import stop
from ecg_core.runs.folder import Run, list_runs
from ecg_core.runs.tasks import evaluate_run, start_autoencoder
from ecg_core.training.autoencoder_options import AutoencoderOptions
from tests.app.opening import opened as open_page
from tests.app.opening import unopened
from tests.runs.waiting import until_ended, until_epoch


def opened(**address: str) -> AppTest:
    return open_page("7_Runs", **address)


@pytest.fixture
def start(simulated: Path) -> object:
    def begin(epochs: int) -> Run:
        options = AutoencoderOptions(epochs=epochs, folds=2)
        return start_autoencoder(open_folder(simulated), ("sim01", "sim03"), options)

    return begin


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_without_runs_the_page_says_what_a_run_is(simulated_home: Path) -> None:
    assert "Nothing has been trained here yet" in opened().info[0].value


def test_a_finished_run_shows_its_figures_options_and_command(
    simulated_home: Path, start: object, simulated: Path
) -> None:
    run = start(1)  # type: ignore[operator]
    until_ended(run)
    evaluate_run(run, open_folder(simulated), "sim05")
    page = opened(run=run.id)
    assert page.code[0].value == "python -m ecg_core train autoencoder --records sim01 sim03 --epochs 1 --folds 2"
    figures = page.dataframe[1].value
    assert list(figures.columns) == ["Validation", "sim05"]
    assert {"Promote to models/", "Delete"} <= set(labels(page))
    page.button(key="delete").click().run()
    assert not page.exception


def test_a_living_run_can_be_stopped_and_a_stopped_one_resumed(simulated_home: Path, start: object) -> None:
    run = start(200)  # type: ignore[operator]
    until_epoch(run, 1)
    page = opened(run=run.id)
    page.button(key=f"stop.{run.id}").click().run()
    until_ended(run)
    page = opened(run=run.id)
    assert "This run was stopped. Its checkpoint is kept." in [warning.value for warning in page.warning]
    done = len(run.progress().epochs)
    page.button(key=f"resume.{run.id}").click().run()
    assert not page.exception
    until_epoch(run, done + 1)
    stop(run)


def test_a_failed_run_says_why(simulated_home: Path, simulated: Path, tmp_path: Path) -> None:
    for path in simulated.glob("sim0[123].*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "sim01.dat").unlink()
    run = start_autoencoder(open_folder(tmp_path), ("sim02", "sim03"), AutoencoderOptions())
    until_ended(run)
    page = opened(run=run.id)
    assert "This run failed: sim01.dat is missing" in page.error[0].value


def test_several_runs_are_compared(simulated_home: Path, start: object) -> None:
    for epochs in (1, 2):
        until_ended(start(epochs))  # type: ignore[operator]
    page = unopened("7_Runs")
    page.session_state["runs.table"] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    page.run()
    assert not page.exception
    compared = page.dataframe[1].value
    assert list(compared.columns) == [run.id for run in list_runs()]
    assert list(compared.loc["epochs"]) == ["2", "1"]


def test_an_unknown_run_in_the_address_is_named(simulated_home: Path) -> None:
    assert "Unknown run '../x'" in opened(run="../x").error[0].value
