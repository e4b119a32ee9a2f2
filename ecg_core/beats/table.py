"""What is known of each beat beside its signal: a compact array for each record, one table for several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.classes import BY_CODE, CLASSES
from ecg_core.beats.quality import REASONS
from ecg_core.beats.rr import ratio_causal, ratio_record, rr_intervals
from ecg_core.data.mapping import release

ROW = np.dtype(
    [
        ("r_sample", "<i8"),
        ("symbol", "u1"),  # the annotation symbol's ASCII code
        ("excluded", "u1"),  # 0, or 1 + place in `quality.REASONS`
        ("rr_pre_s", "<f8"),
        ("rr_post_s", "<f8"),
        ("ratio_causal", "<f8"),
        ("ratio_record", "<f8"),
    ]
)
"""One beat, 42 bytes. Text is kept as small numbers: 48 records are then opened and joined in milliseconds."""

AT_ONCE = 100_000
_EXCLUDED = ("", *REASONS)
_SYMBOLS = tuple(map(chr, range(128)))
_CLASS_OF = np.array([CLASSES.index(BY_CODE[s].beat_class) if s in BY_CODE else 0 for s in _SYMBOLS], np.uint8)


Empty = Callable[[tuple[int, ...], npt.DTypeLike], npt.NDArray[Any]]
"""Makes the array that something goes to: in memory, or in a file, which keeps memory flat for recordings of days."""


@dataclass(frozen=True)
class RecordRows:
    """The beats of one record, without their signals."""

    record: str
    fs: float
    """Sampling frequency of the recording in Hz."""
    rows: npt.NDArray[np.void] = field(repr=False)
    """(n_beats,) of dtype `ROW`."""


def beat_rows(
    r_sample: npt.NDArray[np.int64],
    symbol: npt.NDArray[np.str_],
    excluded: npt.NDArray[np.uint8],
    fs: float,
    centre: npt.NDArray[np.float64] | None = None,
    empty: Empty = np.empty,
) -> npt.NDArray[np.void]:
    """The rows, (n_beats,) of dtype `ROW`, of a record's beats: where, what, why not used, and the rhythm around.

    The rhythm is that of `centre` (samples), where beats were cut somewhere else than at `r_sample`. `excluded` as from
    `codes_of`. `empty` makes the array.
    """
    if centre is None:
        pre_s, post_s = rr_intervals(r_sample, fs)
    else:
        pre_s, post_s = rr_intervals(_apart(centre), fs)
    rows: npt.NDArray[np.void] = empty((len(r_sample),), ROW)
    _fill(rows, "rr_post_s", post_s)
    del post_s
    _fill(rows, "r_sample", r_sample)
    _fill(rows, "symbol", np.ascontiguousarray(symbol, "<U1").view(np.uint32))
    _fill(rows, "excluded", excluded)
    _fill(rows, "rr_pre_s", pre_s)
    _fill(rows, "ratio_causal", ratio_causal(pre_s))
    _fill(rows, "ratio_record", ratio_record(pre_s))
    return rows


def _apart(centre: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The same places, each a sample after the one before, or more; of a week of beats there is room for few copies."""
    number = np.arange(len(centre))
    apart = centre - number
    np.maximum.accumulate(apart, out=apart)
    apart += number
    return apart


def _fill(rows: npt.NDArray[np.void], column: str, values: npt.NDArray[Any]) -> None:
    """Fill a column; of rows in a file only some are in memory at a time."""
    for first in range(0, len(rows), AT_ONCE):
        rows[column][first : first + AT_ONCE] = values[first : first + AT_ONCE]
        release(rows)


def codes_of(reasons: npt.NDArray[np.str_]) -> npt.NDArray[np.uint8]:
    """Why beats are left out, (n,) as from `quality.reasons`, as `ROW` keeps it."""
    return np.array([_EXCLUDED.index(reason) for reason in reasons.tolist()], np.uint8)


def joined_table(records: Sequence[RecordRows], patients: Sequence[str]) -> pd.DataFrame:
    """The table of a `BeatSet`, one row a beat, of several records and the patient of each."""
    counts = [len(each.rows) for each in records]
    rows = np.concatenate([each.rows for each in records]) if records else np.zeros(0, ROW)
    number = np.repeat(np.arange(len(records)), counts)
    time_s = [each.rows["r_sample"] / each.fs for each in records]
    return pd.DataFrame(
        {
            "record": _texts([each.record for each in records], number),
            "r_sample": rows["r_sample"],
            "time_s": np.concatenate(time_s) if records else np.zeros(0),
            "symbol": _texts(_SYMBOLS, rows["symbol"]),
            "beat_class": _texts(CLASSES, _CLASS_OF[rows["symbol"]]),
            "rr_pre_s": rows["rr_pre_s"],
            "rr_post_s": rows["rr_post_s"],
            "ratio_causal": rows["ratio_causal"],
            "ratio_record": rows["ratio_record"],
            "patient": _texts(patients, number),
            "excluded": _texts(_EXCLUDED, rows["excluded"]),
            "synthetic": False,
        },
        index=range(len(rows)),
    )


def _texts(values: Sequence[str], number: npt.NDArray[np.integer]) -> "pd.api.extensions.ExtensionArray":
    """`values` taken by number, as a pandas column of texts, without a Python object for each."""
    return pd.array(list(values), dtype="str").take(number.astype(np.intp))
