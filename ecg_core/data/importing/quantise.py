"""From mV to ADC units: exactly where the values have few enough digits, else with the finest step that fits."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.data.header_text import GAIN_RANGE
from ecg_core.data.importing.limits import MAX_MV
from ecg_core.errors import DataError

MOST_ERROR_MV = 0.001
"""Rounding that 16 bits may cost: 1 uV, a fifth of the step of the MIT-BIH recordings."""
MOST_DIGITS = 6
GLANCE = 10_000  # values that are looked at before all are
MISSING = {"16": -(2**15), "24": -(2**23)}
"""ADC value of a missing sample, by WFDB format."""
ROOM = {"16": 2**15 - 1, "24": 2**23 - 1}
"""Largest ADC value; the smallest is its negative, as the one below it stands for a missing sample."""


@dataclass(frozen=True)
class Scale:
    """How one lead becomes ADC units."""

    fmt: str
    """WFDB format it needs: `16` or `24`."""
    gain: float
    """ADC units per mV."""
    baseline: int
    """ADC value of 0 mV."""
    error_mv: float
    """Largest rounding error."""


def scale_for(mv: npt.NDArray[np.floating], lead: str) -> Scale:
    """The scale for one lead, (n,) in mV with NaN for missing samples.

    Where all values are whole multiples of 1, 0.1, ... 0.000001 mV and fit, they are kept to the digit. Raises
    DataError, naming the lead, for values of more than 10 V.
    """
    real = mv[np.isfinite(mv)]
    low, high = (float(real.min()), float(real.max())) if len(real) else (0.0, 0.0)
    if max(-low, high) > MAX_MV:
        raise DataError(
            f"lead {lead} has values up to {max(-low, high):,.0f} mV, more than {MAX_MV:,.0f}: "
            "these are no mV. State the unit the values are in."
        )
    for fmt in ("16", "24"):
        for digits in range(MOST_DIGITS + 1):
            gain = 10.0**digits
            if (high - low) * gain > 2 * ROOM[fmt] - 2:
                break
            if _whole(real[:GLANCE] * gain) and _whole(real * gain):
                return Scale(fmt, gain, _baseline(low, high, gain, fmt), 0.0)
        # a step of the digits that does not fit: the finest that does, if it is fine enough
        gain = min((2 * ROOM[fmt] - 2) / max(high - low, 1e-9), GAIN_RANGE[1])
        gain = float(f"{gain * (1 - 1e-5):.6g}")
        if 0.5 / gain < MOST_ERROR_MV or fmt == "24":
            return Scale(fmt, gain, _baseline(low, high, gain, fmt), 0.5 / gain)
    raise AssertionError("format 24 takes every lead")


def _whole(values: npt.NDArray[np.floating]) -> bool:
    """Whether all are whole numbers, as far as 32-bit floating-point numbers can be."""
    return bool(np.all(np.abs(values - np.rint(values)) <= 1e-6 + 2e-7 * np.abs(values)))


def _baseline(low: float, high: float, gain: float, fmt: str) -> int:
    """0 where the values fit around it, else what puts their middle there."""
    return 0 if max(-low, high) * gain <= ROOM[fmt] else -round((low + high) / 2 * gain)


def digitised(mv: npt.NDArray[np.floating], scale: Scale, fmt: str) -> npt.NDArray[np.int32]:
    """ADC units of one lead, (n,), in the record's format (`24` if another lead needs it)."""
    adc = np.rint(mv * scale.gain) + scale.baseline
    np.clip(adc, -ROOM[fmt], ROOM[fmt], out=adc)
    return np.where(np.isfinite(adc), adc, MISSING[fmt]).astype(np.int32)
