"""How early and how late each beat comes, against all beats of the recording or against those that are no V beats."""

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import median_filter, uniform_filter1d

from ecg_core.beats.rr import RR_RANGE_S, SPREAD_FLOOR
from ecg_core.tasks.classifier.chain.record import Mask, Numbers, RecordBeats

LOCAL = 21
"""Intervals of the running median that is the rhythm around a beat."""
LONG = 1.35
"""An interval in which V beats were left out is a pause when it is longer than this many of those around."""
FEWEST_KEPT = 8
IRREGULAR = 0.1
FIBRILLATION_BEATS = 81


@dataclass(frozen=True, eq=False)
class Timing:
    """Numbers of every beat of a recording, each (n,); p and q are ln RR before and after."""

    against_mean: Numbers = field(repr=False)
    """(ln mean RR - p) / spread: above 0 is early."""
    against_longest: Numbers = field(repr=False)
    """(90 % quantile of p - p) / spread."""
    early: Numbers = field(repr=False)
    """(local median - p) / spread."""
    against_local: Numbers = field(repr=False)
    """p - local median: below 0 is early."""
    against_mean_rr: Numbers = field(repr=False)
    """p - ln mean RR."""
    after_local: Numbers = field(repr=False)
    """q - local median."""
    after_before: Numbers = field(repr=False)
    """q - p: above 0 is a pause."""
    late_mean: Numbers = field(repr=False)
    """(q - ln mean RR) / spread."""
    late_local: Numbers = field(repr=False)
    """(q - local median) / spread."""
    change_10: Numbers = field(repr=False)
    """Running median over 21 beats of the change from one interval to the next."""
    change_30: Numbers = field(repr=False)
    """The same over 61."""
    changing: Numbers = field(repr=False)
    """Share of intervals around that differ by more than a tenth from the one before."""
    deviation: Numbers = field(repr=False)
    """Standard deviation of p over 41 beats."""
    fibrillation: Numbers = field(repr=False)
    """Running median over 81 beats of the least change against the last three intervals: what only chaos keeps up."""


def raw_timing(record: RecordBeats) -> Timing:
    """Against all beats."""
    everything = np.ones(len(record), bool)
    return _timing(record.ln_pre, record.ln_post, everything, np.isfinite(record.pre_s))


def timing_without(record: RecordBeats, ectopic: Mask) -> Timing:
    """Against the rhythm that is left when some beats are taken out.

    Intervals run from the last beat kept to the next; where beats were taken out in between and the interval is a
    pause, each of its beats has its share of it, so that the beat after an interpolated V is not early and the one
    after a compensatory pause not late.
    """
    kept = ~ectopic
    if kept.sum() < FEWEST_KEPT:
        return raw_timing(record)
    step = np.where(np.isfinite(record.pre_s), record.pre_s, 0.0)
    at = np.cumsum(step)
    n = len(at)
    numbers = np.arange(n)
    before = np.maximum.accumulate(np.where(kept, numbers, -1))
    before = np.concatenate([[-1], before[:-1]])  # last kept beat before each
    after = np.minimum.accumulate(np.where(kept, numbers, n)[::-1])[::-1]
    after = np.concatenate([after[1:], [n]])
    direct = kept & (before == numbers - 1) & np.isfinite(record.pre_s)
    if direct.sum() < FEWEST_KEPT:
        return raw_timing(record)
    ln_rr = np.log(np.clip(record.pre_s[direct], *RR_RANGE_S))
    local = np.exp(np.interp(numbers, numbers[direct], median_filter(ln_rr, LOCAL, mode="nearest")))
    pre = np.where(before >= 0, at - at[before], local)
    post = np.where(after < n, at[np.minimum(after, n - 1)] - at, local)
    for interval, between in ((pre, numbers - before - 1), (post, after - numbers - 1)):
        pause = (between > 0) & (interval > LONG * local)
        interval[pause] = np.maximum(interval / (between + 1), np.minimum(interval, local))[pause]
    pre[before < 0], post[after >= n] = local[before < 0], local[after >= n]
    return _timing(np.log(np.clip(pre, *RR_RANGE_S)), np.log(np.clip(post, *RR_RANGE_S)), kept, direct)


def _timing(p: Numbers, q: Numbers, kept: Mask, reference: Mask) -> Timing:
    """`kept` beats make the rhythm; what is usual comes from those with a `reference` interval."""
    numbers = np.arange(len(p))
    known = p[reference] if reference.any() else p
    mean = float(np.log(np.exp(known).mean()))
    longest = float(np.quantile(known, 0.9))
    spread = float(np.median(np.abs(known - np.median(known))) + SPREAD_FLOOR)
    where = np.flatnonzero(reference) if reference.any() else numbers
    local = np.interp(numbers, where, median_filter(known, LOCAL, mode="nearest"))
    own, rhythm = np.flatnonzero(kept), p[kept]
    change = np.abs(np.diff(rhythm, prepend=rhythm[:1]))
    least = change.copy()
    for lag in (2, 3):
        least[lag:] = np.minimum(least[lag:], np.abs(rhythm[lag:] - rhythm[:-lag]))

    def spread_out(values: Numbers) -> Numbers:
        found: Numbers = np.interp(numbers, own, values)
        return found

    square = uniform_filter1d(rhythm**2, 41, mode="nearest") - uniform_filter1d(rhythm, 41, mode="nearest") ** 2
    return Timing(
        (mean - p) / spread, (longest - p) / spread, (local - p) / spread, p - local, p - mean, q - local, q - p,
        (q - mean) / spread, (q - local) / spread,
        spread_out(median_filter(change, 21, mode="nearest")), spread_out(median_filter(change, 61, mode="nearest")),
        spread_out(uniform_filter1d((change > IRREGULAR).astype(np.float64), 61, mode="nearest")),
        spread_out(np.sqrt(np.maximum(square, 0))),
        spread_out(median_filter(least, FIBRILLATION_BEATS, mode="nearest")),
    )  # fmt: skip
