"""Whether a beat has the P wave that the recording's sinus beats have, at its place."""

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import median_filter

from ecg_core.tasks.classifier.chain.record import Floats, Mask, Numbers, RecordBeats
from ecg_core.tasks.classifier.chain.shapes import Shapes

P_S = (-0.30, -0.065)
MOVED_S = 0.028
"""A P wave may lie so much earlier or later than usual."""
REPOLARISATION_S = (0.06, 0.445)
"""Of the beat before: its ST segment and T wave are taken off where they reach into the window."""
RUNNING = 17
USUAL_LN_RR = (-0.15, 0.10)
FEWEST = 20


@dataclass(frozen=True, eq=False)
class PWaves:
    """Numbers of every beat, each (n,)."""

    likeness: Numbers = field(repr=False)
    """Best correlation with the usual P wave, all leads together, -1 to 1."""
    against_around: Numbers = field(repr=False)
    """The same less that of the sinus beats around: below 0 the P wave is unlike theirs."""
    visible: Numbers = field(repr=False)
    """Running median of the likeness of sinus beats: near 0 where no P wave can be seen."""


def p_waves(record: RecordBeats, shapes: Shapes, ectopic: Mask) -> PWaves:
    """Compare each beat's P wave with the usual one; `ectopic` beats do not say what is usual."""
    times_s = record.times_s
    step = float(times_s[1] - times_s[0])
    reach = round(MOVED_S / step)
    inner = record.window(P_S)
    wide = slice(max(0, inner.start - reach), inner.stop + reach)
    signals = record.signals[:, :, wide] - _before(record, shapes, times_s[wide])
    length = inner.stop - inner.start
    usual = _usual(_detrended(signals[:, :, reach : reach + length]), record, shapes.sinus & ~ectopic)
    unit = np.sqrt((usual**2).sum()) + 1e-6
    best = np.full(len(record), -1.0)
    for shift in range(signals.shape[2] - length + 1):
        part = _detrended(signals[:, :, shift : shift + length])
        size = np.sqrt((part**2).sum(axis=(1, 2))) + 0.02
        best = np.maximum(best, np.einsum("nlp,lp->n", part, usual) / unit / size)
    sinus = np.flatnonzero(shapes.sinus & ~ectopic)
    if len(sinus) < 2:
        return PWaves(best, np.zeros(len(best)), np.zeros(len(best)))
    around = np.interp(np.arange(len(best)), sinus, median_filter(best[sinus], RUNNING, mode="nearest"))
    return PWaves(best, best - around, around)


def _before(record: RecordBeats, shapes: Shapes, times_s: Numbers) -> Floats:
    """What the T wave of the beat before adds to the points at `times_s` before each beat, (n, n_leads, n_points)."""
    n, n_leads, _ = record.signals.shape
    tail = record.window(REPOLARISATION_S)
    at = record.times_s[tail]
    ln_post = record.ln_post
    templates = np.zeros((int(shapes.family.max()) + 1, n_leads, len(at)), np.float32)
    for k in range(len(templates)):
        own = np.flatnonzero(shapes.family == k)
        calm = own[ln_post[own] >= np.median(ln_post[own])]
        templates[k] = np.median(record.signals[calm][:, :, tail], axis=0)
    templates -= templates[:, :, -1:]  # ends at zero
    since = np.where(np.isfinite(record.pre_s), record.pre_s, 9.0)[1:, None] + times_s  # (n - 1, points)
    place = np.interp(since, at, np.arange(len(at)), left=-1, right=-1)
    low = np.clip(place.astype(np.int64), 0, len(at) - 2)
    part = (place - low).astype(np.float32)[:, None, :]
    own = shapes.family[:-1, None, None]
    lead = np.arange(n_leads)[None, :, None]
    value = templates[own, lead, low[:, None, :]] * (1 - part) + templates[own, lead, low[:, None, :] + 1] * part
    added = np.zeros((n, n_leads, len(times_s)), np.float32)
    added[1:] = np.where((place >= 0)[:, None, :], value, 0)
    return added


def _usual(waves: Floats, record: RecordBeats, sinus: Mask) -> Floats:
    """Median P wave of the sinus beats that follow a long interval, (n_leads, n_points)."""
    own = np.flatnonzero(sinus)
    if len(own) < 2:
        own = np.arange(len(record))
    ln_pre = record.ln_pre[own]
    apart = ln_pre - np.quantile(ln_pre, 0.9)
    calm = own[(apart >= USUAL_LN_RR[0]) & (apart <= USUAL_LN_RR[1])]
    if len(calm) < FEWEST:
        calm = own[np.argsort(-ln_pre, kind="stable")[: max(FEWEST, len(own) // 5)]]
    usual: Floats = np.median(waves[calm], axis=0)
    return usual


def _detrended(waves: Floats) -> Floats:
    """Without mean and slope."""
    x = np.linspace(-1, 1, waves.shape[2], dtype=np.float32)
    flat = waves - waves.mean(axis=2, keepdims=True)
    slope = (flat * x).sum(axis=2, keepdims=True) / (x**2).sum()
    detrended: Floats = flat - slope * x
    return detrended
