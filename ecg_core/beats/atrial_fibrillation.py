"""Stretches of atrial fibrillation, found by the irregularity of RR intervals alone.

Petrėnas A, Marozas V, Sörnmo L. Low-complexity detection of atrial fibrillation in continuous long-term monitoring.
Comput Biol Med 65:184-191 (2015), doi:10.1016/j.compbiomed.2015.01.019. Every parameter is the paper's. What differs:

- the window of eight intervals is centred, because the whole recording is known;
- beats can be left out, and with them both intervals that touch them. The paper's filter of ectopic beats copes with
  single ones only;
- an interval of more than 3 s is a gap, and no fibrillation;
- the averages begin at a mean of fifty values, where the paper says nothing.
"""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from ecg_core.data.rhythm import Rhythm

METHOD = "Petrėnas 2015"
"""What pages call it."""
MADE_BY = "RR intervals alone, Petrėnas 2015, doi:10.1016/j.compbiomed.2015.01.019"
FIBRILLATION = "AFIB"
WINDOW = 8
"""RR intervals compared with one another."""
DIFFERENT_S = 0.03
"""Two RR intervals further apart than this differ."""
SMOOTHING = 0.02
"""Of the exponential averages, run forwards and backwards."""
BIGEMINY = 2e-4
"""Below this the intervals are those of a regular rhythm or of bigeminy, however irregular they are."""
THRESHOLD = 0.725
AT_ONCE, REMEMBERED = 50_000, 2_000
LONGEST_RR_S = 3.0

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def fibrillation(r_sample: npt.NDArray[np.int64], fs: float, left_out: Mask | None = None) -> tuple[Rhythm, ...]:
    """Stretches from beat to beat, in time order, in which the RR intervals are those of atrial fibrillation.

    Atrial flutter with a changing block, and other irregular rhythms, can look the same. Nothing is found among fewer
    than eight intervals.

    Parameters
    ----------
    r_sample : (n_beats,) ascending samples of all beats
    fs : sampling frequency in Hz
    left_out : (n_beats,) beats that do not come from the atria, such as ventricular ones; None: not known
    """
    if len(r_sample) <= WINDOW:
        return ()
    rr_s = np.diff(r_sample) / fs
    beats = np.zeros(len(r_sample), np.bool_) if left_out is None else left_out
    gap = rr_s > LONGEST_RR_S
    kept = np.flatnonzero(~(beats[:-1] | beats[1:] | gap) & (rr_s > 0))
    if len(kept) < WINDOW:
        return ()
    fibrillating = _between(_irregular(rr_s[kept]), kept, len(rr_s)) & ~gap
    edges = np.flatnonzero(np.diff(np.concatenate([[False], fibrillating, [False]]).astype(np.int8)))
    return tuple(Rhythm(FIBRILLATION, int(r_sample[a]), int(r_sample[b])) for a, b in edges.reshape(-1, 2).tolist())


def irregularity(rr_s: Floats) -> Floats:
    """The paper's decision function O(n) of RR intervals in s, shape (n,), n at least 8: above 0.725 is fibrillation.

    The share of pairs in a window that differ by more than 30 ms, smoothed, over the mean interval; but where the sum
    of intervals hardly changes by a median of three, as in bigeminy, the square of that change.
    """
    middle = np.median(_windows(rr_s, 3), axis=1)
    windows = _windows(middle, WINDOW)
    pairs = list(combinations(range(WINDOW), 2))
    differ = np.zeros(len(windows), np.int64)
    for one, other in pairs:
        differ += np.abs(windows[:, one] - windows[:, other]) >= DIFFERENT_S
    change = (windows.sum(axis=1) / _windows(rr_s, WINDOW).sum(axis=1) - 1) ** 2
    irregular, ectopic = _averaged(differ / len(pairs)) / _averaged(rr_s), _averaged(change)
    return np.where(ectopic >= BIGEMINY, irregular, ectopic)


def _irregular(rr_s: Floats) -> Mask:
    """Where `irregularity` is above its threshold; that of some ten hours at a time, for a week would take too much
    memory. Each stretch is seen with so many intervals on either side that no average remembers where it began."""
    found = np.zeros(len(rr_s), np.bool_)
    for first in range(0, len(rr_s), AT_ONCE):
        start = max(0, first - REMEMBERED)
        some = rr_s[start : first + AT_ONCE + REMEMBERED]
        found[first : first + AT_ONCE] = (irregularity(some) > THRESHOLD)[first - start :][:AT_ONCE]
    return found


def _windows(values: Floats, n: int) -> Floats:
    """(len(values), n): the n values around each; near the ends the outermost n."""
    every = np.lib.stride_tricks.sliding_window_view(values, n)
    return every[np.clip(np.arange(len(values)) - n // 2, 0, len(every) - 1)]


def _averaged(values: Floats) -> Floats:
    """Exponential average, forwards and then backwards, so that nothing is delayed; each begins at the mean of the
    values that it would have forgotten all but a third of."""
    from scipy.signal import lfilter  # a third of a second, which the first page need not wait for

    for _ in range(2):
        start = [(1 - SMOOTHING) * values[: round(1 / SMOOTHING)].mean()]
        values = lfilter([SMOOTHING], [1, SMOOTHING - 1], values, zi=start)[0][::-1]
    return values


def _between(fibrillating: Mask, kept: npt.NDArray[np.intp], n: int) -> Mask:
    """For all `n` intervals what is known of those kept: one that was left out is as both of its neighbours are."""
    both = np.zeros(n, np.bool_)
    for first in range(0, n, AT_ONCE):
        at = np.arange(first, min(first + AT_ONCE, n))
        before = np.clip(np.searchsorted(kept, at, side="right") - 1, 0, len(kept) - 1)
        after = np.clip(np.searchsorted(kept, at), 0, len(kept) - 1)
        both[at] = fibrillating[before] & fibrillating[after]
    return both
