"""Are two sets of beats drawn from one distribution? A kernel distance, a Gaussian one, and a trained classifier.

Every figure here depends on the numbers of beats, so two figures may be compared only where those are the same.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from ecg_core.errors import DataError
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.evaluation.neighbours import squared_distances

Array = npt.NDArray[np.float64]
MEDIAN_BEATS = 2000  # enough beats for the median of their distances
FOLDS = 5
FEWEST = 10  # beats a side that a five-fold test needs
SEGMENTS = 6  # of a beat, each with its own slope and curvature
BANDS = np.unique(
    np.geomspace(1, 73, 13).round().astype(int)
)  # edges in lines of a spectrum, evenly in ln of frequency
SMALLEST = 1e-4  # mV, added before a logarithm is taken


def median_bandwidth(real: npt.NDArray[np.floating], rng: np.random.Generator) -> float:
    """Bandwidth of the kernel by the median heuristic: the median distance between two recorded beats.

    Parameters
    ----------
    real : (n, d) or (n, n_leads, n_points), mV; at most 2,000 of them, drawn with `rng`, are looked at

    Returns
    -------
    the bandwidth, in the unit of the data

    Raises
    ------
    DataError : fewer than two beats, or all of them equal
    """
    flat = real.reshape(len(real), -1)
    if len(flat) > MEDIAN_BEATS:
        flat = flat[rng.choice(len(flat), MEDIAN_BEATS, replace=False)]
    squared = [
        block[:, : rows.stop][np.tri(len(block), rows.stop, rows.start - 1, dtype=bool)]
        for rows, block in squared_distances(flat, flat)
    ]
    found = float(np.sqrt(np.median(np.concatenate(squared)))) if len(flat) > 1 else 0.0
    if not found > 0:
        raise DataError(f"{len(flat)} recorded beats without any distance between them: no bandwidth can be taken.")
    return found


def mmd_squared(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating], bandwidth: float) -> float:
    """Unbiased estimate of the squared maximum mean discrepancy with the kernel exp(-d^2 / (2 bandwidth^2)).

    About 0 for two sets from one distribution, and then as often negative as positive; at most 2.

    Gretton A et al. A kernel two-sample test. JMLR 13:723-773 (2012), eq. 3.

    Parameters
    ----------
    a, b : (n, d) and (m, d) or beats (n, n_leads, n_points), mV, at least two of each
    bandwidth : in mV, from recorded beats (`median_bandwidth`)

    Raises
    ------
    DataError : fewer than two beats on a side, or a bandwidth that is not above 0
    """
    if min(len(a), len(b)) < 2 or not bandwidth > 0:
        raise DataError(
            f"{len(a)} and {len(b)} beats at a bandwidth of {bandwidth}: two of each and one above 0 needed."
        )
    x, y = a.reshape(len(a), -1), b.reshape(len(b), -1)
    n, m = len(x), len(y)
    within = (_kernel_sum(x, x, bandwidth) - n) / (n * (n - 1)) + (_kernel_sum(y, y, bandwidth) - m) / (m * (m - 1))
    return within - 2 * _kernel_sum(x, y, bandwidth) / (n * m)


def mmd(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating], bandwidth: float) -> float:
    """Maximum mean discrepancy, the root of `mmd_squared` where that is positive, else 0; no unit, at most 1.42."""
    return float(np.sqrt(max(0.0, mmd_squared(a, b, bandwidth))))


def _kernel_sum(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating], bandwidth: float) -> float:
    return sum(float(np.exp(block / (-2 * bandwidth**2)).sum()) for _, block in squared_distances(a, b))


def frechet(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> float:
    """Fréchet distance (squared, as is usual) between the Gaussians of two sets of scores in one embedding.

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)). Name the embedding beside the figure; it is biased upwards, the
    more so the fewer the beats.

    Dowson DC, Landau BV. The Fréchet distance between multivariate normal distributions. J Multivariate Anal
    12(3):450-455 (1982), doi 10.1016/0047-259X(82)90077-X. Heusel M et al. (2017), arXiv:1706.08500.

    Parameters
    ----------
    a, b : (n, d) and (m, d), at least two rows each

    Returns
    -------
    0 or more, in the squared unit of the scores

    Raises
    ------
    DataError : fewer than two rows on a side
    """
    if min(len(a), len(b)) < 2:
        raise DataError(f"{len(a)} and {len(b)} beats: at least two of each are needed for a covariance.")
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    apart = float(((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum())
    # tr (A B)^(1/2) is the sum of the singular values of the product of the two centred matrices: nothing is squared
    # and rooted again, nothing can become complex
    rooted_x = np.linalg.qr(x - x.mean(axis=0), mode="r") / np.sqrt(len(x) - 1)  # rooted_x.T @ rooted_x = A
    rooted_y = np.linalg.qr(y - y.mean(axis=0), mode="r") / np.sqrt(len(y) - 1)
    common = float(np.linalg.svd(rooted_x @ rooted_y.T, compute_uv=False).sum())
    return max(0.0, apart + float((rooted_x**2).sum() + (rooted_y**2).sum()) - 2 * common)


def telling_features(signals: npt.NDArray[np.floating], embedding: PcaEmbedding) -> Array:
    """What the two-sample classifier sees of whole beats (n, n_leads, n_points) in mV: (n, n_features).

    Shape as scores in the embedding; what these leave out, as energy; slope and curvature of every sixth of the beat
    and lead, as ln of their RMS in mV a point, and the spectrum in bands, where noise and smoothness show; the steepest
    slope and the extremes.
    """
    x = np.asarray(signals, np.float64)
    slope, curvature = np.diff(x, axis=2), np.diff(x, n=2, axis=2)
    parts = [embedding.transform(x), _ln_rms(embedding.residual(x))]
    for rough in (slope, curvature):
        parts += [_ln_rms(sixth) for sixth in np.array_split(rough, SEGMENTS, axis=2)]
    spectrum = np.abs(np.fft.rfft(x * np.hanning(x.shape[2]), axis=2))
    parts += [_ln_rms(spectrum[:, :, a:b]) for a, b in pairwise(BANDS.tolist()) if a < spectrum.shape[2]]
    parts += [np.abs(slope).max(axis=2), x.max(axis=2), x.min(axis=2)]
    return np.concatenate(parts, axis=1)


def _ln_rms(x: Array) -> Array:
    found: Array = np.log(np.sqrt((x**2).mean(axis=2)) + SMALLEST)
    return found


def two_sample_auc(
    real: npt.NDArray[np.floating], fake: npt.NDArray[np.floating], seed: int, embedding: PcaEmbedding
) -> float:
    """Classifier two-sample test: ROC AUC with which a trained classifier tells synthetic from recorded beats.

    0.5: it cannot; 1: it always can. Histogram gradient boosting on `telling_features`, five-fold cross-validated with
    folds over beats, not over recordings: beats of one recording are on both sides of a fold, so two sets from
    different patients are told apart by who the patient is.

    Lopez-Paz D, Oquab M. Revisiting classifier two-sample tests (2017), arXiv:1610.06545.

    Parameters
    ----------
    real, fake : (n, n_leads, n_points) mV, at least 10 of each; of the larger set as many are drawn as the other has
    seed : of the draw, the folds and the classifier
    embedding : fitted on training records

    Returns
    -------
    0 to 1

    Raises
    ------
    DataError : fewer than 10 beats on a side
    """
    return auc_of_features(telling_features(real, embedding), telling_features(fake, embedding), seed)


def auc_of_features(real: Array, fake: Array, seed: int) -> float:
    """The same from what `telling_features` gave for each side."""
    if min(len(real), len(fake)) < FEWEST:
        raise DataError(
            f"{len(real)} and {len(fake)} beats: at least {FEWEST} of each are needed for a two-sample test."
        )
    rng = np.random.default_rng(seed)
    n = min(len(real), len(fake))
    x = np.concatenate([side[np.sort(rng.choice(len(side), n, replace=False))] for side in (real, fake)])
    y = np.repeat([0, 1], n)
    scores = np.zeros(2 * n)
    for learn, judge in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, y):
        classifier = HistGradientBoostingClassifier(
            learning_rate=0.15, max_iter=60, max_leaf_nodes=15, max_bins=63, early_stopping=False, random_state=seed
        )
        scores[judge] = classifier.fit(x[learn], y[learn]).decision_function(x[judge])
    return float(roc_auc_score(y, scores))
