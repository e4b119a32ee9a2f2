"""Runs: everything ever trained."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import open_folder
from ecg_core.evaluation.image_fidelity_report import ImageFidelityReport
from ecg_core.files import write_json
from ecg_core.learning.model_folder import WEIGHTS
from ecg_core.runs.control import start, stop
from ecg_core.runs.evaluation import evaluate_run
from ecg_core.runs.folder import Run, list_runs, summary_of
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.fidelity.judging import keep_fidelity
from ecg_core.tasks.gan.kept import keep_figures
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.registry import REGISTRY
from ecg_core.ui.runs.listed import table_key
from ecg_core.ui.runs.views import promoted_name
from ecg_core.workspace import runs_folder
from tests.app.gans import adopted, trained_gan
from tests.app.opening import opened as open_page
from tests.app.opening import unopened
from tests.evaluation.factories import class_fidelity
from tests.evaluation.test_image_fidelity_sentence import GOOD as IMAGES
from tests.runs.made_runs import empty_run
from tests.runs.waiting import until_ended, until_epoch


def opened(**address: str) -> AppTest:
    return open_page("7_Runs", **address)


@pytest.fixture
def begun(simulated: Path) -> object:
    def begin(epochs: int) -> Run:
        options = AutoencoderOptions(epochs=epochs, folds=2)
        return start(AUTOENCODER, Recordings.of(open_folder(simulated), ("sim01", "sim03")), options)

    return begin


def tick(page: AppTest, *rows: int) -> None:
    """Tick rows of the table of all runs, before the page has run."""
    key = table_key([run.id for run in list_runs()])
    page.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_without_runs_the_page_says_what_a_run_is_and_offers_all_that_can_be_trained(simulated_home: Path) -> None:
    page = opened()
    assert "Nothing has been trained here yet" in page.info[0].value
    offered = [link.proto.label for link in page.get("page_link") if link.proto.query_string == "tab=Train"]
    assert offered == [task.title for task in REGISTRY.values() if task.model]


def test_a_finished_run_shows_its_figures_options_and_command(
    simulated_home: Path, begun: object, simulated: Path
) -> None:
    run = begun(1)  # type: ignore[operator]
    until_ended(run)
    evaluate_run(run, open_folder(simulated), "sim05")
    page = opened(run=run.id)
    assert page.code[0].value == "python -m ecg_core train autoencoder --records sim01 sim03 --epochs 1 --folds 2"
    figures = page.dataframe[1].value
    assert list(figures.columns) == ["Validation", "sim05"]
    assert {"Promote to models/", "Delete"} <= set(labels(page))
    assert "Report (HTML)" in [button.proto.label for button in page.get("download_button")]


def test_a_living_run_can_be_stopped_and_a_stopped_one_resumed(simulated_home: Path, begun: object) -> None:
    run = begun(200)  # type: ignore[operator]
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
    for name in ("sim02", "sim03"):
        (tmp_path / f"{name}.dat").unlink()
    material = Recordings.of(open_folder(tmp_path), ("sim02", "sim03"))
    run = start(AUTOENCODER, material, AutoencoderOptions())
    until_ended(run)
    page = opened(run=run.id)
    assert "This run failed: No record is left to work with. sim02.dat is missing" in page.error[0].value


def test_several_runs_are_compared(simulated_home: Path, begun: object) -> None:
    for epochs in (1, 2):
        until_ended(begun(epochs))  # type: ignore[operator]
    page = unopened("7_Runs")
    tick(page, 0, 1)
    page.run()
    assert not page.exception
    compared = page.dataframe[1].value
    assert list(compared.columns) == [run.id for run in list_runs()]
    assert list(compared.loc["Epochs"]) == ["2", "1"]
    assert page.query_params["run"] == ",".join(run.id for run in list_runs())
    again = opened(run=page.query_params["run"])
    assert list(again.dataframe[1].value.columns) == list(compared.columns)


def test_a_tick_stays_with_its_run_when_a_newer_one_comes(simulated_home: Path) -> None:
    ticked = empty_run(simulated_home, number=1)
    page = unopened("7_Runs")
    tick(page, 0)
    page.run()
    assert f"Run {ticked.id}, interrupted" in [caption.value for caption in page.caption]
    newer = empty_run(simulated_home, number=2)
    page.run()
    assert f"Run {ticked.id}, interrupted" in [caption.value for caption in page.caption], f"not {newer.id}"


def test_deleting_asks_names_what_goes_and_can_be_cancelled(simulated_home: Path) -> None:
    run = empty_run(simulated_home)
    page = opened(run=run.id)
    page.button(key="delete").click().run()
    assert any(run.id in text.value for text in page.markdown)
    assert any("Its options and curves go for good: 1 file," in text.value for text in page.markdown)
    page.button(key="delete-no").click().run()
    assert [kept.id for kept in list_runs()] == [run.id]
    assert "delete.yes" not in [button.key for button in page.button]
    page.button(key="delete").click().run()
    page.button(key="delete.yes").click().run()
    assert not page.exception
    assert not list_runs()


@pytest.mark.parametrize("content", ["null", "", "{", '{"kind": "autoencoder"}'])
def test_a_damaged_run_is_listed_with_its_problem_beside_the_others(simulated_home: Path, content: str) -> None:
    good, bad = (empty_run(simulated_home, number=number) for number in (1, 2))
    (bad.folder / "config.json").write_text(content)
    page = opened(run=bad.id)
    table = page.dataframe[0].value
    assert table["State"].tolist() == ["damaged", "interrupted"]
    assert table["Run"].tolist() == [bad.id, good.id]
    assert bad.id in page.error[0].value
    assert "Delete" in labels(page)
    assert not open_page("app").exception


def test_an_unknown_run_in_the_address_is_named(simulated_home: Path) -> None:
    empty_run(simulated_home)
    page = opened(run="../x,<b>")
    (said,) = page.warning
    assert [line[:20] for line in said.value.split("  \n")] == ["Unknown run '../x': ", "Unknown run '<b>': t"]
    assert "run" not in page.query_params
    assert "at most 8" in opened(run=",".join("abcdefghi")).warning[0].value


@pytest.fixture(scope="session")
def trained(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_gan(simulated, tmp_path_factory.mktemp("gan"))


def finished(kind: str, result: dict[str, object], **options: object) -> Run:
    """A run of that kind as it is after its end, with nothing trained."""
    run = empty_run(
        runs_folder().parent,
        kind,
        options={**REGISTRY[kind].options().to_json(), **options},
        source={"folder": "x", "label": "Images in x", "records": []},
        split={"name": kind, "train": [], "test": [], "note": ""},
    )
    write_json(run.folder / "result.json", {**result, "finished": "2026-11-22T07:22:15+00:00", "seconds": 1.0})
    return run


def test_a_finished_gan_shows_each_figure_beside_that_between_patients(simulated_home: Path, trained: Path) -> None:
    run = adopted(trained)
    assert any("Not judged yet; trained on 128 beats" in one.value for one in opened(run=run.id).markdown)
    row = class_fidelity(two_sample_auc=0.62)
    keep_fidelity(run.folder, row, 1)
    page = opened(run=run.id)
    table = page.dataframe[0].value
    assert table["What"].tolist() == ["Beat GAN"]
    assert table["Unit"].tolist() == ["V beats"]
    assert table["Result"].tolist() == ["Two-sample AUC 0.620"]
    figures = page.dataframe[1].value
    assert figures.loc["MMD", "Value"] == "0.240"
    assert figures.index[0] == "Two-sample AUC"
    assert any(
        "V: shape plausible (AUC 0.62), no copying (3.0 % unusually near a training beat, 5 % expected)"
        in caption.value
        for caption in page.caption
    )
    specs = [chart.proto.spec for chart in page.get("plotly_chart")]
    assert any("Adversarial loss" in spec for spec in specs)
    assert {"Promote to models/", "Delete"} <= set(labels(page))


def test_a_gan_is_offered_to_models_under_the_name_of_its_class(simulated_home: Path, trained: Path) -> None:
    page = opened(run=adopted(trained).id)
    page.button(key="promote").click().run()
    assert not page.exception
    assert page.text_input(key="promote.name").value == "gan-V"


def test_names_to_promote_under_are_ones_a_model_can_have(simulated_home: Path) -> None:
    def name_of(number: int, kind: str, **options: object) -> str:
        options = {**REGISTRY[kind].options().to_json(), **options}
        return promoted_name(summary_of(empty_run(simulated_home, kind, number, options=options)))

    assert name_of(1, "image-gan", label="left bundle/branch") == "image-gan-left-bundle-branch"
    assert name_of(2, "image-gan", label="x" * 99) == f"image-gan-{'x' * 30}"
    assert name_of(3, "autoencoder").startswith("autoencoder-20")


def test_an_image_gan_without_records_says_how_many_images_it_learned_from(simulated_home: Path) -> None:
    run = finished("image-gan", {"images": 1234}, label="normal", size=64)
    page = opened(run=run.id)
    assert any("Trained on 1,234 images" in text.value for text in page.markdown)
    assert page.dataframe[0].value["Unit"].tolist() == ["normal images, 64 px"]
    assert page.dataframe[0].value["Result"].tolist() == ["not judged yet"]
    assert "Trained on" not in page.dataframe[2].value["Option"].tolist()
    for name in ("card.json", WEIGHTS):
        (run.folder / name).write_bytes(b"{}")
    keep_figures(run.folder, IMAGES.to_json(), 1)
    page = opened(run=run.id)
    assert page.dataframe[0].value["Result"].tolist() == ["Two-sample AUC 0.620"]
    assert any("shape plausible (AUC 0.62)" in caption.value for caption in page.caption)


def test_a_fidelity_run_shows_its_classes_and_is_nothing_to_promote(simulated_home: Path) -> None:
    row = class_fidelity().to_json()
    result = {"classes": {"V": row}, "tstr": None, "embedding": "pca-32", "embedding_explained": 0.9, "note": ""}
    run = finished("fidelity", result, models="models/gan-V", seed=1)
    page = opened(run=run.id)
    assert page.dataframe[0].value["What"].tolist() == ["Fidelity"]
    assert "MMD of V" in page.dataframe[1].value.index
    assert any("V: shape plausible (AUC 0.71)" in caption.value for caption in page.caption)
    assert "Promote to models/" not in labels(page)
    assert "Delete" in labels(page)


def test_an_image_fidelity_run_shows_its_classes_in_a_sentence_each(simulated_home: Path) -> None:
    run = finished("image-fidelity", ImageFidelityReport({"V": IMAGES}).to_json(), models="models/image-gan-V", seed=1)
    page = opened(run=run.id)
    assert page.dataframe[0].value["What"].tolist() == ["Image fidelity"]
    assert "Grey pixels of V" in page.dataframe[1].value.index
    assert any("V: shape plausible (AUC 0.62)" in caption.value for caption in page.caption)
    assert "Promote to models/" not in labels(page)


def test_runs_of_every_kind_are_compared_losses_apart(simulated_home: Path, begun: object, trained: Path) -> None:
    until_ended(begun(1))  # type: ignore[operator]
    keep_fidelity(adopted(trained).folder, class_fidelity(), 1)
    finished("image-gan", {"images": 1234}, label="normal", size=64)
    page = unopened("7_Runs")
    tick(page, 0, 1, 2)
    page.run()
    assert not page.exception
    results = page.dataframe[0].value.set_index("What")["Result"]
    assert re.fullmatch(r"ROC AUC [\d.]+, validation", results["Autoencoder"])
    assert results["Beat GAN"].startswith("Two-sample AUC")
    assert results["Image GAN"] == "not judged yet"
    table = page.dataframe[1].value
    by_kind = {run.kind: run.id for run in list_runs()}
    assert table.loc["Images learned from", by_kind["image-gan"]] == "1,234"
    assert table.loc["MMD", by_kind["autoencoder"]] == "–"
    assert table.loc["MMD", by_kind["gan"]] != "–"
    titles = [chart.proto.spec for chart in page.get("plotly_chart")]
    assert len(titles) == 2
    assert "Training loss of the final network" in titles[0]
    assert "Loss of the generator" in titles[1]


def test_what_is_ticked_is_what_is_compared_promoted_and_deleted_though_newer_runs_come(simulated_home: Path) -> None:
    """Between each two clicks somebody else starts another run, which stands above in the table."""
    first, second = (empty_run(simulated_home, number=number) for number in (1, 2))
    page = unopened("7_Runs")
    tick(page, 1)
    page.run()
    assert f"Run {first.id}, interrupted" in [caption.value for caption in page.caption]
    empty_run(simulated_home, number=3)
    page.button(key="delete").click().run()
    assert any(first.id in text.value for text in page.markdown) and not page.exception
    empty_run(simulated_home, number=4)
    page.button(key="delete.yes").click().run()
    assert first.id not in [run.id for run in list_runs()]
    assert len(list_runs()) == 3
    page = opened(run=f"{second.id},{list_runs()[0].id}")
    newest = list_runs()[0]
    empty_run(simulated_home, number=5)
    page.run()
    assert list(page.dataframe[1].value.columns) == [second.id, newest.id]
    finished = finished_gan(simulated_home)
    page = opened(run=finished.id)
    empty_run(simulated_home, number=9)
    page.button(key="promote").click().run()
    assert page.text_input(key="promote.name").value == promoted_name(summary_of(finished))


def finished_gan(home: Path) -> Run:
    run = empty_run(home, "gan", number=6, options={**REGISTRY["gan"].options().to_json(), "beat_class": "F"})
    result = {"beats": 9, "finished": "2026-01-01T00:01:00+00:00", "seconds": 1.0}
    write_json(run.folder / "result.json", result)
    return run
