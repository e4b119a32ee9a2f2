"""A trained beat classifier as a model folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.risk_control import Promise
from ecg_core.learning.card import Card
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.networks.beat_cnn_numpy import classify_beats
from ecg_core.tasks.classifier.chain.chain import Chain
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import N_NUMBERS, NumberScaler
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.typed_json import from_json, to_json

KIND = "classifier"


def save_classifier(folder: Path, classifier: BeatClassifier, card: Card) -> None:
    """Write both files; the card last, so that a folder with a card is complete."""
    arrays: Arrays = {}
    for k, weights in enumerate(classifier.networks_):
        arrays |= {f"network.{k}.{name}": array for name, array in weights.items()}
    if classifier.scaler_ is None:
        raise ModelError("This classifier is not trained yet.")
    arrays |= {"scaler.mean": classifier.scaler_.mean, "scaler.deviation": classifier.scaler_.deviation}
    if classifier.chain_ is not None:
        arrays |= classifier.chain_.to_arrays("chain.")
    arrays["validation.probability"] = classifier.validation_probability_
    about = {
        "classes": list(classifier.classes_),
        "missing": list(classifier.missing_),
        "trained_on": classifier.trained_on_,
        "promises": to_json(classifier.promises_),
    }
    write_model(folder, replace(card, about={**card.about, **about}), arrays)


def load_classifier(folder: Path, name: str = "") -> tuple[BeatClassifier, Card]:  # noqa: ARG001 - as all loaders
    """Load classifier and card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    arrays = stored.arrays
    try:
        options = ClassifierOptions.from_json(card.options)
        classifier = BeatClassifier(options)
        classifier.networks_ = [under(arrays, f"network.{k}.") for k in range(options.members)]
        classifier.scaler_ = NumberScaler(arrays["scaler.mean"], arrays["scaler.deviation"])
        classifier.validation_probability_ = arrays["validation.probability"]
        if any(key.startswith("chain.") for key in arrays):  # models from before there was one have none
            classifier.chain_ = Chain.from_arrays(arrays, "chain.")
        classifier.missing_ = missing_of(card, options.names)
        said = card.about.get("promises", [])
        classifier.promises_ = from_json(tuple[Promise, ...], said, "promises of the card", ModelError)
        classifier.trained_on_ = {str(key): int(n) for key, n in dict(card.about["trained_on"]).items()}
        _try(classifier, card)
    except (KeyError, TypeError, ValueError, IndexError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({str(error)[:200]}).") from None
    return classifier, card


def missing_of(card: Card, names: tuple[str, ...]) -> tuple[str, ...]:
    """Classes of which the training data held too few, as a card has them. Raises ValueError for others."""
    missing = card.about.get("missing")
    if not isinstance(missing, list) or not set(missing) <= set(names):
        raise ValueError(f"missing is {missing!r}")
    return tuple(missing)


def _try(classifier: BeatClassifier, card: Card) -> None:
    """One beat through every network: every array is there and fits."""
    config, scaler = preparation_of(card).config, classifier.scaler_
    n_numbers = N_NUMBERS if classifier.options.rhythm else 0
    if scaler is None or scaler.mean.shape != (n_numbers,) or scaler.deviation.shape != (n_numbers,):
        raise ValueError(f"the scaler is not of {n_numbers} numbers")
    signals = np.zeros((1, config.n_leads, len(config.times_s)), np.float32)
    for weights in classifier.networks_:
        probability = classify_beats(weights, signals, np.zeros((1, n_numbers), np.float32))
        if probability.shape[1] != len(classifier.classes_):
            raise ValueError(f"not {len(classifier.classes_)} classes")
