"""A mixture of Gaussians over the beats of a class: where a generator starts when there are few beats of many shapes.

Gurumurthy, Sarvadevabhatla, Babu 2017, "DeLiGAN: Generative adversarial networks for diverse and limited data"
(doi 10.1109/CVPR.2017.525), start the generator from a learned mixture instead of one Gaussian, because one Gaussian
cannot be bent into the many separate forms that a few hundred samples show. Beats of a rare class are exactly that:
one tight cloud a patient and form. Here the mixture is fitted beforehand, and has full covariances of low rank.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from ecg_core.learning.checkpoint import Arrays

Array = npt.NDArray[np.float32]
CLUSTER_COMPONENTS = 32  # principal components in which beats are grouped
SMALLEST = 8
"""Beats a component is fitted to, at least: the mean of fewer would be a picture of them."""
RANK = 24
MOST_COMPONENTS = 256
"""So that a model stays below 5 MB and the grouping below a minute, also for the tens of thousands of normal beats."""


@dataclass(frozen=True)
class Mixture:
    """`n_components` Gaussians with means and low-rank factors: a draw is mean + z @ factors."""

    weight: Array = field(repr=False)
    """(n_components,) shares of the training rows, summing to 1."""
    mean: Array = field(repr=False)
    """(n_components, d)."""
    factors: Array = field(repr=False)
    """(n_components, rank, d)."""

    @property
    def rank(self) -> int:
        return int(self.factors.shape[1])

    def components(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Draw component numbers, (n,)."""
        weight = self.weight.astype(np.float64)
        return rng.choice(len(weight), n, p=weight / weight.sum())

    def at(self, component: npt.NDArray[np.int64], z: Array) -> Array:
        """The points (n, d) at coordinates `z` (n, rank) of components (n,)."""
        found = self.mean[component].copy()
        for number in np.unique(component):  # not one (n, rank, d) array, which would be huge
            rows = component == number
            found[rows] += z[rows] @ self.factors[number]
        return found

    def to_arrays(self, prefix: str) -> Arrays:
        return {f"{prefix}{name}": getattr(self, name) for name in ("weight", "mean", "factors")}

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> "Mixture":
        return cls(*(arrays[f"{prefix}{name}"].astype(np.float32) for name in ("weight", "mean", "factors")))


def fit_mixture(x: Array, per_component: int, seed: int, rank: int = RANK) -> Mixture:
    """Group rows by k-means and take each group's mean and leading principal directions.

    Parameters
    ----------
    x : (n, d), n at least 8
    per_component : rows a component, on average, unless that makes more than 256 of them; groups of fewer than 8 rows
        join the nearest other
    seed : of k-means
    rank : directions a component, at most

    Returns
    -------
    Mixture in the unit of `x`
    """
    scores = PCA(min(CLUSTER_COMPONENTS, *x.shape), svd_solver="full").fit_transform(x)
    k = min(MOST_COMPONENTS, max(1, len(x) // per_component))
    group = KMeans(k, n_init=3, random_state=seed).fit_predict(scores)
    group = _without_small_ones(group, scores)
    weight, mean, factors = [], [], []
    for number in range(group.max() + 1):
        rows = x[group == number].astype(np.float64)
        centre = rows.mean(axis=0)
        _, length, direction = np.linalg.svd(rows - centre, full_matrices=False)
        kept = min(rank, len(rows) - 1, x.shape[1])
        found = np.zeros((rank, x.shape[1]))
        found[:kept] = length[:kept, None] / np.sqrt(len(rows) - 1) * direction[:kept]
        weight.append(len(rows) / len(x))
        mean.append(centre)
        factors.append(found)
    # means and directions as a model file holds them, in half precision: what is judged is then what is saved
    stored = (np.array(weight), np.array(mean, np.float16), np.array(factors, np.float16))
    return Mixture(*(one.astype(np.float32) for one in stored))


def _without_small_ones(group: npt.NDArray[np.int_], scores: npt.NDArray[np.floating]) -> npt.NDArray[np.int_]:
    """Join every group of fewer than 8 rows, smallest first, to the one with the nearest centre; renumber from 0."""
    while True:
        numbers, sizes = np.unique(group, return_counts=True)
        if len(numbers) == 1 or sizes.min() >= SMALLEST:
            return np.searchsorted(numbers, group)
        smallest = numbers[sizes.argmin()]
        centres = np.stack([scores[group == number].mean(axis=0) for number in numbers])
        distance = ((centres - centres[numbers == smallest]) ** 2).sum(axis=1)
        distance[numbers == smallest] = np.inf
        group = np.where(group == smallest, numbers[distance.argmin()], group)
