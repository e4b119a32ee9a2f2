"""Boosted trees of at most eight leaves as tables, so that a model file can hold them and numpy can ask them fast.

Each tree asks up to seven questions, "is this number at most that?". The answers, a bit each, are the place in a table
of what the tree says: nothing is walked through, so a damaged file can give a wrong number but no endless walk.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ecg_core.learning.checkpoint import Arrays
from ecg_core.tasks.classifier.chain.record import Floats, Mask, Numbers

LEAVES, QUESTIONS = 8, 8
ANSWERS = 1 << (LEAVES - 1)
TREES, RATE, LEAST_ROWS, SHRINKAGE, BINS, SHARE_OF_COLUMNS = 100, 0.08, 40, 10.0, 63, 0.6
ROWS_AT_ONCE = 1024  # what is asked stays in the cache, and threads seldom wait for each other
FEWEST = 5
"""Rows of either kind below which nothing can be learned."""
LIMIT = 12.0


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees whose outputs, and a constant, add up to ln of the odds."""

    feature: npt.NDArray[np.int16] = field(repr=False)
    """(n_trees, 8) column that each question is about; the last question of a tree is always answered no."""
    threshold: Floats = field(repr=False)
    """(n_trees, 8): yes up to it, no above; minus infinity where there is no question."""
    value: Floats = field(repr=False)
    """(n_trees, 128) output for each combination of answers, the first question the lowest bit."""
    constant: float

    @classmethod
    def fit(
        cls, columns: Floats, marked: Mask, weight: Numbers, rising: Sequence[int] | None = None, seeds: int = 1
    ) -> "Trees":
        """Learn to tell the marked rows of `columns` (n, d) from the others; `rising` (d,) is 1 for a column that may
        only raise the odds, -1 for one that may only lower them. The mean over several seeds."""
        n = int(marked.sum())
        if min(n, len(marked) - n) < FEWEST:
            share = (n + 0.5) / (len(marked) + 1)
            empty = np.zeros((0, QUESTIONS), np.int16), np.zeros((0, QUESTIONS), np.float32)
            return cls(*empty, np.zeros((0, ANSWERS), np.float32), float(np.log(share / (1 - share))))
        parts = [_fitted(columns, marked, weight, rising, seed, seeds) for seed in range(seeds)]
        return cls(
            np.concatenate([part.feature for part in parts]), np.concatenate([part.threshold for part in parts]),
            np.concatenate([part.value for part in parts]), sum(part.constant for part in parts),
        )  # fmt: skip

    def log_odds(self, columns: Floats) -> Numbers:
        """ln of the odds of each row of `columns` (n, d) float32, (n,), held within 12."""
        n, n_trees = len(columns), len(self.feature)
        total = np.full(n, self.constant)
        places = (np.arange(n_trees) * ANSWERS)[:, None]
        questions, values = self.feature.ravel(), self.value.ravel()
        steps, limits = self._steps
        levels = np.zeros((len(steps), n), limits.dtype)  # few thresholds a column: small numbers compare faster
        for column, own in enumerate(steps):
            levels[column] = np.searchsorted(own, columns[:, column])
        for first in range(0, n if n_trees else 0, ROWS_AT_ONCE):
            asked = levels[:, first : first + ROWS_AT_ONCE][questions]
            yes = (asked <= limits).view(np.uint8).reshape(n_trees, QUESTIONS, -1)
            answers = yes[:, 0].copy()
            for question in range(1, QUESTIONS):  # not `packbits`, which is slow along this axis
                answers |= yes[:, question] << question
            total[first : first + ROWS_AT_ONCE] += values[answers + places].sum(axis=0, dtype=np.float64)
        held: Numbers = np.clip(total, -LIMIT, LIMIT)
        return held

    @cached_property
    def _steps(self) -> tuple[list[Floats], npt.NDArray[np.unsignedinteger]]:
        """Of each column the thresholds it is ever compared with, ascending; and of each question, (questions, 1), the
        place of its own among them: a value is at most a threshold if it has at most so many below it."""
        asked, limits = self.feature.ravel(), self.threshold.ravel()
        steps = [np.unique(limits[asked == column]) for column in range(int(asked.max(initial=-1)) + 1)]
        most = max(map(len, steps), default=0)
        places = np.zeros((len(asked), 1), np.uint8 if most <= np.iinfo(np.uint8).max else np.uint16)
        for column, own in enumerate(steps):
            here = asked == column
            places[here, 0] = np.searchsorted(own, limits[here])
        return steps, places

    def to_arrays(self, prefix: str) -> Arrays:
        return {
            f"{prefix}feature": self.feature,
            f"{prefix}threshold": np.maximum(self.threshold, _LEAST),
            f"{prefix}value": self.value,
            f"{prefix}constant": np.array([self.constant], np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_columns: int) -> "Trees":
        """The way back from `to_arrays`. Raises ValueError for what does not fit together, KeyError for what is not
        there."""
        feature, threshold, value, constant = (arrays[name] for name in ("feature", "threshold", "value", "constant"))
        n = len(feature)
        if feature.shape != (n, QUESTIONS) or threshold.shape != (n, QUESTIONS) or value.shape != (n, ANSWERS):
            raise ValueError(f"trees of shapes {feature.shape}, {threshold.shape}, {value.shape}")
        if (
            constant.shape != (1,)
            or feature.dtype != np.int16
            or (n and not 0 <= feature.min() <= feature.max() < n_columns)
        ):
            raise ValueError(f"trees that ask for columns beyond {n_columns}")
        return cls(feature, threshold.astype(np.float32), value.astype(np.float32), float(constant[0]))


_LEAST = np.float32(-1e6)  # in place of minus infinity in files, whose numbers are bounded: no column comes near


def _fitted(
    columns: Floats, marked: Mask, weight: Numbers, rising: Sequence[int] | None, seed: int, seeds: int
) -> Trees:
    from sklearn.ensemble import HistGradientBoostingClassifier  # half a second, which asking trees need not wait for

    model = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE, min_samples_leaf=LEAST_ROWS,
        l2_regularization=SHRINKAGE, max_bins=BINS, max_features=SHARE_OF_COLUMNS, monotonic_cst=rising,
        early_stopping=False, random_state=seed,
    ).fit(columns, marked, sample_weight=weight)  # fmt: skip
    grown = [one.nodes for (one,) in model._predictors]
    feature = np.zeros((len(grown), QUESTIONS), np.int16)
    threshold = np.full((len(grown), QUESTIONS), _LEAST, np.float32)
    value = np.zeros((len(grown), ANSWERS), np.float32)
    for row, nodes in enumerate(grown):
        inner = np.flatnonzero(nodes["is_leaf"] == 0)
        bit = {int(node): place for place, node in enumerate(inner)}
        feature[row, : len(inner)] = nodes["feature_idx"][inner]
        threshold[row, : len(inner)] = _at_most(nodes["num_threshold"][inner])
        for answers in range(ANSWERS):
            node = 0
            while node in bit:
                node = int(nodes["left" if answers >> bit[node] & 1 else "right"][node])
            value[row, answers] = nodes["value"][node] / seeds
    return Trees(feature, threshold, value, float(model._baseline_prediction.ravel()[0]) / seeds)


def _at_most(threshold: Numbers) -> Floats:
    """The greatest float32 not above each: a float32 is at most the one where it is at most the other."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
