"""Intervals by resampling recordings, the unit that is independent; beats of one patient are not."""

import numpy as np
import numpy.typing as npt

from ecg_core.evaluation.detection import ABNORMAL, Detection

BINS = 4096  # scores are ranked into this many bins once, so that a resample is a sum of histograms
RESAMPLES = 1000
LEVEL = 0.95


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    """The central 95 % of finite bootstrap values, or None if there are none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def detection_intervals(
    detection: Detection, seed: int = 0, abnormal: tuple[str, ...] = ABNORMAL
) -> dict[str, tuple[float, float] | None]:
    """95 % intervals of ROC AUC and average precision by bootstrap over records (Efron & Tibshirani 1993, ch. 13).

    Scores are ranked into 4096 bins of equal count, ties within a bin counting half, which moves an area by less
    than 0.001.
    """
    rows = np.isin(detection.beat_class, ("N", *abnormal))
    score, positive = detection.score[rows], detection.beat_class[rows] != "N"
    names, record = np.unique(detection.record[rows], return_inverse=True)
    if not positive.any() or positive.all():
        return {"roc_auc": None, "average_precision": None}
    edges = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, score, side="right")
    counts = np.zeros((2, len(names), len(edges) + 1))
    np.add.at(counts, (positive.astype(int), record, bins), 1)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    normals, positives = draws @ counts[0], draws @ counts[1]  # (resamples, bins), ascending score
    with np.errstate(invalid="ignore", divide="ignore"):
        n, p = normals.sum(1), positives.sum(1)
        below = np.cumsum(normals, axis=1) - normals
        auc = (positives * (below + normals / 2)).sum(1) / (n * p)
        above = positives[:, ::-1].cumsum(1), normals[:, ::-1].cumsum(1)
        precision = np.divide(above[0], above[0] + above[1], out=np.zeros_like(above[0]), where=above[0] > 0)
        ap = (precision * positives[:, ::-1]).sum(1) / p
    return {"roc_auc": interval(auc), "average_precision": interval(ap)}
