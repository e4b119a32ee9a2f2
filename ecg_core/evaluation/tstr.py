"""Train on synthetic, test on real: are synthetic beats of use where recorded ones are missing?

Esteban C, Hyland SL, Rätsch G. Real-valued (medical) time series generation with recurrent conditional GANs (2017),
arXiv:1706.02633.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score
from sklearn.utils.class_weight import compute_sample_weight

from ecg_core.beats.store import BeatSet
from ecg_core.beats.synthetic import RHYTHM, SyntheticBeats
from ecg_core.errors import DataError
from ecg_core.evaluation.embedding import CLASSES, PcaEmbedding
from ecg_core.evaluation.fidelity_report import Together
from ecg_core.evaluation.figure import Interval

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.str_]
MOST_OF_A_CLASS = 12_000
"""Training beats of one class in a repeat, at most; more only cost time."""
REPEATS = 5
"""Trainings on different draws of the common class; on DS2 one alone moves macro-F1 by up to 0.05."""
TREES = 60
"""A class; of at most 15 leaves each."""
RHYTHM_RANGE = (0.02, 20.0)
"""s and ratios are clipped to this before their logarithm is taken."""


@dataclass(frozen=True)
class Part:
    """Recorded beats of N, S, V and F as the classifier sees them."""

    x: Array = field(repr=False)
    """(n, n_features)"""
    y: Labels = field(repr=False)

    @classmethod
    def of(cls, beats: BeatSet, embedding: PcaEmbedding) -> "Part":
        classes = beats.table["beat_class"].to_numpy(dtype=str)
        rows = np.flatnonzero(beats.used & np.isin(classes, CLASSES))
        rhythm = beats.table[list(RHYTHM)].to_numpy(np.float64)
        return cls(features(beats.signals[rows], rhythm[rows], embedding), classes[rows])


@dataclass(frozen=True)
class Ceiling:
    """The classifier trained on recorded beats alone: what synthetic ones are measured against."""

    embedding: PcaEmbedding
    train: Part
    test: Part
    draws: tuple[npt.NDArray[np.int64], ...] = field(repr=False)
    """Training rows of each repeat."""
    f1: Array = field(repr=False)
    """(repeats, classes of the test beats)"""

    @property
    def classes(self) -> list[str]:
        """Classes that the test beats hold."""
        return [name for name in CLASSES if (self.test.y == name).any()]


def train_on_real(train: BeatSet, test: BeatSet, seed: int, embedding: PcaEmbedding | None = None) -> Ceiling:
    """Train the classifier of `tstr` on recorded beats of N, S, V and F, and test it on those of other patients.

    Raises DataError unless both sides hold two classes.
    """
    embedding = embedding or PcaEmbedding.fit(train, seed)
    known, asked = Part.of(train, embedding), Part.of(test, embedding)
    if len(set(known.y.tolist())) < 2 or len(set(asked.y.tolist())) < 2:
        raise DataError(
            f"Beats of {len(set(known.y.tolist()))} classes to train on and of {len(set(asked.y.tolist()))} to test "
            "on: a classifier needs two on either side."
        )
    rng = np.random.default_rng([seed, 0])
    of_class = [np.flatnonzero(known.y == name) for name in CLASSES]
    draws = tuple(
        np.sort(np.concatenate([rng.permutation(rows)[:MOST_OF_A_CLASS] for rows in of_class])) for _ in range(REPEATS)
    )
    f1 = np.stack([_f1(known.x[rows], known.y[rows], asked, seed + k) for k, rows in enumerate(draws)])
    return Ceiling(embedding, known, asked, draws, f1)


def tstr(
    train: BeatSet,
    synthetic: SyntheticBeats,
    test: BeatSet,
    replaced: Sequence[str],
    seed: int,
    ceiling: Ceiling | None = None,
) -> Together:
    """Swap the recorded training beats of some classes for as many synthetic ones, train, and test on recorded beats.

    One fixed, cheap classifier, chosen on patient folds of DS1: histogram gradient boosting (60 trees a class) on the
    scores of both leads in the embedding and ln of the rhythm (`features`), beats weighted by one over the root of
    their class's number. Trained five times with at most 12,000 beats of a class, drawn anew (and synthetic beats drawn
    anew); figures are means, and a difference within `*_range` is none. The embedding was fitted on recorded training
    beats of all classes either way; nothing is fitted on the test beats. Classes that are not replaced stay recorded.
    Where fewer synthetic than recorded beats are given they repeat, so that the weights of the classes stay the same.
    Class Q and excluded beats are left out.

    Parameters
    ----------
    train, test : recorded beats of different patients
    synthetic : beats of the replaced classes (others in it are not used)
    replaced : AAMI classes
    seed : of every draw and of the classifier
    ceiling : `train_on_real` of the same `train`, `test` and seed; made here if None

    Returns
    -------
    Together: `tstr_macro_f1` and `trtr_macro_f1` (the ceiling) over the classes the test beats hold, with the lowest
    and highest of the five; F1 by class

    Raises
    ------
    DataError : a replaced class that has no recorded or no synthetic beats; a side with fewer than two classes
    """
    ceiling = ceiling or train_on_real(train, test, seed)
    rng = np.random.default_rng([seed, 1])
    made = features(synthetic.signals, synthetic.rhythm.astype(np.float64), ceiling.embedding)
    known = ceiling.train
    n_replaced, n_synthetic, results = {}, {}, []
    for k, rows in enumerate(ceiling.draws):
        x, y = known.x[rows], known.y[rows]
        for name in replaced:
            old, new = np.flatnonzero(y == name), np.flatnonzero(synthetic.beat_class == name)
            if not len(old) or not len(new):
                raise DataError(
                    f"{len(old)} recorded and {len(new)} synthetic beats of class {name}: neither can stand in."
                )
            repeated = np.concatenate([rng.permutation(new) for _ in range(-(-len(old) // len(new)))])
            x[old] = made[repeated[: len(old)]]
            n_replaced[name], n_synthetic[name] = len(old), len(new)
        results.append(_f1(x, y, ceiling.test, seed + k))
    names = ceiling.classes
    kept = [name for name in CLASSES if name in known.y and name not in replaced]
    return Together(
        tuple(replaced),
        *_summary(np.stack(results), names),
        *_summary(ceiling.f1, names),
        support={name: int((ceiling.test.y == name).sum()) for name in names},
        n_replaced=n_replaced,
        n_synthetic=n_synthetic,
        note=_note(kept, n_replaced, n_synthetic),
    )


def features(signals: npt.NDArray[np.floating], rhythm: Array, embedding: PcaEmbedding) -> Array:
    """What the classifier sees: scores in the embedding, ln of the rhythm, (n, n_components + 6).

    `rhythm` is (n, 4) in the order of `RHYTHM`; two ratios of them join it: RR after over RR before, and RR after over
    the recording's mean RR. NaN where unknown.
    """
    log = np.log(np.clip(rhythm, *RHYTHM_RANGE))
    pause = log[:, 1] - log[:, 0]
    return np.concatenate([embedding.transform(signals), log, pause[:, None], (pause + log[:, 3])[:, None]], axis=1)


def _f1(x: Array, y: Labels, test: Part, seed: int) -> Array:
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.15, max_iter=TREES, max_leaf_nodes=15, max_bins=63, early_stopping=False, random_state=seed
    )
    classifier.fit(x, y, sample_weight=np.sqrt(compute_sample_weight("balanced", y)))
    names = [name for name in CLASSES if (test.y == name).any()]
    found: Array = f1_score(test.y, classifier.predict(test.x), labels=names, average=None, zero_division=0.0)
    return found


def _summary(f1: Array, names: Sequence[str]) -> tuple[float, Interval, dict[str, float]]:
    """Macro-F1, its range, and F1 by class, of (repeats, classes)."""
    macro = f1.mean(axis=1)
    by_class = dict(zip(names, f1.mean(axis=0).tolist(), strict=True))
    return float(macro.mean()), (float(macro.min()), float(macro.max())), by_class


def _note(kept: Sequence[str], n_replaced: dict[str, int], n_synthetic: dict[str, int]) -> str:
    repeated = [name for name, n in n_replaced.items() if n_synthetic[name] < n]
    sentences = [f"Training beats of class {', '.join(kept)} stay recorded ones."] if kept else []
    if repeated:
        sentences.append(f"There are fewer synthetic than recorded beats of class {', '.join(repeated)}: they repeat.")
    return " ".join(sentences)
