"""Which beats cannot be judged, and why."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecg_core.data.mapping import release

MISSING, EDGE, FLAT, CLIPPED = "missing samples", "at the edge", "flat", "clipped"
REASONS = (MISSING, EDGE, FLAT, CLIPPED)  # the first that applies is given
FLAT_MV = 0.02  # peak to peak, over the whole beat, in every lead
CLIPPED_S = 0.025  # this long at the recording's outermost ADC value


def in_long_runs(hit: npt.NDArray[np.bool_], at_least: float) -> npt.NDArray[np.bool_]:
    """Which samples lie in a run of True of at least that length, shape (n,)."""
    padded = np.zeros(len(hit) + 2, bool)
    padded[1:-1] = hit
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    starts, stops = edges[::2], edges[1::2]
    found = np.zeros(len(hit), bool)
    long = stops - starts >= at_least
    for start, stop in zip(starts[long], stops[long], strict=True):
        found[start:stop] = True
    return found


Rails = tuple[int, int]
"""Lowest and highest value of a lead; equal for one that holds no more than one value."""


def rails_of(
    adc: npt.NDArray[np.signedinteger], leads: Sequence[int], invalid: tuple[int, ...], at_once: int = 2**22
) -> tuple[Rails, ...]:
    """The outermost values of some leads of `adc` (n_samples, n_leads), missing samples apart; read in blocks.

    `invalid`: the value that stands for a missing sample of each of them.
    """
    lowest, highest = np.iinfo(adc.dtype).max, np.iinfo(adc.dtype).min
    low, high = np.full(len(invalid), lowest, np.int64), np.full(len(invalid), highest, np.int64)
    for start in range(0, len(adc), at_once):
        for k, (lead, code) in enumerate(zip(leads, invalid, strict=True)):
            values = np.ascontiguousarray(adc[start : start + at_once, lead])
            gone = values == code
            there = values[~gone] if gone.any() else values
            if len(there):
                low[k], high[k] = min(low[k], int(there.min())), max(high[k], int(there.max()))
        release(adc)
    return tuple((int(a), int(b)) if a <= b else (0, 0) for a, b in zip(low, high, strict=True))


def bad_samples(
    adc: npt.NDArray[np.signedinteger], invalid: tuple[int, ...], fs: float, rails: tuple[Rails, ...] | None = None
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Per sample, in any lead: is it missing, and is it clipped. `adc` has shape (n_samples, n_leads).

    `rails`: the outermost values of the recording, where `adc` is a part of it."""
    missing = np.zeros(len(adc), bool)
    clipped = np.zeros(len(adc), bool)
    for lead, (code, (low, high)) in enumerate(
        zip(invalid, rails or rails_of(adc, range(len(invalid)), invalid), strict=True)
    ):
        values = np.ascontiguousarray(adc[:, lead])
        missing |= values == code
        if low < high:
            for rail in (low, high):
                hit = values == rail
                if np.count_nonzero(hit) >= CLIPPED_S * fs:
                    clipped |= in_long_runs(hit, CLIPPED_S * fs)
    return missing, clipped


def reasons(
    first: npt.NDArray[np.int64],
    last: npt.NDArray[np.int64],
    peak_to_peak_mv: npt.NDArray[np.float32],
    missing: npt.NDArray[np.bool_],
    clipped: npt.NDArray[np.bool_],
) -> npt.NDArray[np.str_]:
    """Why each beat is left out; the empty string for a beat that is used.

    Parameters
    ----------
    first, last : (n_beats,) first and last sample of each beat's segment, possibly outside the recording
    peak_to_peak_mv : (n_beats, n_leads)
    missing, clipped : (n_samples,) as from `bad_samples`
    """
    n = len(missing)
    inside_first, inside_last = np.clip(first, 0, n - 1), np.clip(last, 0, n - 1)
    found = np.full(len(first), "", dtype="<U16")
    for reason, hit in (
        (CLIPPED, _any_between(clipped, inside_first, inside_last)),
        (FLAT, (peak_to_peak_mv < FLAT_MV).all(axis=1)),
        (EDGE, (first < 0) | (last >= n)),
        (MISSING, _any_between(missing, inside_first, inside_last)),
    ):
        found[hit] = reason
    return found


def _any_between(
    hit: npt.NDArray[np.bool_], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    if not hit.any():
        return np.zeros(len(first), bool)
    total = np.concatenate([[0], np.cumsum(hit)])
    between: npt.NDArray[np.bool_] = total[last + 1] > total[first]
    return between
