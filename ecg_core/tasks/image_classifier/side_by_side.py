"""The same beats drawn in a form, and what a classifier of that form makes of them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.images import Form, ImageConfig
from ecg_core.tasks.gan.image_gan import Images
from ecg_core.tasks.image_classifier.classifier import ImageClassifier, Probabilities


@dataclass(frozen=True)
class InForm:
    """Beats in one form."""

    images: Images = field(repr=False)
    """(n, size, size) grey or (n, size, size, 3) RGB."""
    classes: tuple[str, ...] = ()
    """Of the classifier; empty without one."""
    probability: Probabilities = field(default_factory=lambda: np.zeros((0, 0), np.float32), repr=False)
    """(n, n_classes)"""

    def said(self, k: int) -> tuple[str, float]:
        """The class that the classifier takes beat `k` for, and its probability."""
        column = int(self.probability[k].argmax())
        return self.classes[column], float(self.probability[k, column])


def in_form(
    beats: BeatSet, rows: npt.NDArray[np.int64], form: Form, classifier: ImageClassifier | None = None
) -> InForm:
    """Draw rows of `beats`, which must hold whole recordings, in a form, as its classifier has them drawn, if any.

    Raises ValueError for a classifier of another form, DataError if the beats cannot be drawn.
    """
    if classifier is None:
        return InForm(draw_rows(beats, rows, ImageConfig(form=form)))
    if classifier.options.form != form:
        raise ValueError(f"{classifier.options.form=} != {form=}")
    images = draw_rows(beats, rows, classifier.options.drawing)
    return InForm(images, classifier.classes_, classifier.predict_proba(images))


def some_of(beats: BeatSet, beat_class: str, n: int, seed: int) -> npt.NDArray[np.int64]:
    """At most `n` usable rows of a class, drawn at random, in order of record and time."""
    own = beats.rows_of(beat_class)
    return np.sort(np.random.default_rng(seed).choice(own, min(n, len(own)), replace=False))
