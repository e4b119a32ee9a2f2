"""What a detector says of the beats of one recording."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.tasks.autoencoder.report import ScoredItems


@dataclass(frozen=True, eq=False)
class BeatScores:
    """Scores of the beats of one recording. Made by `beat_scores`."""

    name: str
    """The detector's."""
    sample: npt.NDArray[np.int64] = field(repr=False)
    """(n,) R peaks, ascending."""
    score: npt.NDArray[np.float64] = field(repr=False)
    """(n,) higher is more abnormal."""
    parts: Mapping[str, npt.NDArray[np.float64]] = field(repr=False)
    """Name -> (n,); they add up to the score."""
    threshold: float


def beat_scores(name: str, found: ScoredItems) -> BeatScores:
    """Scores of one recording in time order."""
    samples = found.items.table["r_sample"].to_numpy(np.int64)[found.rows]
    order = np.argsort(samples, kind="stable")
    parts = {name: values[order] for name, values in found.parts.items()}
    return BeatScores(name, samples[order], found.detection.score[order], parts, float(found.detector.threshold_))
