"""The image classifier: a small network that names the class of an ECG image. Only fitting it needs torch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.errors import ModelError, RunError
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.image_cnn_numpy import classify_images
from ecg_core.tasks.classifier.balancing import Labels, balanced, check_task
from ecg_core.tasks.classifier.classifier import without
from ecg_core.tasks.classifier.inputs import Inputs, Rows
from ecg_core.tasks.gan.image_gan import Images
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions

KIND = "image-classifier"
Probabilities = npt.NDArray[np.float32]


@dataclass
class ImageClassifier:
    """scikit-learn's face: `fit`, `predict_proba`, `classes_`."""

    options: ImageClassifierOptions
    classes_: tuple[str, ...]

    # learned
    networks_: list[Arrays] = field(default_factory=list, repr=False)
    validation_probability_: Probabilities = field(default_factory=lambda: np.zeros((0, 0), np.float32), repr=False)
    """(n, n_classes) of every training image, by a network that has not seen its patient (its group)."""
    missing_: tuple[str, ...] = ()

    def fit(
        self,
        images: Images,
        labels: Labels,
        group: npt.NDArray[np.int64],
        taught: npt.NDArray[np.bool_] | None = None,
        made: tuple[Images, Labels] | None = None,
        monitor: Monitor | None = None,
    ) -> "ImageClassifier":
        """Train on images (n, size, size) grey or (n, size, size, 3) RGB with labels (n,).

        First one network for each group left out in turn (`group`, (n,) from 0), whose probabilities stand for unseen
        patients, then the final ones on all. Only rows in `taught` are learned from (all by default); all are judged.
        `made` are synthetic images for the final networks, whose generator has seen these records.

        Raises RunError if fewer than two classes can be learned, `Stopped` if the monitor says so.
        """
        from ecg_core.tasks.classifier.stages import StageTrainer
        from ecg_core.tasks.image_classifier.fit import image_lesson

        options, names = self.options, self.classes_
        check_task(options.classes, options)
        taught = np.ones(len(images), bool) if taught is None else taught
        counts = np.bincount(labels[taught], minlength=len(names))
        self.missing_ = tuple(name for name, n in zip(names, counts, strict=True) if n < 2)
        n_groups = int(group.max()) + 1
        stages: list[int] = [*range(n_groups), *[-1] * options.members]
        for stage in stages:
            if len(np.unique(labels[taught & (group != stage)])) < 2:
                raise RunError(
                    "Fewer than two classes to learn from "
                    f"({', '.join(f'{n:,} {name}' for name, n in zip(names, counts, strict=True))}"
                    f"{', one group left out' if stage >= 0 else ''}): choose more records or another folder."
                )
        every = as_inputs(images)
        made_inputs = (as_inputs(made[0]), made[1]) if made else None
        trainer = StageTrainer(options, (len(images), len(names)), len(stages), monitor or Monitor())
        self.networks_ = trainer.finished
        for number, stage in enumerate(stages):
            if number < trainer.stage:
                continue
            rng = np.random.default_rng([options.seed, number])
            rows = np.flatnonzero(taught & (group != stage))
            final = stage < 0
            train = balanced(every.at(rows), labels[rows], names, options, made_inputs if final else None, rng)
            judged: Rows = np.flatnonzero(group == stage)
            weights = trainer.run(number, image_lesson(train, every, judged, labels, len(names), options.size))
            if final:
                self.networks_.append(weights)
            else:
                trainer.probability[judged] = without(
                    classify_images(weights, every.signals[judged]), names, self.missing_
                )
        self.validation_probability_ = trainer.probability
        return self

    def predict_proba(self, images: Images) -> Probabilities:
        """Probability of each class for each image, (n, n_classes)."""
        if not self.networks_:
            raise ModelError("This classifier is not trained yet.")
        pixels = as_inputs(images).signals
        each = [classify_images(one, pixels) for one in self.networks_]
        return without(np.mean(each, axis=0), self.classes_, self.missing_)


def as_inputs(images: Images) -> Inputs:
    """(n, size, size[, 3]) to rows as networks see them, (n, channels, size, size) uint8."""
    pixels = images[:, None] if images.ndim == 3 else np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return Inputs(pixels, np.zeros((len(images), 0), np.float32))


def stratified_groups(labels: Labels, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """(n,) group of each image of a folder, which does not say whose it is: each group has its share of every class."""
    rng = np.random.default_rng(seed)
    group = np.empty(len(labels), np.int64)
    for k in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == k))
        group[rows] = np.arange(len(rows)) % folds
    return group


def save_image_classifier(folder: Path, classifier: ImageClassifier, card: dict[str, Any]) -> None:
    """Write weights and card; the card last."""
    arrays: Arrays = {"validation.probability": classifier.validation_probability_.astype(np.float16)}
    for k, weights in enumerate(classifier.networks_):
        arrays |= {f"network.{k}.{name}": array for name, array in weights.items()}
    about = {"classes": list(classifier.classes_), "missing": list(classifier.missing_)}
    write_model(folder, KIND, arrays, {**card, **about})


def load_image_classifier(folder: Path) -> tuple[ImageClassifier, dict[str, Any]]:
    """Load classifier and card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    try:
        options = ImageClassifierOptions.from_json(card["options"])
        classifier = ImageClassifier(options, tuple(card["classes"]))
        classifier.networks_ = [under(stored.arrays, f"network.{k}.") for k in range(options.members)]
        classifier.validation_probability_ = stored.arrays["validation.probability"].astype(np.float32)
        classifier.missing_ = tuple(card["missing"])
        blank = (1, options.size, options.size, *([3] if options.ground == "paper" else []))
        if classifier.predict_proba(np.zeros(blank, np.uint8)).shape[1] != len(classifier.classes_):
            raise ValueError(f"not {len(classifier.classes_)} classes")
    except (KeyError, TypeError, ValueError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({error}).") from None
    return classifier, card


def columns_of(labels: Sequence[str], names: Sequence[str]) -> Labels:
    """Number of each label among `names`, -1 for one that is not there."""
    place = {name: k for k, name in enumerate(names)}
    return np.array([place.get(label, -1) for label in labels], np.int64)
