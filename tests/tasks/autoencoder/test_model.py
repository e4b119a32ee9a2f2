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
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.learning.fits import check_fits
from ecg_core.learning.model_folder import CARD, WEIGHTS, config_of, load_card
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector
from ecg_core.tasks.autoencoder.model import load_detector, save_detector
from ecg_core.tasks.autoencoder.options import AutoencoderOptions

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
    return AutoencoderDetector(AutoencoderOptions(**QUICK)).fit(beats, RECORDS)


def card_of(detector: AutoencoderDetector, config: BeatConfig) -> dict[str, Any]:
    return {"options": detector.options.to_json(), "preprocessing": vars(config), "preprocessing_hash": config.hash}


@pytest.fixture
def model(tmp_path: Path, detector: AutoencoderDetector, beats: BeatSet) -> Path:
    save_detector(tmp_path / "model", detector, card_of(detector, beats.config))
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
    assert loaded.threshold_ == detector.threshold_ == card["threshold"]
    assert np.array_equal(loaded.score_samples(beats), detector.score_samples(beats))
    assert np.array_equal(loaded.predict(beats), detector.predict(beats))
    assert np.array_equal(loaded.validation_error_, detector.validation_error_)
    parts = [one.score_parts(beats, one.validation_error_) for one in (loaded, detector)]
    assert all(np.array_equal(parts[0][name], parts[1][name]) for name in detector.parts)
    rows = np.arange(0, len(beats), 97)
    assert np.array_equal(loaded.reconstruct_mv(beats, rows), detector.reconstruct_mv(beats, rows))


@pytest.mark.parametrize("changes", [{"input": "beat"}, {"leads": "second"}, {"early": False}, {"bottleneck": 3}])
def test_every_kind_of_input_survives_saving(tmp_path: Path, beats: BeatSet, changes: dict[str, Any]) -> None:
    detector = AutoencoderDetector(AutoencoderOptions(**QUICK | changes)).fit(beats, RECORDS)
    save_detector(tmp_path, detector, card_of(detector, beats.config))
    loaded, _ = load_detector(tmp_path)
    assert loaded.inputs_ == detector.inputs_
    assert np.array_equal(loaded.score_samples(beats), detector.score_samples(beats))


def test_a_model_of_windows_keeps_its_scale(tmp_path: Path, windows: WindowSet, beats: BeatSet) -> None:
    options = AutoencoderOptions(**QUICK | {"unit": "windows", "half_width_s": 1.0, "folds": 3})
    detector = AutoencoderDetector(options).fit(windows, RECORDS)
    save_detector(tmp_path, detector, card_of(detector, beats.config))
    loaded, _ = load_detector(tmp_path)
    assert np.array_equal(loaded.score_samples(windows), detector.score_samples(windows))
    rows = np.array([0, 5])
    assert np.array_equal(loaded.reconstruct_mv(windows, rows), detector.reconstruct_mv(windows, rows))


def test_the_folder_holds_weights_and_card_alone_and_the_card_says_kind_threshold_and_parts(model: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == [CARD, WEIGHTS]
    card = load_card(model)
    assert (card["kind"], card["parts"]) == ("autoencoder", ["shape", "early"])
    assert card["threshold"] > 0
    assert config_of(card) == BeatConfig()


def test_the_card_is_written_last_so_that_a_folder_with_a_card_is_complete(
    tmp_path: Path, detector: AutoencoderDetector
) -> None:
    with pytest.raises(ValueError, match="JSON"):
        save_detector(tmp_path, detector, {"figures": float("nan")})
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]
    assert refused(tmp_path) == f"{tmp_path} holds no model: there is no card.json in it."


def test_a_folder_that_is_not_there_holds_no_model(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == f"{tmp_path / 'none'} holds no model: there is no card.json in it."


@pytest.mark.parametrize("content", [b"", b"{", b'{"kind": "autoencoder"', b"\xff\xfe\x00", b"NaN,"])
def test_a_card_that_is_not_json_is_damaged(model: Path, content: bytes) -> None:
    (model / CARD).write_bytes(content)
    message = refused(model)
    assert message.startswith(f"{model / CARD} is not valid JSON (")
    assert message.endswith("): the model is damaged.")


@pytest.mark.parametrize("content", ["[]", "3", "null", '"kind"', "{}"])
def test_a_card_that_names_no_kind_is_damaged(model: Path, content: str) -> None:
    (model / CARD).write_text(content)
    assert refused(model) == f"{model / CARD} does not say what kind of model it is: the model is damaged."


def test_a_model_of_another_kind_is_refused(model: Path) -> None:
    changed_card(model, kind="gan")
    assert refused(model) == f"{model} holds a model of kind 'gan', expected 'autoencoder'."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": ...}, "'options'"),
        ({"threshold": ...}, "'threshold'"),
        ({"threshold": None}, "NoneType"),
        ({"threshold": "high"}, "could not convert string to float: 'high'"),
        ({"options": {"epochs": 0}}, "epochs is 0: choose a number from 1 to 200."),
        ({"options": {"width": 3}}, "Unknown option width of an autoencoder."),
    ],
)
def test_a_card_that_lacks_something_or_lies_is_damaged(model: Path, changes: dict[str, Any], reason: str) -> None:
    changed_card(model, **changes)
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert reason in message


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
    write_checkpoint(model / WEIGHTS, Checkpoint(arrays, values))
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged (")


def test_weights_without_validation_errors_are_damaged(model: Path) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    del stored.arrays["validation.error"]
    write_checkpoint(model / WEIGHTS, stored)
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


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"fs": 90.0}, "fs = 180.0, these have 90.0"),
        ({"before_s": 0.3}, "before_s = 0.35, these have 0.3"),
        ({"after_s": 0.5}, "after_s = 0.45, these have 0.5"),
        ({"band_hz": (0.5, 35.0)}, "band_hz = (0.5, 40.0), these have (0.5, 35.0)"),
        ({"n_leads": 1}, "n_leads = 2, these have 1"),
    ],
)
def test_beats_prepared_in_another_way_are_refused_and_the_field_is_named(
    model: Path, beats: BeatSet, changed: dict[str, Any], named: str
) -> None:
    card = load_card(model)
    check_fits(card, beats)
    other = dataclasses.replace(beats, config=dataclasses.replace(beats.config, **changed))
    with pytest.raises(ModelError) as caught:
        check_fits(card, other)
    assert str(caught.value) == (
        f"The model was trained on beats prepared with {named}: "
        "prepare the beats as the model's card says, or train a model on these."
    )


def test_every_field_of_the_preparation_is_compared(model: Path, beats: BeatSet) -> None:
    for name in vars(beats.config):
        card = load_card(model)
        card["preprocessing"] = {**card["preprocessing"], name: (0, 0) if name == "band_hz" else 99}
        with pytest.raises(ModelError, match=rf"prepared with {name} = "):
            check_fits(card, beats)


def test_beats_of_another_format_of_preparation_are_refused(model: Path, beats: BeatSet) -> None:
    card = load_card(model) | {"preprocessing_hash": "0" * 16}
    with pytest.raises(ModelError) as caught:
        check_fits(card, beats)
    assert str(caught.value) == (
        "The model was trained on beats of another preparation format (preprocessing_hash 0000000000000000, these have "
        f"{beats.config.hash}): train it again."
    )
