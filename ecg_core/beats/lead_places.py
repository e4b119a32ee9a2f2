"""Which leads of a recording go where in a prepared beat: by role, not by order or name; a place may stay empty.

The first place is lead II's (or a modified II's), else that of the first usable lead in the file. The second is a chest
lead's, V1 before the others; else that of the next usable lead. A lead is usable if it moves in at least half of the
seconds of the recording. Where there is no second usable lead, its place holds zeros and its name is empty.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecg_core.beats.quality import FLAT_MV
from ecg_core.data.leads import FIRST_ROLE, role_of
from ecg_core.data.mapping import release
from ecg_core.data.record import Record

SECOND_ROLES = ("V1", "V2", "V5", "V4", "V3", "V6")
LEAST_SHARE = 0.5
MOST_SECONDS = 7200
SECONDS_AT_ONCE = 600
ABSENT = ""
"""Name of a lead that is not there."""

Places = tuple[int | None, ...]
"""Number of the recording's lead in each place; None where the place stays empty."""


def lead_places(record: Record, n_places: int) -> Places:
    """The leads of `record` to judge beats by; at least one, even where none is usable."""
    left = usable_leads(record) or [0]
    roles = [role_of(name) for name in record.leads]
    taken: list[int | None] = []
    for wanted in ((FIRST_ROLE,), SECOND_ROLES)[:n_places]:
        if not left:
            break
        ranked = [lead for role in wanted for lead in left if roles[lead] == role]
        lead = ranked[0] if ranked else left[0]
        taken.append(lead)
        left.remove(lead)
    taken += left[: max(0, n_places - len(taken))]
    return tuple(taken + [None] * (n_places - len(taken)))


def place_names(record: Record, places: Places) -> tuple[str, ...]:
    """Name of the lead in each place, `ABSENT` where it is empty."""
    return tuple(ABSENT if lead is None else record.leads[lead] for lead in places)


def placed_mv(record: Record, places: Places, start: int = 0, stop: int | None = None) -> npt.NDArray[np.float32]:
    """Samples [start, stop) in mV, (n, n_places); zeros in an empty place, NaN where the recording has no sample."""
    there = [lead for lead in places if lead is not None]
    mv = record.mv(start, stop, there)
    if len(there) == len(places):
        return mv
    whole = np.zeros((len(mv), len(places)), np.float32)
    whole[:, [place for place, lead in enumerate(places) if lead is not None]] = mv
    return whole


def usable_leads(record: Record) -> list[int]:
    """Numbers of the leads that move by 0.02 mV or more in at least half of the seconds, in the file's order.

    Of an uncalibrated lead, whose mV are a guess, any movement counts. Of a recording of more than `MOST_SECONDS`, as
    many are looked at, evenly spaced: nobody waits for a week to be read.
    """
    width = max(1, round(record.fs))
    n_seconds = record.n_samples // width
    if not n_seconds:
        return list(range(len(record.leads)))
    seconds = np.unique(np.linspace(0, n_seconds - 1, min(n_seconds, MOST_SECONDS)).astype(np.int64))
    known: Sequence[bool] = record.calibrated or (True,) * len(record.leads)
    moving = np.zeros(len(record.leads), np.int64)
    for some in np.array_split(seconds, -(-len(seconds) // SECONDS_AT_ONCE)):
        for lead in range(len(record.leads)):
            by_second = record.signals[: n_seconds * width, lead].reshape(n_seconds, width)[some]
            gone = by_second == record.invalid[lead]
            unlike = np.iinfo(by_second.dtype)
            low = np.where(gone, unlike.max, by_second).min(axis=1) if gone.any() else by_second.min(axis=1)
            high = np.where(gone, unlike.min, by_second).max(axis=1) if gone.any() else by_second.max(axis=1)
            swing = high.astype(np.float64) - low.astype(np.float64)  # negative where nothing was recorded
            least = FLAT_MV * abs(record.gain[lead]) if known[lead] else 1.0
            moving[lead] += np.count_nonzero(swing >= least)
        release(record.signals)
    return np.flatnonzero(moving >= LEAST_SHARE * len(seconds)).tolist()
