"""A trained beat classifier as a model folder."""

from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.errors import ModelError, RunError
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.model_folder import config_of, read_model, under, write_model
from ecg_core.networks.beat_cnn_numpy import classify_beats
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import NumberScaler
from ecg_core.tasks.classifier.options import ClassifierOptions

KIND = "classifier"


def save_classifier(folder: Path, classifier: BeatClassifier, card: dict[str, Any]) -> None:
    """Write both files; the card last, so that a folder with a card is complete."""
    arrays: Arrays = {}
    for k, weights in enumerate(classifier.networks_):
        arrays |= {f"network.{k}.{name}": array for name, array in weights.items()}
    if classifier.scaler_ is None:
        raise ModelError("This classifier is not trained yet.")
    arrays |= {"scaler.mean": classifier.scaler_.mean, "scaler.deviation": classifier.scaler_.deviation}
    arrays["validation.probability"] = classifier.validation_probability_
    about = {"classes": list(classifier.classes_), "missing": list(classifier.missing_)}
    write_model(folder, KIND, arrays, {**card, **about, "trained_on": classifier.trained_on_})


def load_classifier(folder: Path) -> tuple[BeatClassifier, dict[str, Any]]:
    """Load classifier and card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    arrays = stored.arrays
    try:
        options = ClassifierOptions.from_json(card["options"])
        classifier = BeatClassifier(options)
        classifier.networks_ = [under(arrays, f"network.{k}.") for k in range(options.members)]
        classifier.scaler_ = NumberScaler(arrays["scaler.mean"], arrays["scaler.deviation"])
        classifier.validation_probability_ = arrays["validation.probability"]
        classifier.missing_, classifier.trained_on_ = tuple(card["missing"]), dict(card["trained_on"])
        config, n_numbers = config_of(card), len(classifier.scaler_.mean)
        for weights in classifier.networks_:  # every array is there and fits
            signals = np.zeros((1, config.n_leads, len(config.times_s)), np.float32)
            if classify_beats(weights, signals, np.zeros((1, n_numbers), np.float32)).shape[1] != len(options.names):
                raise ValueError(f"not {len(options.names)} classes")
    except (KeyError, TypeError, ValueError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({error}).") from None
    return classifier, card
