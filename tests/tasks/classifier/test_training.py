"""Runs that train classifiers or compare them: real workers, killed and resumed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.data.sources import open_folder
from ecg_core.errors import ModelError, RunError
from ecg_core.learning.checkpoint import read_checkpoint
from ecg_core.runs.control import resume
from ecg_core.runs.folder import Run
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.training import check_gans, start_classifier
from ecg_core.tasks.registry import evaluate_model, evaluate_run
from ecg_core.tasks.study.options import StudyOptions
from ecg_core.tasks.study.training import start_study
from tests.runs.test_worker import kill
from tests.runs.waiting import until, until_ended, until_epoch

SMALL = ClassifierOptions(epochs=3, folds=2, parts=False, most_normal=100)


@pytest.fixture
def start_small(simulated: Path) -> Iterator[Callable[..., Run]]:
    started: list[Run] = []

    def start(**options: Any) -> Run:
        run = start_classifier(open_folder(simulated), None, replace(SMALL, **options))
        started.append(run)
        return run

    yield start
    for run in started:
        if run.state in ("running", "starting", "queued"):
            kill(run)


def weights(run: Run) -> dict[str, Any]:
    return read_checkpoint(run.folder / "model.safetensors").arrays


def test_a_killed_training_resumed_ends_with_the_very_weights_of_an_unbroken_one(
    start_small: Callable[..., Run],
) -> None:
    broken = start_small(epochs=6)
    until_epoch(broken, 2)
    kill(broken)
    assert broken.state == "interrupted"
    resume(broken)
    until_ended(broken)
    assert broken.state == "finished", broken.error
    whole = start_small(epochs=6)
    until_ended(whole)
    first, second = weights(broken), weights(whole)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    rows = [row["done"] for row in broken.progress().epochs]
    assert rows == list(range(1, len(rows) + 1))


def test_curves_show_loss_and_macro_f1_of_the_patients_left_out(start_small: Callable[..., Run]) -> None:
    run = start_small(epochs=2)
    until_ended(run)
    epochs = run.progress().epochs
    assert all({"train_loss", "validation_loss", "macro_f1"} <= set(row) for row in epochs if row["stage"] < 3)
    assert all("macro_f1" not in row for row in epochs if row["stage"] == 3)


def test_judging_a_run_is_kept_in_it_with_the_time(start_small: Callable[..., Run], simulated: Path) -> None:
    run = start_small(epochs=1)
    until_ended(run)
    assert run.evaluations == {}
    found = evaluate_run(run, open_folder(simulated), "test")
    assert run.evaluations["test"]["macro_f1"] == found["macro_f1"]
    assert found["evaluated"] <= pd.Timestamp.now(tz="UTC").isoformat()
    with pytest.raises(ModelError, match="The model was trained on record sim01"):
        evaluate_model(run.folder, open_folder(simulated), "sim01")


def test_permuting_test_labels_changes_no_prediction_and_no_choice(
    start_small: Callable[..., Run], simulated_beats: BeatSet
) -> None:
    run = start_small(epochs=1)
    until_ended(run)
    before = read_checkpoint(run.folder / "model.safetensors").arrays
    classifier, card = load_classifier(run.folder)
    test = simulated_beats.only(split_of(simulated_beats.records).test)
    order = np.random.default_rng(0).permutation(len(test))
    mixed = test.table.assign(**{name: test.table[name].to_numpy()[order] for name in ("symbol", "beat_class")})
    assert np.array_equal(classifier.predict_proba(test), classifier.predict_proba(replace(test, table=mixed)))
    after = load_classifier(run.folder)
    assert after[1] == card
    assert all(np.array_equal(array, weights(run)[name]) for name, array in before.items())


def test_gans_that_saw_other_records_are_refused_and_so_are_two_of_one_class() -> None:
    with pytest.raises(ModelError, match="was trained on record 101"):
        check_gans(("models/gan-V",), ["sim01"])
    every = [str(number) for number in range(100, 240)]
    with pytest.raises(ModelError, match="both make class V: choose one"):
        check_gans(("models/gan-V", "models/gan-V"), every)
    check_gans(("models/gan-S", "models/gan-V", "models/gan-F"), every)


def test_a_study_that_was_killed_goes_on_with_what_is_left(simulated: Path) -> None:
    options = StudyOptions(choices="none oversampling", seeds=2, epochs=1, steps_per_epoch=30)
    run = start_study(open_folder(simulated), options)
    place = run.folder / "trainings"
    until(lambda: len(list(place.glob("[!.]*.npy"))) >= 1, "the first training")
    kill(run)
    done = {path.name: path.stat().st_mtime_ns for path in place.glob("[!.]*.npy")}
    resume(run)
    until_ended(run)
    assert run.state == "finished", run.error
    assert len(list(place.iterdir())) == 4, "what a killed process had half written is gone"
    assert {name: (place / name).stat().st_mtime_ns for name in done} == done
    result = run.result
    assert result is not None
    assert list(result["study"]) == ["none", "oversampling"]
    matrix = np.load(place / "none-0.npy")
    assert matrix.shape[0] == len(result["records"])


def test_a_study_without_anybody_to_judge_on_is_refused(simulated: Path, tmp_path: Path) -> None:
    for path in simulated.glob("sim01.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(RunError, match="have no test records: there is nobody to judge on"):
        start_study(open_folder(tmp_path), StudyOptions())


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)
