"""Whether a classifier's probabilities mean what they say.

Expected calibration error: Naeini, Cooper, Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian
binning"; for the confidence of a prediction as in Guo et al. 2017 (arXiv:1706.04599), 15 bins of equal width.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.evaluation.classification import Classified

BINS = 15


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


def calibration(found: Classified) -> dict[str, object]:
    """`ece` of the prediction's probability; per class the error of its probability, and how sure it is when wrong."""
    confidence, wrong = found.probability.max(axis=1), found.true_column != found.predicted
    classes = {}
    for column, name in enumerate(found.classes):
        own = (found.true_column == column) & wrong
        classes[name] = {
            "ece": calibration_error(class_reliability(found, name)),
            "sure_when_wrong": float((confidence[own] > 0.9).mean()) if own.any() else None,
        }
    return {"ece": calibration_error(confidence_reliability(found)), "classes": classes}
