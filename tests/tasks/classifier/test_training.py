"""Runs that train classifiers: by real workers, killed and resumed; and what a finished one holds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.data.sources import open_folder
from ecg_core.errors import ModelError, RunError
from ecg_core.learning.checkpoint import read_checkpoint
from ecg_core.runs.control import resume, start
from ecg_core.runs.evaluation import evaluate_run
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.result import ClassifierResult
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.classifier.training import check, check_gans
from ecg_core.tasks.evaluation import evaluate_model
from ecg_core.tasks.material import Recordings
from tests.app.gans import adopted
from tests.runs.in_this_process import finished
from tests.runs.test_worker import kill
from tests.runs.waiting import until_ended, until_epoch

SMALL = ClassifierOptions(epochs=2, folds=2, members=1, parts=False, most_normal=100)


@pytest.fixture
def start_small(simulated: Path) -> Iterator[Callable[..., Run]]:
    started: list[Run] = []

    def start_run(**options: Any) -> Run:
        run = start(CLASSIFIER, Recordings.of(open_folder(simulated)), replace(SMALL, **options))
        started.append(run)
        return run

    yield start_run
    for run in started:
        if run.state in ALIVE:
            kill(run)


@pytest.fixture(scope="module")
def trained(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(tmp_path_factory.mktemp("home")))
        return finished(CLASSIFIER, Recordings.of(open_folder(simulated)), SMALL).folder


@pytest.fixture
def run(trained: Path) -> Run:
    """A copy of it in the workspace of this test."""
    return adopted(trained)


def weights(run: Run) -> dict[str, Any]:
    return read_checkpoint(run.folder / "model.safetensors").arrays


def test_a_killed_training_resumed_ends_with_the_very_weights_of_an_unbroken_one(
    start_small: Callable[..., Run], simulated: Path
) -> None:
    broken = start_small(epochs=6)
    until_epoch(broken, 2)
    kill(broken)
    assert broken.state == "interrupted"
    resume(broken)
    until_ended(broken)
    assert broken.state == "finished", broken.error
    whole = finished(CLASSIFIER, Recordings.of(open_folder(simulated)), replace(SMALL, epochs=6))
    first, second = weights(broken), weights(whole)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    rows = [row.done for row in broken.progress().epochs]
    assert rows == list(range(1, len(rows) + 1))


def test_curves_show_loss_and_macro_f1_of_the_patients_left_out(run: Run) -> None:
    epochs = run.progress().epochs
    assert all(
        {"train_loss", "validation_loss", "macro_f1"} <= set(row.figures) for row in epochs if row.stage in (1, 2)
    )
    assert all("macro_f1" not in row.figures for row in epochs if row.stage not in (1, 2))


def test_a_finished_run_holds_its_result_and_a_model_whose_card_says_the_same(run: Run) -> None:
    ended = run.result()
    assert ended is not None
    assert isinstance(ended.report, ClassifierResult)
    _, card = load_classifier(run.folder)
    assert card.figures == {"validation": ended.report.validation.to_json()}
    assert (card.split, card.options, card.command) == (
        run.config().split,
        run.config().options,
        run.config().command,
    )
    assert card.options == SMALL.to_json()


def test_judging_a_run_is_kept_in_it_with_the_time(run: Run, simulated: Path) -> None:
    assert run.evaluations() == {}
    found = evaluate_run(run, open_folder(simulated), "test")
    assert run.evaluations() == {"test": found}
    assert found.evaluated <= pd.Timestamp.now(tz="UTC").isoformat()
    with pytest.raises(ModelError, match="The model was trained on record sim01"):
        evaluate_model(run.folder, open_folder(simulated), "sim01")


def test_permuting_test_labels_changes_no_prediction_and_no_choice(run: Run, simulated_beats: BeatSet) -> None:
    before = read_checkpoint(run.folder / "model.safetensors").arrays
    classifier, card = load_classifier(run.folder)
    test = simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).test)
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


def test_the_gans_that_are_used_are_named_in_the_options(simulated: Path) -> None:
    recordings = Recordings.of(open_folder(simulated))
    with pytest.raises(ModelError, match="models/gan-S was trained on record 101"):
        check(recordings, replace(SMALL, added="gan"))
    known = replace(recordings, split=replace(recordings.split, train=tuple(str(k) for k in range(100, 240))))
    assert check(known, replace(SMALL, added="gan")).gans == "models/gan-S models/gan-V models/gan-F"
    assert check(recordings, SMALL) == SMALL


def test_one_patient_is_refused_before_a_run_is_made(simulated: Path, workspace_of_its_own: Path) -> None:
    with pytest.raises(RunError, match="one patient only, at least 2 are needed"):
        start(CLASSIFIER, Recordings.of(open_folder(simulated), ("sim01",)), SMALL)
    assert not (workspace_of_its_own / "runs").exists()
