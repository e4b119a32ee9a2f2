"""Where R peaks that were detected differ from the beats of a reference: beats missed, and peaks where no beat is."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ecg_core.beats.detection import unreadable_stretches
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.evaluation.beat_matching import match_beats

Samples = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PeakDifferences:
    """Made by `peak_differences`."""

    missed: Samples
    """(k,) samples of the reference beats without a detected R peak."""
    extra: Samples
    """(l,) samples of the detected R peaks without a reference beat."""
    unreadable: int = 0
    """How many of the missed lie where the detector declared that nothing can be read."""

    @cached_property
    def samples(self) -> Samples:
        """(k + l,) samples of both, ascending."""
        return np.unique(np.concatenate([self.missed, self.extra]))

    @property
    def sentence(self) -> str:
        """How many of either."""
        if not len(self.samples):
            return "R peaks detected here: one for every beat of the reference, and no other (150 ms)."
        where = f" ({self.unreadable:,} of them where it could read nothing)" if self.unreadable else ""
        return (
            f"R peaks detected here, against the reference (150 ms): {len(self.missed):,} missed{where}, "
            f"{len(self.extra):,} extra."
        )


def peak_differences(reference: Annotations, detected: LabelLayer, fs: float, n_samples: int) -> PeakDifferences | None:
    """Match detected R peaks with a reference over a whole recording, within 150 ms, as `bxb` does; None where the
    reference marks no beat."""
    matches = match_beats(reference, detected.annotations, fs, start_s=0, n_samples=n_samples)
    if not len(matches.matched_reference) and not len(matches.missed):
        return None
    silent = unreadable_stretches(detected, n_samples)
    unreadable = sum(any(start <= at < stop for start, stop in silent) for at in matches.missed.tolist())
    return PeakDifferences(matches.missed, matches.extra, unreadable)
