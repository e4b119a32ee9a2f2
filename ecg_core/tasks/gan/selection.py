"""Rejection sampling: of the beats a generator makes, those are kept that a critic takes for recorded ones.

Azadi, Olsson, Darrell, Goodfellow, Odena 2018, "Discriminator rejection sampling" (arXiv:1810.06758): a beat is kept
with a probability proportional to the odds that it is recorded. The critic here is not the one the generator was
trained against, which knows the training beats too well, but trees fitted afterwards, on recorded beats among which are
some the generator has never seen.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.evaluation.two_sample import telling_features
from ecg_core.learning.checkpoint import Arrays
from ecg_core.tasks.gan.boosted_trees import BoostedTrees

Beats = npt.NDArray[np.float32]
TREES, DEPTH, RATE = 400, 4, 0.05
SHAPE_TREES, SHAPE_DEPTH = 200, 3
HALVINGS = 60
SMALLEST_RHYTHM = 0.05


@dataclass(frozen=True)
class Selection:
    """A fitted critic and how strict it is."""

    embedding: PcaEmbedding
    whole: BoostedTrees = field(repr=False)
    """Tell recorded beats from made ones."""
    shape: BoostedTrees = field(repr=False)
    """Tell recorded beats from those `whole` would keep, by their scores in the embedding alone: choosing beats for
    their texture must not spoil the shapes, which were right."""
    certain: float
    """ln of the odds from which on a beat is always kept."""

    @classmethod
    def fit(
        cls,
        embedding: PcaEmbedding,
        recorded: tuple[Beats, Beats],
        made: tuple[Beats, Beats],
        fresh: tuple[Beats, Beats],
        accepted: float,
        seed: int,
    ) -> "Selection":
        """Learn to tell `recorded` beats from `made` ones, (n, n_leads, n_points) mV and rhythm (n, 4) each, and become
        so strict that the share `accepted` of `fresh` ones, which `whole` has not learned from, is kept."""
        known, learned, new = (features(*side, embedding) for side in (recorded, made, fresh))
        whole = _told_apart(known, learned, seed, TREES, DEPTH)
        odds = whole.log_odds(new)
        kept = np.random.default_rng(seed).random(len(new)) < _kept(odds, _certain(odds, accepted))
        scores = slice(0, len(embedding.components))
        shape = _told_apart(known[:, scores], new[kept][:, scores], seed + 1, SHAPE_TREES, SHAPE_DEPTH)
        return cls(embedding, whole, shape, _certain(odds + shape.log_odds(new[:, scores]), accepted))

    def acceptance(self, signals: Beats, rhythm: Beats) -> npt.NDArray[np.float64]:
        """Probability with which each beat (n, n_leads, n_points) mV with rhythm (n, 4) is kept, (n,), 0 to 1."""
        x = features(signals, rhythm, self.embedding)
        odds = self.whole.log_odds(x) + self.shape.log_odds(x[:, : len(self.embedding.components)])
        return _kept(odds, self.certain)

    def to_arrays(self, prefix: str) -> Arrays:
        one = self.embedding
        arrays = {"mean": one.mean, "scale": one.scale, "components": one.components}
        found = {f"{prefix}embedding.{name}": np.asarray(array, np.float32) for name, array in arrays.items()}
        found |= self.whole.to_arrays(f"{prefix}whole.") | self.shape.to_arrays(f"{prefix}shape.")
        return found | {f"{prefix}certain": np.array([self.certain])}

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> "Selection":
        mean, scale, components = (
            arrays[f"{prefix}embedding.{name}"].astype(np.float64) for name in ("mean", "scale", "components")
        )
        embedding = PcaEmbedding(f"pca-{len(components)}", mean, scale, components, 1.0, ())
        whole, shape = (BoostedTrees.from_arrays(arrays, f"{prefix}{name}.") for name in ("whole", "shape"))
        return cls(embedding, whole, shape, float(arrays[f"{prefix}certain"][0]))


def features(signals: Beats, rhythm: npt.NDArray[np.floating], embedding: PcaEmbedding) -> npt.NDArray[np.float64]:
    """What the critic sees of beats: shape, roughness, spectrum (`telling_features`), and ln of the rhythm."""
    log = np.log(np.maximum(np.asarray(rhythm, np.float64), SMALLEST_RHYTHM))
    return np.concatenate([telling_features(signals, embedding), log], axis=1)


def _told_apart(
    recorded: npt.NDArray[np.float64], made: npt.NDArray[np.float64], seed: int, trees: int, depth: int
) -> BoostedTrees:
    x = np.concatenate([recorded, made])
    return BoostedTrees.fit(x, np.arange(len(x)) < len(recorded), seed, trees=trees, depth=depth, rate=RATE)


def _kept(odds: npt.NDArray[np.float64], certain: float) -> npt.NDArray[np.float64]:
    kept: npt.NDArray[np.float64] = np.exp(np.minimum(odds - certain, 0))
    return kept


def _certain(odds: npt.NDArray[np.float64], accepted: float) -> float:
    """From which ln of the odds on a beat must always be kept, so that the share `accepted` is kept on average."""
    low, high = odds.min() - 1, odds.max() + 50.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _kept(odds, middle).mean() > accepted else (low, middle)
    return float((low + high) / 2)
