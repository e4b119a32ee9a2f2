"""RR intervals and what can be made of them, beat by beat, within one recording.

*Causal* features use no later beat; *off-line* ones (as in a Holter report) use the whole recording.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
RR_RANGE_S = (0.15, 6.0)
LOCAL_BEATS = 10  # beats to either side of the local median, and past beats of the causal mean
PAST_BEATS, PAST_LOCAL_BEATS, FEWEST_PAST = 1000, 20, 5
"""Past beats of the causal references, those of the local one, and how many have to be known."""
SPREAD_FLOOR = 0.05  # added to the spread of ln RR, so that a metronomic rhythm does not divide by zero


def rr_intervals(r_sample: npt.NDArray[np.int64] | Array, fs: float) -> tuple[Array, Array]:
    """RR interval before and after each beat in s, each of shape (n_beats,); NaN where there is no neighbour."""
    between = np.diff(r_sample) / fs
    nothing = np.full(min(len(r_sample), 1), np.nan)
    return np.concatenate([nothing, between]), np.concatenate([between, nothing])


def past_mean(pre_s: Array, beats: int = LOCAL_BEATS) -> Array:
    """Causal: mean of the up to `beats` RR intervals before the one that ends at this beat, in s; NaN without any."""
    known = ~np.isnan(pre_s)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, pre_s, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    end = np.arange(len(pre_s))
    start = np.maximum(end - beats, 0)
    n = count[end] - count[start]
    mean: Array = np.divide(total[end] - total[start], n, out=np.full(len(pre_s), np.nan), where=n > 0)
    return mean


def ratio_causal(pre_s: Array) -> Array:
    """Causal: RR before the beat over the mean of the ten before it; 1 where unknown."""
    return _or_one(pre_s / past_mean(pre_s))


def ratio_record(pre_s: Array) -> Array:
    """Off-line: RR before the beat over the mean RR of the whole recording; 1 where unknown."""
    return _or_one(pre_s / _mean(pre_s))


def prematurity(pre_s: Array) -> Array:
    """Off-line: how early each beat comes, against three references, in units of the recording's RR spread.

    (reference - ln RR) / (spread + 0.05), where the references are ln of the recording's mean RR, the 90 % quantile
    of ln RR, and the median ln RR of the 21 beats around; the spread is the median absolute deviation of ln RR.
    Dividing by the spread keeps atrial fibrillation, whose RR vary by themselves, from looking like ectopy.
    No label enters: every beat of the recording takes part.

    Parameters
    ----------
    pre_s : (n_beats,) RR before each beat in s, in time order, NaN where unknown

    Returns
    -------
    (n_beats, 3) float64; 0 where the RR is unknown
    """
    known = ~np.isnan(pre_s)
    if not known.any():
        return np.zeros((len(pre_s), 3))
    log = np.log(np.clip(pre_s, *RR_RANGE_S))
    usual = np.log(np.clip(_mean(pre_s), *RR_RANGE_S))
    filled = np.where(known, log, usual)
    around = np.pad(filled, LOCAL_BEATS, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * LOCAL_BEATS + 1), axis=1)
    references = np.stack([np.full(len(log), usual), np.full(len(log), np.quantile(log[known], 0.9)), local], axis=1)
    spread = np.median(np.abs(log[known] - np.median(log[known]))) + SPREAD_FLOOR
    return np.where(known[:, None], (references - filled[:, None]) / spread, 0.0)


def causal_prematurity(pre_s: Array) -> Array:
    """Causal: how early each beat comes, as `prematurity` has it, against RR intervals before its own.

    The references are ln of the mean RR and the 90 % quantile of ln RR of the last 1000 beats, and the median ln RR of
    the last 20; the spread is half the interquartile range of ln RR of the last 1000.

    Parameters
    ----------
    pre_s : (n_beats,) RR before each beat in s, in time order, NaN where unknown

    Returns
    -------
    (n_beats, 3) float64; 0 where the RR is unknown, or fewer than five before it are known
    """
    clipped = np.clip(np.asarray(pre_s, np.float64), *RR_RANGE_S)
    held, own = pd.Series(clipped), pd.Series(np.log(clipped))
    past, recent = (own.shift(1).rolling(beats, min_periods=FEWEST_PAST) for beats in (PAST_BEATS, PAST_LOCAL_BEATS))
    usual = np.log(held.shift(1).rolling(PAST_BEATS, min_periods=FEWEST_PAST).mean())
    spread = (past.quantile(0.75) - past.quantile(0.25)) / 2 + SPREAD_FLOOR
    references = np.stack([usual, past.quantile(0.9), recent.median()], axis=1)
    early: Array = (references - np.asarray(own)[:, None]) / np.asarray(spread)[:, None]
    return np.asarray(np.nan_to_num(early, nan=0.0))


def _mean(pre_s: Array) -> float:
    known = pre_s[~np.isnan(pre_s)]
    return float(known.mean()) if len(known) else 1.0


def _or_one(ratio: Array) -> Array:
    return np.where(np.isfinite(ratio), ratio, 1.0)
