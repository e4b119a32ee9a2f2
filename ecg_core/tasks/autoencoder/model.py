"""A trained autoencoder as a model folder."""

from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.beats.windows import MinMaxScaler
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.tail import TailScore
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector
from ecg_core.tasks.autoencoder.inputs import BeatInputs, Inputs, WindowInputs
from ecg_core.tasks.autoencoder.options import AutoencoderOptions

KIND = "autoencoder"


def save_detector(folder: Path, detector: AutoencoderDetector, card: dict[str, Any]) -> None:
    """Write both files; the card last, so that a folder with a card is complete."""
    arrays: Arrays = {f"network.{name}": array for name, array in detector.weights_.items()}
    for part, tails in detector.tails_.items():
        arrays |= {f"tail.{part}.{k}": tail.reference.astype(np.float32) for k, tail in enumerate(tails)}
    if isinstance(detector.inputs_, WindowInputs):
        arrays |= {"scaler.low": detector.inputs_.scaler.low, "scaler.high": detector.inputs_.scaler.high}
    arrays["validation.error"] = detector.validation_error_
    leads = list(detector.inputs_.leads) if detector.inputs_ else []
    card = {**card, "threshold": detector.threshold_, "parts": list(detector.parts)}
    write_model(folder, KIND, arrays, card, lead_numbers=leads)


def load_detector(folder: Path) -> tuple[AutoencoderDetector, dict[str, Any]]:
    """Load detector and card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    try:
        options = AutoencoderOptions.from_json(card["options"])
        detector = AutoencoderDetector(options)
        detector.weights_ = under(stored.arrays, "network.")
        leads = tuple(stored.values["lead_numbers"])
        detector.inputs_ = _inputs(options, leads, stored.arrays)
        for part in detector.parts:
            found = under(stored.arrays, f"tail.{part}.")
            detector.tails_[part] = [TailScore(found[key].astype(np.float64)) for key in sorted(found)]
        detector.validation_error_ = stored.arrays["validation.error"]
        detector.threshold_ = float(card["threshold"])
    except (KeyError, TypeError, ValueError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({error}).") from None
    return detector, card


def _inputs(options: AutoencoderOptions, leads: tuple[int, ...], arrays: Arrays) -> Inputs:
    if options.unit == "windows":
        return WindowInputs(leads, MinMaxScaler(arrays["scaler.low"], arrays["scaler.high"]))
    return BeatInputs(leads, options.input == "difference")
