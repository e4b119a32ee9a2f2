"""A mixture of Gaussians over the beats of a class: where a generator starts when there are few beats of many shapes.

Gurumurthy, Sarvadevabhatla, Babu 2017, "DeLiGAN: Generative adversarial networks for diverse and limited data"
(doi 10.1109/CVPR.2017.525), start the generator from a learned mixture instead of one Gaussian, because one Gaussian
cannot be bent into the many separate forms that a few hundred samples show. Beats of a rare class are exactly that:
one tight cloud a patient and form. Here the mixture is fitted beforehand, and has full covariances of low rank.

Within a form beats still do not lie as a Gaussian has them: they drift, and come in two minds. So the four leading
coordinates of a draw are those of a recorded beat, blurred (a smoothed bootstrap: Silverman 1986, Density Estimation
for Statistics and Data Analysis, section 6.4), and the others are normal.
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
LEADING = 4
BLUR = 0.4
"""Of the leading coordinates, in their standard deviations; less would come closer to recorded beats and copy more."""
MOST_COMPONENTS = 256
"""So that a model stays below 5 MB and the grouping below a minute, also for the tens of thousands of normal beats."""


SHARP = (1 - BLUR**2) ** 0.5  # so that the blurred coordinates have the spread of the recorded ones
FIELDS = ("component", "leading", "mean", "factors")


@dataclass(frozen=True)
class Mixture:
    """`n_components` forms with means and low-rank factors: a draw is mean + z @ factors."""

    component: npt.NDArray[np.int64] = field(repr=False)
    """(n_rows,) which form each training row belongs to."""
    leading: Array = field(repr=False)
    """(n_rows, 4) its leading coordinates in that form, in standard deviations."""
    mean: Array = field(repr=False)
    """(n_components, d)."""
    factors: Array = field(repr=False)
    """(n_components, rank, d)."""

    @property
    def rank(self) -> int:
        return int(self.factors.shape[1])

    @property
    def n_components(self) -> int:
        return len(self.mean)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], Array]:
        """Draw components (n,) and coordinates in them (n, rank)."""
        rows = rng.integers(len(self.component), size=n)
        z = rng.standard_normal((n, self.rank), dtype=np.float32)
        kept = self.leading.shape[1]
        z[:, :kept] = np.float32(SHARP) * self.leading[rows] + np.float32(BLUR) * z[:, :kept]
        return self.component[rows], z

    def at(self, component: npt.NDArray[np.int64], z: Array) -> Array:
        """The points (n, d) at coordinates `z` (n, rank) of components (n,)."""
        found = self.mean[component].copy()
        for number in np.unique(component):  # not one (n, rank, d) array, which would be huge
            rows = component == number
            found[rows] += z[rows] @ self.factors[number]
        return found

    def to_arrays(self, prefix: str) -> Arrays:
        return {f"{prefix}{name}": getattr(self, name) for name in FIELDS}

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> "Mixture":
        """The way back from `to_arrays` or `stored`; of a model from before there were leading ones, all normal.

        Raises ValueError for arrays that do not fit each other.
        """
        if f"{prefix}weight" in arrays:
            component = np.repeat(np.arange(len(arrays[f"{prefix}weight"])), shares(arrays[f"{prefix}weight"]))
            before = {f"{prefix}component": component, f"{prefix}leading": np.zeros((len(component), 0))}
            arrays = {**arrays, **before}
        component, *others = (arrays[f"{prefix}{name}"] for name in FIELDS)
        found = cls(component.astype(np.int64), *(array.astype(np.float32) for array in others))
        found._check()
        return found

    def _check(self) -> None:
        """Rows, components and dimensions are those of each other: a draw may pick any of them."""
        shapes = [array.shape for array in (self.component, self.leading, self.mean, self.factors)]
        if [len(shape) for shape in shapes] != [1, 2, 2, 3] or not self.component.size or not self.mean.size:
            raise ValueError(f"a mixture of shapes {shapes}")
        fits = shapes[1][0] == shapes[0][0] and shapes[1][1] <= shapes[3][1]
        if not fits or (shapes[3][0], shapes[3][2]) != shapes[2]:
            raise ValueError(f"a mixture of shapes {shapes}")
        if self.component.min() < 0 or self.component.max() >= len(self.mean):
            raise ValueError("a mixture names components it does not have")

    @staticmethod
    def stored(arrays: Arrays, prefix: str) -> Arrays:
        """The same arrays as a model file holds them, in half the precision they were fitted in, so nothing is lost."""
        kinds = dict(zip(FIELDS, (np.int16, np.float16, np.float16, np.float16), strict=True))
        return {name: array.astype(kinds[name.removeprefix(prefix)]) for name, array in arrays.items()}


def shares(weight: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """How many of 65,536 rows each component has by its weight. Raises ValueError for what are no shares of one."""
    if weight.ndim != 1 or weight.min(initial=0) < 0 or not 0.5 < weight.sum() < 1.5:
        raise ValueError("a mixture's weights are no shares")
    return np.maximum(1, np.round(weight * 65_536)).astype(np.int64)


def fit_mixture(x: Array, per_component: int, seed: int, rank: int = RANK, most: int = MOST_COMPONENTS) -> Mixture:
    """Group rows by k-means and take each group's mean and leading principal directions.

    Parameters
    ----------
    x : (n, d), n at least 8
    per_component : rows a component, on average, unless that makes more than `most` of them; groups of fewer than 8
        rows join the nearest other
    seed : of k-means
    rank : directions a component, at most
    most : components

    Returns
    -------
    Mixture in the unit of `x`
    """
    scores = PCA(min(CLUSTER_COMPONENTS, *x.shape), svd_solver="full").fit_transform(x)
    k = min(most, max(1, len(x) // per_component))
    group = KMeans(k, n_init=3, random_state=seed).fit_predict(scores)
    group = _without_small_ones(group, scores)
    leading = np.zeros((len(x), LEADING))
    mean, factors = [], []
    for number in range(group.max() + 1):
        own = np.flatnonzero(group == number)
        rows = x[own].astype(np.float64)
        centre = rows.mean(axis=0)
        coordinates, length, direction = np.linalg.svd(rows - centre, full_matrices=False)
        kept = min(rank, len(rows) - 1, x.shape[1])
        found = np.zeros((rank, x.shape[1]))
        found[:kept] = length[:kept, None] / np.sqrt(len(rows) - 1) * direction[:kept]
        some = min(LEADING, kept)
        leading[own, :some] = coordinates[:, :some] * np.sqrt(len(rows) - 1)
        mean.append(centre)
        factors.append(found)
    # as a model file holds them, in half precision: what is judged is then what is saved
    halved = (np.asarray(one, np.float16).astype(np.float32) for one in (leading, np.array(mean), np.array(factors)))
    return Mixture(group.astype(np.int64), *halved)


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
