"""Which recorded beats of a class a GAN learns from, which its sampler, and which neither sees."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Rows of a class in three parts, each in order."""

    learned: Rows = field(repr=False)
    """What the generator and its critic see."""
    sampler: Rows = field(repr=False)
    """What the sampler's critic sees besides: it tells which of the generator's beats are kept."""
    judged: Rows = field(repr=False)
    """Seen by neither: fidelity is measured on these."""

    @classmethod
    def of(cls, rows: Rows, sampler: float, judged: float, seed: int) -> "Parts":
        """Deal `rows` at random, the shares `sampler` and `judged` (0 to 1) to these.

        The same rows, shares and seed give the same parts. Patients are in all three: these are new beats, not new
        people.
        """
        mixed = np.random.default_rng([seed, len(rows)]).permutation(rows)
        first = round(len(rows) * sampler)
        second = first + round(len(rows) * judged)
        return cls(*(np.sort(part) for part in (mixed[second:], mixed[:first], mixed[first:second])))
