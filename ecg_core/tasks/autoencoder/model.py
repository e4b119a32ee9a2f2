"""A trained autoencoder as a model folder."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.windows import MinMaxScaler
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.tail import TailScore
from ecg_core.learning.card import Card, number_of
from ecg_core.learning.checkpoint import Arrays, Checkpoint
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.networks.dense_autoencoder_numpy import reconstruct
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector
from ecg_core.tasks.autoencoder.inputs import BeatInputs, Inputs, WindowInputs
from ecg_core.tasks.autoencoder.options import AutoencoderOptions

KIND = "autoencoder"


def save_detector(folder: Path, detector: AutoencoderDetector, card: Card) -> None:
    """Write both files; the card last, so that a folder with a card is complete."""
    arrays: Arrays = {f"network.{name}": array for name, array in detector.weights_.items()}
    for part, tails in detector.tails_.items():
        arrays |= {f"tail.{part}.{k}": tail.reference.astype(np.float32) for k, tail in enumerate(tails)}
    if isinstance(detector.inputs_, WindowInputs):
        arrays |= {"scaler.low": detector.inputs_.scaler.low, "scaler.high": detector.inputs_.scaler.high}
    if detector.one_lead_tail_ is not None:
        arrays["one_lead_tail"] = detector.one_lead_tail_.reference.astype(np.float32)
    arrays["validation.error"] = detector.validation_error_
    leads = list(detector.inputs_.leads) if detector.inputs_ else []
    about = {"threshold": detector.threshold_, "parts": list(detector.parts)}
    values = {
        "lead_numbers": leads,
        "around": detector.around_,
        "aligned": isinstance(detector.inputs_, BeatInputs) and detector.inputs_.aligned,
    }
    write_model(folder, replace(card, about={**card.about, **about}), arrays, values)


def load_detector(folder: Path, name: str = "") -> tuple[AutoencoderDetector, Card]:  # noqa: ARG001 - as all loaders
    """Load detector and card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    try:
        options = AutoencoderOptions.from_json(card.options)
        detector = AutoencoderDetector(options)
        detector.weights_ = under(stored.arrays, "network.")
        leads = tuple(int(number) for number in stored.values["lead_numbers"])
        detector.inputs_ = _inputs(options, leads, stored)
        for part in detector.parts:
            tails = under(stored.arrays, f"tail.{part}.")
            if not tails:
                raise KeyError(f"tail.{part}")
            detector.tails_[part] = [_tail(tails[key]) for key in sorted(tails)]
        if "one_lead_tail" in stored.arrays:
            detector.one_lead_tail_ = _tail(stored.arrays["one_lead_tail"])
        detector.around_ = bool(stored.values.get("around", False))
        detector.validation_error_ = stored.arrays["validation.error"]
        detector.threshold_ = number_of(card, "threshold", str(folder / "card.json"))
        _try(detector, card)
    except (KeyError, TypeError, ValueError, IndexError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({str(error)[:200]}).") from None
    return detector, card


def _tail(reference: npt.NDArray[Any]) -> TailScore:
    if reference.ndim != 1 or not reference.size:
        raise ValueError(f"a tail of shape {reference.shape}")
    return TailScore(reference.astype(np.float64))


def _try(detector: AutoencoderDetector, card: Card) -> None:
    """One pass through the network: every array is there and fits."""
    config, inputs = preparation_of(card).config, detector.inputs_
    if inputs is None or not inputs.leads or max(inputs.leads) >= config.n_leads or min(inputs.leads) < 0:
        raise ValueError("lead_numbers do not fit the preparation")
    n_points = detector.weights_["encoder.0.weight"].shape[1] // len(inputs.leads)
    if detector.options.unit == "beats" and n_points != len(config.times_s):
        raise ValueError(f"{n_points} points, {len(config.times_s)} expected")
    blank = np.zeros((1, n_points * len(inputs.leads)), np.float32)
    if reconstruct(detector.weights_, blank).shape != blank.shape:
        raise ValueError("the decoder does not give what the encoder takes")


def _inputs(options: AutoencoderOptions, leads: tuple[int, ...], stored: Checkpoint) -> Inputs:
    if options.unit == "windows":
        return WindowInputs(leads, MinMaxScaler(stored.arrays["scaler.low"], stored.arrays["scaler.high"]))
    return BeatInputs(leads, options.input == "difference", bool(stored.values.get("aligned", False)))
