"""What is known of each beat beside its signal: a compact array for each record, one table for several."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.classes import BY_CODE, CLASSES
from ecg_core.beats.quality import REASONS
from ecg_core.beats.rr import ratio_causal, ratio_record, rr_intervals

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

_EXCLUDED = ("", *REASONS)
_SYMBOLS = tuple(map(chr, range(128)))
_CLASS_OF = np.array([CLASSES.index(BY_CODE[s].beat_class) if s in BY_CODE else 0 for s in _SYMBOLS], np.uint8)


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
    excluded: npt.NDArray[np.str_],
    fs: float,
    centre: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.void]:
    """The rows, (n_beats,) of dtype `ROW`, of a record's beats: where, what, why not used, and the rhythm around.

    The rhythm is that of `centre` (samples), where beats were cut somewhere else than at `r_sample`.
    """
    if centre is None:
        pre_s, post_s = rr_intervals(r_sample, fs)
    else:
        number = np.arange(len(centre))
        pre_s, post_s = rr_intervals(np.maximum.accumulate(centre - number) + number, fs)  # a sample apart, or more
    rows = np.zeros(len(r_sample), ROW)
    rows["r_sample"] = r_sample
    rows["symbol"] = [ord(code) for code in symbol]
    rows["excluded"] = [_EXCLUDED.index(reason) for reason in excluded]
    rows["rr_pre_s"], rows["rr_post_s"] = pre_s, post_s
    rows["ratio_causal"], rows["ratio_record"] = ratio_causal(pre_s), ratio_record(pre_s)
    return rows


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
