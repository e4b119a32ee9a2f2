"""Gradient-boosted trees as plain arrays, so that a model file can hold them and numpy can ask them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import GradientBoostingClassifier

from ecg_core.learning.checkpoint import Arrays

LEAF = -1  # as scikit-learn marks it


@dataclass(frozen=True)
class BoostedTrees:
    """Trees whose outputs add up to ln of the odds; node 0 is each tree's root."""

    feature: npt.NDArray[np.int64] = field(repr=False)
    """(n_trees, n_nodes) column looked at; below 0 at a leaf."""
    threshold: npt.NDArray[np.float64] = field(repr=False)
    """(n_trees, n_nodes): to the left up to it, to the right above it."""
    left: npt.NDArray[np.int64] = field(repr=False)
    """(n_trees, n_nodes) number of the next node; a leaf's is its own."""
    right: npt.NDArray[np.int64] = field(repr=False)
    value: npt.NDArray[np.float64] = field(repr=False)
    """(n_trees, n_nodes) output, times the learning rate."""

    @classmethod
    def fit(
        cls, x: npt.NDArray[np.float64], y: npt.NDArray[np.bool_], seed: int, *, trees: int, depth: int, rate: float
    ) -> "BoostedTrees":
        """Learn to tell the rows of `x` (n, d) where `y` (n,) from the others, both sides weighing alike; half of the
        rows and as many columns as the root of d at a time."""
        weight = np.where(y, 1 / max(1, y.sum()), 1 / max(1, (~y).sum())) * len(y) / 2
        model = GradientBoostingClassifier(
            n_estimators=trees, max_depth=depth, learning_rate=rate, subsample=0.5, max_features="sqrt", init="zero",
            random_state=seed,
        )  # fmt: skip
        model.fit(x.astype(np.float32), y, sample_weight=weight)
        found = [one.tree_ for one in model.estimators_[:, 0]]
        most = max(tree.node_count for tree in found)
        own = np.arange(most)

        def padded(name: str, fill: float) -> npt.NDArray[np.float64]:
            values = np.full((len(found), most), fill, np.float64)
            for row, tree in zip(values, found, strict=True):
                row[: tree.node_count] = getattr(tree, name).ravel()
            return values

        feature = padded("feature", LEAF).astype(np.int64)
        left, right = (
            np.where(feature < 0, own, padded(name, 0)).astype(np.int64) for name in ("children_left", "children_right")
        )
        return cls(feature, padded("threshold", 0), left, right, padded("value", 0) * rate)

    def log_odds(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """ln of the odds that each row of `x` (n, d) is one of those marked, (n,)."""
        seen = x.astype(np.float32)  # as they learned
        total = np.zeros(len(x))
        rows = np.arange(len(x))
        for feature, threshold, left, right, value in zip(
            self.feature, self.threshold, self.left, self.right, self.value, strict=True
        ):
            node = np.zeros(len(x), np.int64)
            while (inner := feature[node] >= 0).any():
                below = seen[rows, feature[node]] <= threshold[node]
                node = np.where(inner, np.where(below, left[node], right[node]), node)
            total += value[node]
        return total

    def to_arrays(self, prefix: str) -> Arrays:
        names = ("feature", "threshold", "left", "right", "value")
        kinds = (np.int16, np.float64, np.int16, np.int16, np.float32)
        return {f"{prefix}{name}": getattr(self, name).astype(kind) for name, kind in zip(names, kinds, strict=True)}

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> "BoostedTrees":
        """The way back from `to_arrays`. Raises ValueError for what is no tree: a walk through it might never end."""
        trees = cls(*(arrays[f"{prefix}{name}"] for name in ("feature", "threshold", "left", "right", "value")))
        inner, own = trees.feature >= 0, np.arange(trees.feature.shape[1])
        for after in (trees.left, trees.right):
            if not ((after > own) & (after < len(own)))[inner].all():
                raise ValueError(f"{prefix.rstrip('.')}: a node of a tree does not lead to a later one")
        return trees
