"""Runs: everything ever trained."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import open_folder
from ecg_core.files import read_json, write_json
from ecg_core.runs.control import stop
from ecg_core.runs.folder import Run, create_run, list_runs
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.registry import evaluate_run, start_autoencoder
from ecg_core.ui.runs.views import promoted_name
from tests.app.gans import adopted, trained_gan
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


@pytest.fixture(scope="session")
def trained(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_gan(simulated, tmp_path_factory.mktemp("gan"))


def finished(kind: str, result: dict[str, object], **options: object) -> Run:
    """A run of that kind as it is after its end, with nothing trained."""
    config = {
        "options": options,
        "source": {"folder": "x", "label": "Images in x", "records": []},
        "split": {"name": kind, "train": [], "test": [], "note": ""},
        "command": f"python -m ecg_core train {kind}",
    }
    run = create_run(kind, config)
    write_json(run.folder / "result.json", {**result, "finished": "2026-11-22T07:22:15+00:00", "seconds": 1.0})
    return run


def test_a_finished_gan_shows_each_figure_beside_that_between_patients(simulated_home: Path, trained: Path) -> None:
    run = adopted(trained)
    page = opened(run=run.id)
    table = page.dataframe[0].value
    assert table["What"].tolist() == ["Beat GAN"]
    assert table["Unit"].tolist() == ["V beats"]
    row = read_json(run.folder / "result.json")["fidelity"]
    figures = page.dataframe[1].value
    assert figures.loc["MMD", "V"] == f"{row['mmd']:.3f}"
    assert figures.loc["Two-sample AUC", "V"] == f"{row['two_sample_auc']:.3f}"
    assert figures.loc["Beats learned from", "V"] == f"{row['n_train']:,}"
    assert any("Synthetic V beats" in caption.value for caption in page.caption)
    specs = [chart.proto.spec for chart in page.get("plotly_chart")]
    assert any("Adversarial loss" in spec for spec in specs)
    assert {"Promote to models/", "Delete"} <= set(labels(page))


def test_a_gan_is_offered_to_models_under_the_name_of_its_class(simulated_home: Path, trained: Path) -> None:
    page = opened(run=adopted(trained).id)
    page.button(key="promote").click().run()
    assert not page.exception
    assert page.text_input(key="promote.name").value == "gan-V"


def test_names_to_promote_under_are_ones_a_model_can_have(simulated_home: Path) -> None:
    assert promoted_name(finished("image-gan", {}, label="left bundle/branch", size=64)) == (
        "image-gan-left-bundle-branch"
    )
    assert promoted_name(finished("image-gan", {}, label="x" * 99, size=64)) == f"image-gan-{'x' * 30}"
    assert promoted_name(finished("autoencoder", {})).startswith("autoencoder-20")


def test_an_image_gan_without_records_says_how_many_images_it_learned_from(simulated_home: Path) -> None:
    run = finished("image-gan", {"images": 1234}, label="normal", size=64)
    page = opened(run=run.id)
    assert any("**1,234 images**" in text.value for text in page.markdown)
    assert page.dataframe[0].value["Unit"].tolist() == ["normal images, 64 px"]
    assert "train on" not in page.dataframe[1].value["Option"].tolist()


def test_a_fidelity_run_shows_its_classes_and_is_nothing_to_promote(simulated_home: Path, trained: Path) -> None:
    row = read_json(trained / "result.json")["fidelity"]
    run = finished("fidelity", {"classes": {"V": {**row, "sentence": "Close."}}}, models="gan-V", seed=1)
    page = opened(run=run.id)
    assert page.dataframe[0].value["What"].tolist() == ["Fidelity"]
    assert list(page.dataframe[1].value.columns) == ["V"]
    assert "Close." in [caption.value for caption in page.caption]
    assert "Promote to models/" not in labels(page)
    assert "Delete" in labels(page)


def test_runs_of_every_kind_are_compared_losses_apart(simulated_home: Path, start: object, trained: Path) -> None:
    until_ended(start(1))  # type: ignore[operator]
    adopted(trained)
    finished("image-gan", {"images": 1234}, label="normal", size=64)
    page = unopened("7_Runs")
    page.session_state["runs.table"] = {"selection": {"rows": [0, 1, 2], "columns": [], "cells": []}}
    page.run()
    assert not page.exception
    assert set(page.dataframe[0].value.columns) >= {"ROC AUC", "Unit"}
    table = page.dataframe[1].value
    by_kind = {run.kind: run.id for run in list_runs()}
    assert table.loc["Images learned from", by_kind["image-gan"]] == "1,234"
    assert table.loc["MMD", by_kind["autoencoder"]] == "–"
    assert table.loc["MMD", by_kind["gan"]] != "–"
    titles = [chart.proto.spec for chart in page.get("plotly_chart")]
    assert len(titles) == 2
    assert "Training loss of the final network" in titles[0]
    assert "Loss of the generator" in titles[1]
