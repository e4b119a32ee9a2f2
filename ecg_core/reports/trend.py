"""The tachogram of a report: RR intervals over the whole recording, with the ticks of its axes."""

from dataclasses import dataclass, field

import numpy as np

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.beats.rr_trend import RrTrend, rr_trend
from ecg_core.data.clock import clock
from ecg_core.data.record import Record
from ecg_core.reports.reading import DAY_S

COLUMNS = 700
"""About four a mm of paper."""
STEPS_S = (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400)
MOST_TICKS = 9
LOWEST_TOP_S, HIGHEST_TOP_S = 1.5, 4.0
"""Within which the upper end of the axis lies; longer intervals are drawn at it."""
RR_TICKS_S = (0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
LEAST_APART = 0.08
"""Of the axis: closer ticks would be printed over one another."""
MINUTE_S = 60


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what is printed there."""

    at_s: float
    text: str


@dataclass(frozen=True, eq=False)
class Trend:
    """Made by `trend_of`."""

    rr: RrTrend = field(repr=False)
    duration_s: float
    top_s: float
    """Upper end of the axis of intervals; the lower one is 0."""
    times: tuple[Tick, ...]
    intervals: tuple[Tick, ...]
    rates: tuple[Tick, ...]
    """The same places, as rates."""
    time_axis: str
    caption: str


def trend_of(labelled: LabelledRecord) -> Trend:
    """RR intervals by one layer's beats."""
    record, rr = labelled.record, rr_trend(labelled, COLUMNS)
    highest = float(np.nanmax(rr.highest_s)) if np.isfinite(rr.highest_s).any() else 0.0
    top = float(np.clip(np.ceil(highest * 2) / 2, LOWEST_TOP_S, HIGHEST_TOP_S))
    marks = _apart([at for at in RR_TICKS_S if at <= top], top * LEAST_APART)
    cut = "; longer ones end at the upper edge" if highest > top else ""
    unreadable = "; grey: unreadable" if rr.unreadable_s else ""
    return Trend(
        rr=rr,
        duration_s=record.duration_s,
        top_s=top,
        times=_times(record),
        intervals=tuple(Tick(at, f"{at:g} s") for at in marks),
        rates=tuple(Tick(at, f"{MINUTE_S / at:.0f} /min") for at in marks),
        time_axis="Time since the beginning" if record.start_of_day_s is None else "Time of day",
        caption=f"RR intervals: line, median; band, shortest to longest{unreadable}{cut}.",
    )


def _apart(marks: list[float], least: float) -> list[float]:
    """Those of ascending marks that leave room for their texts."""
    kept = marks[:1]
    for mark in marks[1:]:
        if mark - kept[-1] >= least:
            kept.append(mark)
    return kept


def _times(record: Record) -> tuple[Tick, ...]:
    step = next((step for step in STEPS_S if record.duration_s / step <= MOST_TICKS), STEPS_S[-1])
    start = record.start_of_day_s or 0.0
    first = -(-start // step) * step
    return tuple(
        Tick(at - start, _text(record, at)) for at in np.arange(first, start + record.duration_s, step).tolist()
    )


def _text(record: Record, at: float) -> str:
    if record.start_of_day_s is None:
        return clock(at)
    rest = round(at) % DAY_S
    text = f"{rest // 3600:02d}:{rest // 60 % 60:02d}"
    return text if record.duration_s / MOST_TICKS >= MINUTE_S else f"{text}:{rest % 60:02d}"
