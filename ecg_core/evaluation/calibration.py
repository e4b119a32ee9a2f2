"""Whether a classifier's probabilities mean what they say.

Expected calibration error: Naeini, Cooper, Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian
binning"; for the confidence of a prediction as in Guo et al. 2017 (arXiv:1706.04599), 15 bins of equal width.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.evaluation.classification import Classified

BINS = 15
SURE = 0.9
"""Probability above which a wrong prediction counts as sure of itself."""


@dataclass(frozen=True)
class ClassCalibration:
    """Calibration of one class's probability."""

    ece: float | None
    """Expected calibration error, 0 to 1."""
    sure_when_wrong: float | None
    """Share of the class's missed beats that were called something else with more than 90 %."""


@dataclass(frozen=True)
class Calibration:
    """Calibration of the predictions, and of each class's probability."""

    ece: float | None
    classes: Mapping[str, ClassCalibration]


def reliability(said: npt.NDArray[np.floating], came_true: npt.NDArray[np.bool_], bins: int = BINS) -> pd.DataFrame:
    """Bins of equal width over 0 to 1 that hold a row: `said` (mean probability), `found` (share true), `beats`."""
    at = np.clip((np.asarray(said, np.float64) * bins).astype(np.int64), 0, bins - 1)
    beats = np.bincount(at, minlength=bins)
    there = beats > 0
    mean = np.bincount(at, weights=said, minlength=bins)[there] / beats[there]
    share = np.bincount(at, weights=came_true, minlength=bins)[there] / beats[there]
    return pd.DataFrame({"said": mean, "found": share, "beats": beats[there]})


def calibration_error(table: pd.DataFrame) -> float | None:
    """Mean distance between `said` and `found`, weighted by beats; None of an empty table."""
    total = table["beats"].sum()
    return float(((table["said"] - table["found"]).abs() * table["beats"]).sum() / total) if total else None


def class_reliability(found: Classified, name: str) -> pd.DataFrame:
    """Reliability of one class's probability."""
    column = found.classes.index(name)
    return reliability(found.probability[:, column], found.true_column == column)


def confidence_reliability(found: Classified) -> pd.DataFrame:
    """Reliability of the prediction's own probability."""
    return reliability(found.probability.max(axis=1), found.true_column == found.predicted)


def calibration(classified: Classified) -> Calibration:
    """How far the predictions' own probability is off; per class the same of its probability, and how sure a wrong
    prediction was."""
    confidence = classified.probability.max(axis=1)
    wrong = classified.true_column != classified.predicted
    classes = {}
    for column, name in enumerate(classified.classes):
        missed = (classified.true_column == column) & wrong
        sure = float((confidence[missed] > SURE).mean()) if missed.any() else None
        classes[name] = ClassCalibration(calibration_error(class_reliability(classified, name)), sure)
    return Calibration(calibration_error(confidence_reliability(classified)), classes)
