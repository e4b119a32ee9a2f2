"""The image classifier: a small network that names the class of an ECG image. Only fitting it needs torch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ecg_core.errors import ModelError, RunError
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.image_cnn_numpy import classify_images
from ecg_core.networks.numpy_layers import folded
from ecg_core.tasks.classifier.balancing import Labels, balanced, check_class_set
from ecg_core.tasks.classifier.classifier import WEIGHT_DECAY, without
from ecg_core.tasks.classifier.inputs import Inputs, Rows
from ecg_core.tasks.gan.image_gan import Images
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions

if TYPE_CHECKING:
    from ecg_core.learning.crossfit import Lesson

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
        group: npt.NDArray[np.int64] | None,
        taught: npt.NDArray[np.bool_] | None = None,
        made: tuple[Images, Labels] | None = None,
        monitor: Monitor | None = None,
    ) -> "ImageClassifier":
        """Train on images (n, size, size) grey or (n, size, size, 3) RGB with labels (n,).

        First one network for each group left out in turn (`group`, (n,) from 0), whose probabilities stand for unseen
        patients, then the final ones on all; without groups the final ones only. Only rows in `taught` are learned from
        (all by default); all are judged. `made` are synthetic images for the final networks, whose generator has seen
        these records.

        Raises RunError if fewer than two classes can be learned, `Stopped` if the monitor says so.
        """
        from ecg_core.learning.crossfit import Schedule, crossfit
        from ecg_core.tasks.image_classifier.lesson import image_lesson

        options, classes = self.options, self.classes_
        check_class_set(options.classes, options)
        taught = np.ones(len(images), bool) if taught is None else taught
        self.missing_ = _missing(labels, taught, group, classes)
        every = as_inputs(images)
        made_inputs = (as_inputs(made[0]), made[1]) if made else None
        groups = [] if group is None else [np.flatnonzero(group == k) for k in range(int(group.max()) + 1)]

        def lesson_of(stage: int, held_out: Rows | None) -> "Lesson":
            rng = np.random.default_rng([options.seed, stage])
            known = taught.copy()
            if held_out is not None:
                known[held_out] = False
            rows = np.flatnonzero(known)
            synthetic = made_inputs if held_out is None else None
            learned = balanced(every.at(rows), labels[rows], classes, options, synthetic, rng)
            return image_lesson(options, options.seed * 101 + stage, learned, every, held_out, labels, len(classes))

        def judge(_stage: int, weights: Arrays, rows: Rows) -> Probabilities:
            return without(classify_images(weights, every.signals[rows]), classes, self.missing_)

        fitted = crossfit(
            groups,
            options.members,
            Schedule(options.epochs, options.batch_size, options.learning_rate, WEIGHT_DECAY, options.seed),
            lesson_of,
            judge,
            ("probability", (len(images), len(classes))),
            folded,
            monitor or Monitor(),
        )
        self.networks_, self.validation_probability_ = fitted.final, fitted.held_out
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


def _missing(
    labels: Labels, taught: npt.NDArray[np.bool_], group: npt.NDArray[np.int64] | None, classes: Sequence[str]
) -> tuple[str, ...]:
    """Classes of which there are too few images. Raises RunError where a network could learn fewer than two."""
    counts = np.bincount(labels[taught], minlength=len(classes))
    there = ", ".join(f"{n:,} {name}" for name, n in zip(classes, counts, strict=True))
    left_out = range(0 if group is None else int(group.max()) + 1)
    for k in (-1, *left_out):
        if len(np.unique(labels[taught & (k < 0 or group != k)])) < 2:
            raise RunError(
                f"Fewer than two classes to learn from ({there}{', one group left out' if k >= 0 else ''}): choose "
                "more records or another folder."
            )
    return tuple(name for name, n in zip(classes, counts, strict=True) if n < 2)


def columns_of(labels: Sequence[str], names: Sequence[str]) -> Labels:
    """Number of each label among `names`, -1 for one that is not there."""
    place = {name: k for k, name in enumerate(names)}
    return np.array([place.get(label, -1) for label in labels], np.int64)
