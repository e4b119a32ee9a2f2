"""A trained autoencoder as a folder: arrays in `model.safetensors`, everything to be said of it in `card.json`."""

from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.beats.store import BeatConfig, BeatSet
from ecg_core.beats.windows import MinMaxScaler
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.tail import TailScore
from ecg_core.files import read_json, write_json
from ecg_core.training.autoencoder import AutoencoderDetector
from ecg_core.training.autoencoder_inputs import BeatInputs, Inputs, WindowInputs
from ecg_core.training.autoencoder_options import AutoencoderOptions
from ecg_core.training.checkpoint import Arrays, Checkpoint, read_checkpoint, write_checkpoint

KIND = "autoencoder"
WEIGHTS, CARD = "model.safetensors", "card.json"


def save_detector(folder: Path, detector: AutoencoderDetector, card: dict[str, Any]) -> None:
    """Write both files; the card last, so that a folder with a card is complete."""
    arrays: Arrays = {f"network.{name}": array for name, array in detector.weights_.items()}
    for part, tails in detector.tails_.items():
        arrays |= {f"tail.{part}.{k}": tail.reference.astype(np.float32) for k, tail in enumerate(tails)}
    if isinstance(detector.inputs_, WindowInputs):
        arrays |= {"scaler.low": detector.inputs_.scaler.low, "scaler.high": detector.inputs_.scaler.high}
    arrays["validation.error"] = detector.validation_error_
    leads = list(detector.inputs_.leads) if detector.inputs_ else []
    write_checkpoint(folder / WEIGHTS, Checkpoint(arrays, {"kind": KIND, "lead_numbers": leads}))
    write_json(folder / CARD, {"kind": KIND, **card, "threshold": detector.threshold_, "parts": list(detector.parts)})


def load_card(folder: Path) -> dict[str, Any]:
    """The card of a model folder. Raises ModelError if it is missing, damaged or of another kind of model."""
    path = folder / CARD
    try:
        card: Any = read_json(path)
    except FileNotFoundError:
        raise ModelError(f"{folder} holds no model: there is no {CARD} in it.") from None
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON ({error}): the model is damaged.") from None
    if not isinstance(card, dict) or "kind" not in card:
        raise ModelError(f"{path} does not say what kind of model it is: the model is damaged.")
    found: dict[str, Any] = card
    return found


def load_detector(folder: Path) -> tuple[AutoencoderDetector, dict[str, Any]]:
    """Load detector and card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card = load_card(folder)
    if card["kind"] != KIND:
        raise ModelError(f"{folder} holds a model of kind {card['kind']!r}, expected {KIND!r}.")
    try:
        stored = read_checkpoint(folder / WEIGHTS)
        options = AutoencoderOptions.from_json(card["options"])
        detector = AutoencoderDetector(options)
        detector.weights_ = _under(stored.arrays, "network.")
        leads = tuple(stored.values["lead_numbers"])
        detector.inputs_ = _inputs(options, leads, stored.arrays)
        for part in detector.parts:
            found = _under(stored.arrays, f"tail.{part}.")
            detector.tails_[part] = [TailScore(found[key].astype(np.float64)) for key in sorted(found)]
        detector.validation_error_ = stored.arrays["validation.error"]
        detector.threshold_ = float(card["threshold"])
    except (FileNotFoundError, KeyError, TypeError, ValueError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({error}).") from None
    return detector, card


def check_fits(card: dict[str, Any], items: BeatSet) -> None:
    """Raise ModelError, naming the field, if beats were prepared in another way than the model was trained on."""
    trained = {**card["preprocessing"], "band_hz": tuple(card["preprocessing"]["band_hz"])}
    for name, value in vars(items.config).items():
        if trained.get(name) != value:
            raise ModelError(
                f"The model was trained on beats prepared with {name} = {trained.get(name)}, these have {value}: "
                "prepare the beats as the model's card says, or train a model on these."
            )
    if card["preprocessing_hash"] != items.config.hash:
        raise ModelError("The model was trained on beats of another preparation format: train it again.")


def beat_config(card: dict[str, Any]) -> BeatConfig:
    """The preparation a model's card asks for."""
    return BeatConfig(**{**card["preprocessing"], "band_hz": tuple(card["preprocessing"]["band_hz"])})


def _inputs(options: AutoencoderOptions, leads: tuple[int, ...], arrays: Arrays) -> Inputs:
    if options.unit == "windows":
        return WindowInputs(leads, MinMaxScaler(arrays["scaler.low"], arrays["scaler.high"]))
    return BeatInputs(leads, options.input == "difference")


def _under(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
