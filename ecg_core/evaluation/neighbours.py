"""What distances to the nearest beats tell: fidelity, diversity, and whether a generator copies.

Distances come in blocks of rows, so that memory grows with one side only.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ecg_core.errors import DataError

Array = npt.NDArray[np.float64]
BLOCK_NUMBERS = 2**22  # of a distance matrix held at a time, 32 MB
K = 5
NEAR_QUANTILE = 0.05  # of the distances between training beats: what counts as nearer than recorded beats are
YARDSTICK_BEATS = 5000  # training beats, evenly spread, whose nearest other one is looked up for that
_ROUNDING = 1e-12  # of the squared lengths; smaller squared distances are rounding, not distance


def squared_distances(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> Iterator[tuple[slice, Array]]:
    """Squared Euclidean distances between rows of a (n, d) and b (m, d): `(rows of a, (rows, m))`, block by block."""
    other = np.ascontiguousarray(b, np.float64)
    lengths = np.einsum("ij,ij->i", other, other)
    step = max(1, BLOCK_NUMBERS // max(1, len(other)))
    for start in range(0, len(a), step):
        some = np.asarray(a[start : start + step], np.float64)
        total = np.einsum("ij,ij->i", some, some)[:, None] + lengths
        squared = total - 2 * some @ other.T
        squared[squared < _ROUNDING * total] = 0.0
        yield slice(start, start + len(some)), squared


def nearest(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> Array:
    """Distance of each row of a (n, d) to the nearest row of b (m, d), shape (n,)."""
    found = np.empty(len(a))
    for rows, squared in squared_distances(a, b):
        found[rows] = squared.min(axis=1)
    return np.sqrt(found)


def kth_neighbour(a: npt.NDArray[np.floating], k: int, of: npt.NDArray[np.int64] | None = None) -> Array:
    """Distance of each row of a (n, d), or of the rows `of`, to its k-th nearest other row; n must exceed k."""
    rows_of = np.arange(len(a)) if of is None else of
    found = np.empty(len(rows_of))
    for rows, squared in squared_distances(a[rows_of], a):
        squared[np.arange(len(squared)), rows_of[rows]] = np.inf  # itself
        found[rows] = np.partition(squared, k - 1, axis=1)[:, k - 1]
    return np.sqrt(found)


def prdc(real: npt.NDArray[np.floating], fake: npt.NDArray[np.floating], k: int = K) -> dict[str, float]:
    """Precision, recall, density and coverage by k nearest neighbours.

    A ball reaches from each beat to its k-th nearest neighbour of the same side. Precision: share of the synthetic
    beats inside a ball of a recorded one. Recall: share of the recorded beats inside a ball of a synthetic one.
    Density: how many of the recorded balls hold a synthetic beat, in units of k (may exceed 1). Coverage: share of the
    recorded balls with a synthetic beat inside. All depend on the numbers of beats: compare at equal numbers only.

    Kynkäänniemi T et al. Improved precision and recall metric for assessing generative models (2019),
    arXiv:1904.06991. Naeem MF et al. Reliable fidelity and diversity metrics for generative models (2020),
    arXiv:2002.09797.

    Parameters
    ----------
    real, fake : (n, d) and (m, d) in one embedding; n and m must exceed k
    k : neighbours

    Returns
    -------
    dict of `precision`, `recall`, `coverage` (0 to 1) and `density` (0 and more)

    Raises
    ------
    DataError : k or fewer beats on a side
    """
    if min(len(real), len(fake)) <= k:
        raise DataError(
            f"{len(real)} recorded and {len(fake)} synthetic beats: more than {k} of each are needed to compare "
            f"neighbourhoods of {k}."
        )
    real_radii, fake_radii = kth_neighbour(real, k), kth_neighbour(fake, k)
    held = np.zeros(len(fake))  # in how many recorded balls each synthetic beat lies
    recalled = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    for rows, squared in squared_distances(real, fake):
        distance = np.sqrt(squared)  # (rows of real, fake)
        inside = distance <= real_radii[rows, None]
        held += inside.sum(axis=0)
        covered[rows] = inside.any(axis=1)
        recalled[rows] = (distance <= fake_radii).any(axis=1)
    return {
        "precision": float((held > 0).mean()),
        "recall": float(recalled.mean()),
        "density": float(held.mean() / k),
        "coverage": float(covered.mean()),
    }


def copying_share(train: npt.NDArray[np.floating], synthetic: npt.NDArray[np.floating]) -> float:
    """Share of synthetic beats nearer to a training beat than all but 5 % of the training beats are to another one.

    The yardstick is the 5 % quantile of the distances from a training beat to its nearest other one. Beats drawn anew
    from the same distribution give 0.05 on average (random halves of DS1's S, V and F beats: 0.01 to 0.10), copies 1,
    training beats with 5 % of gain 0.8 and more. It cannot tell a copy from a blend: means of two neighbouring recorded
    beats lose noise, and give 0.08 to 0.16.

    Parameters
    ----------
    train : (n, n_leads, n_points) or (n, d) mV, every beat the generator has seen; at least 2
    synthetic : the same with any number of beats but none

    Returns
    -------
    0 to 1

    Raises
    ------
    DataError : too few beats
    """
    if len(train) < 2 or not len(synthetic):
        raise DataError(f"{len(train)} training and {len(synthetic)} synthetic beats: too few to look for copies.")
    known, made = train.reshape(len(train), -1), synthetic.reshape(len(synthetic), -1)
    some = np.arange(0, len(known), -(-len(known) // YARDSTICK_BEATS))
    near = np.quantile(kth_neighbour(known, 1, some), NEAR_QUANTILE)
    return float((nearest(made, known) <= near).mean())
