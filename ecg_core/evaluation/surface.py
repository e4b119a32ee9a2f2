"""Volume under the surface (VUS): areas under precision-recall and ROC curves, averaged over how far beside a labelled
segment a score may still be.

Paparrizos J et al. Volume under the surface: a new accuracy evaluation measure for time-series anomaly detection. PVLDB
15(11):2774-2787 (2022), doi 10.14778/3551793.3551830; as the table of TSB-AD (Liu and Paparrizos, NeurIPS 2024) has it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

THRESHOLDS = 250
READ_SAMPLES, MOST_LAG, FEWEST_LAG, LARGEST_PEAK, USUAL_WINDOW = 20_000, 400, 3, 300, 125

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Volumes:
    """Under both surfaces."""

    pr: float
    roc: float


def volumes(label: npt.NDArray[np.bool_], score: Floats, window: int) -> Volumes:
    """VUS of a score (n,), larger is odder, of samples labelled (n,), with segments widened by up to half of `window`.

    Raises ValueError if no sample is labelled, or all are.
    """
    label = np.asarray(label, bool)
    n, n_labelled = len(label), int(label.sum())
    if not 0 < n_labelled < n:
        raise ValueError("there is nothing to tell apart: no sample is labelled, or all are")
    first, last = _segments(label)
    thresholds = -np.sort(-score)[np.linspace(0, n - 1, THRESHOLDS).astype(np.int64)]
    step = np.searchsorted(-thresholds, -score, side="left")  # the first threshold that a sample reaches
    predicted = _up_to(step)
    areas = np.array(
        [
            _areas(_Widened.of(label, first, last, step, width), step, predicted, n_labelled, n)
            for width in range(window + 1)
        ]
    )
    pr, roc = areas.mean(axis=0).tolist()
    return Volumes(pr, roc)


def window_of(series: npt.NDArray[np.number]) -> int:
    """How far segments of a series (n,) are widened: the lag at which it is most like itself, in samples."""
    begun = np.asarray(series[:READ_SAMPLES], np.float64)
    begun = begun - begun.mean()
    spectrum = np.fft.rfft(begun, 2 * len(begun))
    like = np.fft.irfft(np.abs(spectrum) ** 2)[FEWEST_LAG : MOST_LAG + 1]
    inner = like[1:-1]
    peaks = np.flatnonzero((inner > like[:-2]) & (inner > like[2:])) + 1
    if not len(peaks):
        return USUAL_WINDOW
    highest = int(peaks[like[peaks].argmax()])
    return highest + FEWEST_LAG if FEWEST_LAG <= highest <= LARGEST_PEAK else USUAL_WINDOW


@dataclass(frozen=True, eq=False)
class _Widened:
    """The labels at one width."""

    soft: Floats
    """(n,) 1 in a segment, less the farther from it."""
    outside: npt.NDArray[np.bool_]
    """(n,) not labelled itself."""
    reached: Places
    """At which threshold each widened segment is found, sorted."""

    @classmethod
    def of(cls, label: npt.NDArray[np.bool_], first: Places, last: Places, step: Places, width: int) -> "_Widened":
        half, n = width // 2, len(label)
        soft = label.astype(np.float64)
        away = np.arange(1, half + 1)
        slope = np.sqrt(1 - away / width) if half else np.zeros(0)
        for ends, direction in ((last, 1), (first, -1)):
            at = (ends[:, None] + direction * away).ravel()
            inside = (at >= 0) & (at < n)
            soft += np.bincount(at[inside], np.tile(slope, len(ends))[inside], n)
        np.minimum(soft, 1, out=soft)
        apart = last[:-1] + half < first[1:] - half
        begins = np.maximum(first[np.r_[True, apart]] - half, 0)
        ends = np.minimum(last[np.r_[apart, True]] + half, n - 1)
        reached = [int(step[begin : end + 1].min()) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        return cls(soft, ~label, np.sort(np.array(reached)))


def _areas(widened: _Widened, step: Places, predicted: Floats, n_labelled: int, n: int) -> tuple[float, float]:
    hit = _up_to(step, widened.soft)
    beside = _up_to(step, widened.soft * widened.outside)
    positives = n_labelled + beside / 2
    existence = np.searchsorted(widened.reached, np.arange(THRESHOLDS), side="right") / len(widened.reached)
    found = np.minimum(hit / positives, 1) * existence
    false = (predicted - hit) / (n - positives)
    pr = float(np.diff(found, prepend=0) @ (hit / predicted))
    x, y = np.r_[0, false, 1], np.r_[0, found, 1]
    return pr, float(np.diff(x) @ ((y[1:] + y[:-1]) / 2))


def _up_to(step: Places, weight: Floats | None = None) -> Floats:
    """Sum over the samples that reach each threshold, (250,)."""
    total: Floats = np.cumsum(np.bincount(step, weight, THRESHOLDS + 1)[:THRESHOLDS]).astype(np.float64)
    return total


def _segments(label: npt.NDArray[np.bool_]) -> tuple[Places, Places]:
    """First and last samples of each."""
    change = np.diff(np.r_[False, label, False].astype(np.int8))
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1) - 1
