"""Train on synthetic images, test on recorded ones: are they of use where recorded ones are missing?

Esteban C, Hyland SL, Rätsch G. Real-valued (medical) time series generation with recurrent conditional GANs (2017),
arXiv:1706.02633.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score
from sklearn.utils.class_weight import compute_sample_weight

from ecg_core.errors import DataError
from ecg_core.evaluation.image_fidelity_report import ImageUse

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.str_]
MOST_OF_A_CLASS = 4000
"""Training images of one class in a repeat, at most."""
REPEATS = 3
TREES = 60
"""A class; of at most 15 leaves each."""


@dataclass(frozen=True)
class Scored:
    """Recorded images as the classifier sees them: scores in the embedding (n, n_components), and classes (n,)."""

    x: Array = field(repr=False)
    y: Labels = field(repr=False)


def image_tstr(label: str, synthetic: Array, train: Scored, test: Scored, seed: int) -> ImageUse:
    """Swap the recorded training images of a class for as many synthetic ones, train, and test on recorded images.

    One fixed, cheap classifier: histogram gradient boosting (60 trees a class) on the scores in the embedding, images
    weighted by one over the root of their class's number. Trained three times on at most 4,000 images of a class,
    drawn anew; figures are means, and a difference within `*_range` is none. Other classes stay recorded. Where fewer
    synthetic than recorded images are given they repeat.

    Parameters
    ----------
    synthetic : (n, n_components) scores of the class's synthetic images
    train, test : recorded images of different patients

    Raises
    ------
    DataError : a side with fewer than two classes, or a class without images to replace or to replace them with
    """
    if len(set(train.y.tolist())) < 2 or len(set(test.y.tolist())) < 2:
        raise DataError("Images of one class only to train or to test on: a classifier needs two on either side.")
    if not len(synthetic) or not (train.y == label).any():
        raise DataError(f"No images of class {label} to replace, or none to replace them with.")
    rng = np.random.default_rng([seed, 2])
    classes = sorted(set(train.y.tolist()))
    names = [name for name in classes if (test.y == name).any()]
    results: dict[bool, list[Array]] = {False: [], True: []}
    for k in range(REPEATS):
        rows = np.sort(
            np.concatenate([rng.permutation(np.flatnonzero(train.y == name))[:MOST_OF_A_CLASS] for name in classes])
        )
        x, y = train.x[rows], train.y[rows]
        results[False].append(_f1(x, y, test, names, seed + k))
        old = np.flatnonzero(y == label)
        repeated = np.concatenate([rng.permutation(len(synthetic)) for _ in range(-(-len(old) // len(synthetic)))])
        x = x.copy()
        x[old] = synthetic[repeated[: len(old)]]
        results[True].append(_f1(x, y, test, names, seed + k))
    (made, made_range, made_f1), (real, real_range, real_f1) = (
        _summary(np.stack(results[swapped]), names, label) for swapped in (True, False)
    )
    return ImageUse(made, made_range, real, real_range, made_f1, real_f1)


def _f1(x: Array, y: Labels, test: Scored, names: list[str], seed: int) -> Array:
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.15, max_iter=TREES, max_leaf_nodes=15, max_bins=63, early_stopping=False, random_state=seed
    )
    classifier.fit(x, y, sample_weight=np.sqrt(compute_sample_weight("balanced", y)))
    found: Array = f1_score(test.y, classifier.predict(test.x), labels=names, average=None, zero_division=0.0)
    return found


def _summary(f1: Array, names: list[str], label: str) -> tuple[float, tuple[float, float], float | None]:
    macro = f1.mean(axis=1)
    of_class = float(f1[:, names.index(label)].mean()) if label in names else None
    return float(macro.mean()), (float(macro.min()), float(macro.max())), of_class
