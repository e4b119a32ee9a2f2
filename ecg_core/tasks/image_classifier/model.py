"""A trained image classifier as a model folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ecg_core.errors import ModelError, RunError
from ecg_core.learning.card import Card
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.tasks.classifier.model import missing_of
from ecg_core.tasks.image_classifier.classifier import ImageClassifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions

KIND = "image-classifier"
BEFORE_FORMS = {"form": "beat"}
"""What options left unsaid in models from before there was another form."""


def save_image_classifier(folder: Path, classifier: ImageClassifier, card: Card) -> None:
    """Write weights and card; the card last."""
    arrays: Arrays = {"validation.probability": classifier.validation_probability_.astype(np.float16)}
    for k, weights in enumerate(classifier.networks_):
        arrays |= {f"network.{k}.{name}": array for name, array in weights.items()}
    about = {"classes": list(classifier.classes_), "missing": list(classifier.missing_)}
    write_model(folder, replace(card, about={**card.about, **about}), arrays)


def load_image_classifier(folder: Path, name: str = "") -> tuple[ImageClassifier, Card]:  # noqa: ARG001 - as all loaders
    """Load classifier and card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    try:
        options = ImageClassifierOptions.from_json({**BEFORE_FORMS, **card.options})
        classes = card.about["classes"]
        if not isinstance(classes, list) or not all(isinstance(label, str) for label in classes):
            raise ValueError(f"classes is {classes!r}")
        classifier = ImageClassifier(options, tuple(classes))
        classifier.networks_ = [under(stored.arrays, f"network.{k}.") for k in range(options.members)]
        classifier.validation_probability_ = stored.arrays["validation.probability"].astype(np.float32)
        classifier.missing_ = missing_of(card, classifier.classes_)
        blank = (1, options.size, options.size, *([3] if options.ground == "paper" else []))
        if classifier.predict_proba(np.zeros(blank, np.uint8)).shape[1] != len(classifier.classes_):
            raise ValueError(f"not {len(classifier.classes_)} classes")
    except (KeyError, TypeError, ValueError, IndexError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({str(error)[:200]}).") from None
    return classifier, card
