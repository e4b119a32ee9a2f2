"""A model folder gives back the detector that was saved, refuses what does not fit, and never runs what it holds."""

import dataclasses
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.windows import WindowSet, make_windows
from ecg_core.errors import ModelError
from ecg_core.files import read_json, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector
from ecg_core.tasks.autoencoder.inputs import BeatInputs
from ecg_core.tasks.autoencoder.model import load_detector, save_detector
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from tests.learning.cards import card_of, put_weights

RECORDS = ("sim01", "sim02", "sim03")
QUICK = {"epochs": 1, "folds": 2, "batch_size": 512}


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(RECORDS)


@pytest.fixture(scope="module")
def windows(simulated: Path, beats: BeatSet) -> WindowSet:
    return make_windows(simulated, beats, 1.0)


@pytest.fixture(scope="module")
def detector(beats: BeatSet) -> AutoencoderDetector:
    return AutoencoderDetector(AutoencoderOptions(**QUICK)).fit(beats)


@pytest.fixture
def model(tmp_path: Path, detector: AutoencoderDetector, beats: BeatSet) -> Path:
    save_detector(tmp_path / "model", detector, card_of("autoencoder", detector.options, beats))
    return tmp_path / "model"


def changed_card(model: Path, **changes: Any) -> None:
    card = {**read_json(model / CARD), **changes}
    write_json(model / CARD, {name: value for name, value in card.items() if value is not ...})


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_detector(folder)
    return str(caught.value)


def test_a_loaded_detector_scores_exactly_as_the_saved_one(
    model: Path, detector: AutoencoderDetector, beats: BeatSet
) -> None:
    loaded, card = load_detector(model)
    assert loaded.options == detector.options
    assert loaded.threshold_ == detector.threshold_ == card.about["threshold"]
    assert np.array_equal(loaded.score_samples(beats), detector.score_samples(beats))
    assert np.array_equal(loaded.predict(beats), detector.predict(beats))
    assert np.array_equal(loaded.validation_error_, detector.validation_error_)
    parts = [one.score_parts(beats, one.validation_error_) for one in (loaded, detector)]
    assert all(np.array_equal(parts[0][name], parts[1][name]) for name in detector.parts)
    rows = np.arange(0, len(beats), 97)
    assert np.array_equal(loaded.reconstruct_mv(beats, rows), detector.reconstruct_mv(beats, rows))


@pytest.mark.parametrize("changes", [{"input": "beat"}, {"leads": "second"}, {"early": False}, {"bottleneck": 3}])
def test_every_kind_of_input_survives_saving(tmp_path: Path, beats: BeatSet, changes: dict[str, Any]) -> None:
    detector = AutoencoderDetector(AutoencoderOptions(**QUICK | changes)).fit(beats)
    save_detector(tmp_path, detector, card_of("autoencoder", detector.options, beats))
    loaded, _ = load_detector(tmp_path)
    assert loaded.inputs_ == detector.inputs_
    assert np.array_equal(loaded.score_samples(beats), detector.score_samples(beats))


def test_a_model_of_windows_keeps_its_scale(tmp_path: Path, windows: WindowSet, beats: BeatSet) -> None:
    options = AutoencoderOptions(**QUICK | {"unit": "windows", "half_width_s": 1.0, "folds": 3})
    detector = AutoencoderDetector(options).fit(windows)
    save_detector(tmp_path, detector, card_of("autoencoder", detector.options, beats))
    loaded, _ = load_detector(tmp_path)
    assert np.array_equal(loaded.score_samples(windows), detector.score_samples(windows))
    rows = np.array([0, 5])
    assert np.array_equal(loaded.reconstruct_mv(windows, rows), detector.reconstruct_mv(windows, rows))


def test_the_folder_holds_weights_and_card_alone_and_the_card_says_kind_threshold_and_parts(model: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == [CARD, WEIGHTS]
    card = load_card(model)
    assert (card.kind, card.about["parts"]) == ("autoencoder", ["shape", "early"])
    assert card.about["threshold"] > 0
    assert preparation_of(card).config == BeatConfig()


def test_the_card_is_written_last_so_that_a_folder_with_a_card_is_complete(
    tmp_path: Path, detector: AutoencoderDetector, beats: BeatSet
) -> None:
    card = dataclasses.replace(card_of("autoencoder", detector.options, beats), figures={"validation": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        save_detector(tmp_path, detector, card)
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]
    assert refused(tmp_path) == f"{tmp_path} holds no model: there is no card.json in it."


def test_a_folder_that_is_not_there_holds_no_model(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == f"{tmp_path / 'none'} holds no model: there is no card.json in it."


def test_a_model_of_another_kind_is_refused(model: Path) -> None:
    changed_card(model, kind="gan")
    assert refused(model) == f"{model} holds a model of kind 'gan', expected 'autoencoder'."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": {"epochs": 0}}, "epochs is 0: choose a number from 1 to 200."),
        ({"options": {"width": 3}}, "Unknown option width of an autoencoder."),
    ],
)
def test_a_card_that_lies_is_damaged(model: Path, changes: dict[str, Any], reason: str) -> None:
    changed_card(model, **changes)
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert reason in message


@pytest.mark.parametrize(("value", "found"), [(..., "None"), (None, "None"), ("high", "'high'"), (True, "True")])
def test_a_threshold_that_is_none_is_named(model: Path, value: object, found: str) -> None:
    changed_card(model, threshold=value)
    assert refused(model) == f"{model / CARD} is damaged: threshold is {found}, expected a number."


def test_what_any_card_must_have_is_named(model: Path) -> None:
    changed_card(model, options=...)
    assert refused(model).startswith(f"{model / CARD} is damaged: Object missing required field `options`")


def test_missing_weights_are_named(model: Path) -> None:
    (model / WEIGHTS).unlink()
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert WEIGHTS in message


@pytest.mark.parametrize("kept", [0, 7, 100, -1])
def test_weights_cut_off_are_damaged(model: Path, kept: int) -> None:
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes()[:kept])
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged ({WEIGHTS} is damaged (")


@pytest.mark.parametrize("values", [{}, [], {"lead_numbers": None}])
def test_weights_that_do_not_say_their_leads_are_damaged(model: Path, values: Any) -> None:
    arrays = read_checkpoint(model / WEIGHTS).arrays
    put_weights(model, Checkpoint(arrays, values))
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged (")


def test_weights_without_validation_errors_are_damaged(model: Path) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    del stored.arrays["validation.error"]
    put_weights(model, stored)
    assert refused(model) == f"The model in {model} is incomplete or damaged ('validation.error')."


class Gadget:
    """Unpickling it creates the canary."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.canary),)


def test_a_pickle_in_place_of_the_weights_is_refused_and_not_executed(model: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    gadget = pickle.dumps(Gadget(canary))
    pickle.loads(gadget)  # noqa: S301 - the gadget works ...
    assert canary.is_dir()
    canary.rmdir()
    for name in (WEIGHTS, CARD):
        (model / name).write_bytes(gadget)
        refused(model)
    assert not canary.exists()  # ... but nobody pulled it


def test_a_zipped_torch_file_in_place_of_the_weights_is_refused(model: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    torch.save({"network": Gadget(canary)}, model / WEIGHTS)
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged ({WEIGHTS} is damaged (")
    assert not canary.exists()


def test_a_model_from_before_beats_were_laid_over_the_median_scores_as_it_did(
    detector: AutoencoderDetector, beats: BeatSet, model: Path
) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    values = {name: value for name, value in stored.values.items() if name != "aligned"}
    put_weights(model, Checkpoint(stored.arrays, values))
    older = load_detector(model)[0]
    assert older.inputs_ == BeatInputs((0, 1), True, aligned=False)
    rows = np.arange(5)
    record = beats.table["record"].iloc[0]
    expected = (np.asarray(beats.signals[:5]) - beats.templates[record]) / beats.units_mv[record][:, None]
    assert np.allclose(older.inputs_.encode(beats, rows), np.clip(expected, -3, 3), atol=1e-5)
    drawn = older.reconstruct_mv(beats, rows)
    assert np.isfinite(drawn).all()
    assert not np.array_equal(older.errors(beats), detector.errors(beats))
