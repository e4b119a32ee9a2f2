"""Turning any score into the same unit: how far out in the tail of normal beats it lies."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
TAIL = 0.98  # beyond this quantile the reference is too thin to count, and its mean excess takes over
LARGEST_EXCESS = 12.0  # in mean excesses beyond the quantile; keeps one absurd beat from setting the scale


@dataclass(frozen=True)
class TailScore:
    """-ln of the share of reference beats that score as high, in nats: 0 ordinary, 2.3 one in 10, 4.6 one in 100.

    Above the reference's 98 % quantile q the tail is continued as an exponential with the reference's mean excess over
    q (peaks over threshold: Pickands 1975, doi 10.1214/aos/1176343003, with shape 0), so that clear outliers are still
    ranked. Scores in this unit can be added.
    """

    reference: Array
    """Scores of normal beats the model was not trained on, sorted, shape (n,)."""

    @classmethod
    def fit(cls, scores: npt.NDArray[np.floating]) -> "TailScore":
        """Learn from scores of normal beats, shape (n,), n at least 1."""
        return cls(np.sort(np.asarray(scores, np.float32)).astype(np.float64))  # as a model file will keep it

    def transform(self, scores: npt.NDArray[np.floating]) -> Array:
        """Tail score in nats of each, same shape, never negative."""
        n = len(self.reference)
        at_least = n - np.searchsorted(self.reference, scores, side="left")
        counted = -np.log(np.minimum((at_least + 1) / (n + 1), 1.0))
        q = float(np.quantile(self.reference, TAIL))
        excess = float(np.mean(self.reference[self.reference >= q]) - q)
        beyond = (np.asarray(scores, np.float64) - q) / max(excess, 1e-12)
        tail = -np.log(1 - TAIL) + np.minimum(beyond, LARGEST_EXCESS)
        scored: Array = np.where(np.asarray(scores) > q, tail, np.minimum(counted, -np.log(1 - TAIL)))
        return scored
