"""The time column of a table: which unit it is in, whether it goes on evenly, and the sampling rate that it means."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.data.header_text import FS_RANGE_HZ
from ecg_core.data.importing.inspected import Choice
from ecg_core.data.importing.table_head import TIME_UNITS, Column
from ecg_core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

UNIT_NAMES = {1.0: "seconds", 1e-3: "milliseconds", 1e-6: "microseconds", 1e-9: "nanoseconds"}
LEAST_STEP, MOST_STEP = 0.0, 1.6
"""Of the mean step: times that were rounded to milliseconds waver, a line that is missing makes a step of two."""
DAY_S = 86_400.0
STRAYING = 1.0
"""Steps by which a time may stray from an even course."""


@dataclass(frozen=True)
class Times:
    """An even time column."""

    rate: float
    """Hz."""
    start: str = ""
    """ISO 8601 without a zone, where the column has dates."""


def evenly(series: "pd.Series[Any]") -> bool:
    """Whether a column without a name rises in even steps, as a time does and an ECG does not."""
    if series.dtype.kind not in "iuf" or len(series) < 3:
        return False
    steps = np.diff(series.to_numpy(np.float64)[:10_000])
    return bool(np.all(steps > 0) and steps.max() < 2.1 * steps.min() and steps.max() < MOST_STEP * steps.mean())


def seconds_in(file: str, series: "pd.Series[Any]", column: Column, first_line: int, notes: list[str]) -> Times:
    """The times of a column.

    Numbers without a unit are taken in the one unit in which the rate can be that of an ECG, and it is said.
    Raises DataError, naming the line, where the time is no time, stands still, goes back, or leaves a gap.
    """
    label = column.label or "the first column"
    start = ""
    if series.dtype.kind in "iuf":
        values = series.to_numpy(np.float64)
        _check_present(file, values, label, first_line)
        mean = (values[-1] - values[0]) / (len(values) - 1)
        scale = TIME_UNITS.get(column.unit.lower() or column.name.strip().lower())
        if scale is None and not column.unit:
            low, high = FS_RANGE_HZ
            scale = next((one for one in UNIT_NAMES if mean > 0 and low <= 1 / (mean * one) <= high), None)
            if scale is not None:
                notes.append(
                    f"The times in {label} are {UNIT_NAMES[scale]}: in no other unit would the rate be an ECG's."
                )
        if scale is None:
            raise DataError(
                f"{file}: the times in {label} rise by {mean:g} a line, which is no ECG's rate in any unit. "
                "State the sampling rate instead."
            )
        values = (values - values[0]) * scale
    else:
        values, start = _clock_values(file, series, label, first_line)
    return Times(_even_rate(file, values, label, first_line), start)


def rate_of(choice: Choice, times: Times | None, stated: float | None, file: str, notes: list[str]) -> float | None:
    """The rate in Hz: as the times have it, else as a line of the file states it, else as chosen; None if nobody says.

    A choice that corrects this one file goes before both.

    Raises DataError for one that no record can have.
    """
    low, high = FS_RANGE_HZ
    corrected = choice.rate if choice.corrects else None
    said = times.rate if times else stated
    rate = corrected if corrected is not None else said if said is not None else choice.rate
    if rate is not None and not low <= rate <= high:
        raise DataError(f"{file}: the sampling rate is {rate:g} Hz, expected {low:g} to {high:,.0f} Hz.")
    if corrected is None and times and stated and abs(times.rate - stated) > 0.01 * stated:
        notes.append(f"The file states {stated:g} Hz, its times mean {times.rate:g} Hz: the times were taken.")
    return rate


def _check_present(file: str, values: npt.NDArray[Any], label: str, first_line: int) -> None:
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise DataError(
            f"{file}, line {first_line + wrong[0]:,}: {label} has no time. Remove the line, or state the rate."
        )


def _clock_values(file: str, series: "pd.Series[Any]", label: str, first_line: int) -> tuple[npt.NDArray[Any], str]:
    """Seconds from the first time, from dates, ISO texts or elapsed times; and the date and time of the first."""
    import pandas as pd

    start = ""
    if series.dtype.kind == "m":
        return (series - series.iloc[0]).dt.total_seconds().to_numpy(np.float64), ""
    if series.dtype.kind != "M":
        if pd.isna(series.iloc[0]):
            raise DataError(f"{file}, line {first_line:,}: {label} has no time. Remove the line, or state the rate.")
        texts = series.astype(str).str.strip(" '\"[]\t").str.replace(",", ".", regex=False)
        if "-" not in texts.iloc[0][1:]:
            parts = texts.str.split(":", expand=True)
            if parts.shape[1] < 2:
                raise DataError(f"{file}, line {first_line:,}: {label} is {texts.iloc[0][:40]!r}, which is no time.")
            numbers = [pd.to_numeric(parts[k], errors="coerce") for k in parts.columns]
            seconds = sum((number * 60.0**power for power, number in enumerate(reversed(numbers))), 0.0 * numbers[0])
            values = seconds.to_numpy(np.float64, copy=True)
            _check_present(file, values, label, first_line)
            values[1:] += DAY_S * np.cumsum(np.diff(values) < -DAY_S / 2)  # midnight
            return values - values[0], ""
        first = pd.to_datetime(texts.iloc[:1], format="ISO8601", errors="coerce").iloc[0]
        start = "" if pd.isna(first) else first.tz_localize(None).isoformat(timespec="seconds")
        # in one zone: the clocks may have been put forward or back within the recording
        series = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
    wrong = np.flatnonzero(series.isna().to_numpy())
    if len(wrong):
        raise DataError(
            f"{file}, line {first_line + wrong[0]:,}: {label} has no ISO time such as 2024-05-17T08:30:00.004."
        )
    values = (series - series.iloc[0]).dt.total_seconds().to_numpy(np.float64)
    return values, start or series.iloc[0].tz_localize(None).isoformat(timespec="seconds")


def _even_rate(file: str, seconds: npt.NDArray[Any], label: str, first_line: int) -> float:
    """The rate of times that go on evenly, in Hz; a whole number where the times allow one."""
    steps = np.diff(seconds)
    mean = float(seconds[-1]) / len(steps)
    typical = float(np.median(steps))
    backwards = np.flatnonzero(steps <= LEAST_STEP)
    if len(backwards):
        line = first_line + int(backwards[0]) + 1
        raise DataError(
            f"{file}, line {line:,}: the time in {label} does not rise. Correct it, or state the sampling rate instead."
        )
    usual = float(np.sort(steps)[: len(steps) - max(1, len(steps) // 200)].mean()) if len(steps) > 1 else mean
    gaps = np.flatnonzero(steps > MOST_STEP * max(usual, typical))
    straying = np.abs(seconds - mean * np.arange(len(seconds)))
    if not len(gaps) and straying.max() > STRAYING * mean:
        gaps = np.array([int(straying.argmax()) - 1])
    if len(gaps):
        k = int(gaps[0])
        raise DataError(
            f"{file}, line {first_line + k + 1:,}: the time in {label} is not even: a step of {steps[k]:.6g} s, where "
            f"most are {typical:.6g} s. Fill in the missing lines, or state the sampling rate instead."
        )
    rate = 1 / mean
    whole = round(rate)
    return float(whole) if whole and abs(rate - whole) / rate * len(seconds) < 1 else float(f"{rate:.8g}")
