"""One row a recording and one a beat, and their columns in Parquet."""

from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

import numpy as np
import numpy.typing as npt
import pyarrow as pa

DONE, FAILED = "done", "failed"
_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    int | None: pa.int64(),
    float | None: pa.float64(),
}


@dataclass(frozen=True)
class RecordingRow:
    """What an archive says of one recording. None where nobody can say it: no beats, no model that fits."""

    recording: str
    """Its name within what was named; of one in a zip, the zip's and its own."""
    path: str
    """The file, of a WFDB record its header; of one in a zip, the zip."""
    kind: str
    """`WFDB`, `EDF`, ..."""
    status: str
    """`done` or `failed`."""
    reason: str = ""
    """Why it failed."""
    caution: str = ""
    """What a reader of the figures must know."""
    simulated: bool = False
    fs: float | None = None
    """Hz."""
    leads: str = ""
    """Those beats were judged by, joined by commas."""
    duration_s: float | None = None
    unreadable_s: float | None = None
    """In which no R peak can be read."""
    flutter_s: float | None = None
    """Of ventricular flutter, where the reference marks it: no rate or pause is counted in it."""
    beats: int | None = None
    positions: str = ""
    """Where the beats come from: `annotated` or `detected`."""
    excluded: int | None = None
    """Beats whose signal cannot be judged; classes and scores of them are guesses."""
    mean_rate: float | None = None
    """A minute."""
    slowest_rate: float | None = None
    """A minute, of eight RR intervals in a row."""
    fastest_rate: float | None = None
    longest_rr_s: float | None = None
    pauses: int | None = None
    """Of 3 s and more."""
    fibrillation_s: float | None = None
    """Atrial fibrillation by RR intervals alone."""
    n_beats: int | None = None
    """Of class N by the classifier."""
    s_beats: int | None = None
    s_burden: float | None = None
    """Share of all beats."""
    s_per_hour: float | None = None
    """In each hour that could be read."""
    s_runs: int | None = None
    """Of three beats and more."""
    s_longest_run: int | None = None
    """Beats."""
    v_beats: int | None = None
    v_burden: float | None = None
    v_per_hour: float | None = None
    v_couplets: int | None = None
    v_runs: int | None = None
    v_longest_run: int | None = None
    f_beats: int | None = None
    to_review: int | None = None
    """Beats in the queue that the classifier's promises ask for."""
    flagged: int | None = None
    """Beats at or above the detector's threshold."""
    flagged_per_hour: float | None = None
    median_score: float | None = None
    highest_score: float | None = None


@dataclass(frozen=True, eq=False)
class BeatColumns:
    """Some beats of one recording, each (n,); None for what nobody says."""

    r_sample: npt.NDArray[np.int64] = field(repr=False)
    time_s: npt.NDArray[np.float64] = field(repr=False)
    symbol: npt.NDArray[np.str_] = field(repr=False)
    """Annotation symbol of the reference; `?` for a beat that was detected."""
    excluded: npt.NDArray[np.str_] = field(repr=False)
    """Why its signal cannot be judged; empty if it can."""
    rr_s: npt.NDArray[np.float64] = field(repr=False)
    """Interval before it; NaN where there is none."""
    confidence: npt.NDArray[np.float32] | None = field(default=None, repr=False)
    """Of its detection, 0 to 1."""
    beat_class: npt.NDArray[np.str_] | None = field(default=None, repr=False)
    probability: npt.NDArray[np.float32] | None = field(default=None, repr=False)
    """(n, 4) of N, S, V, F."""
    to_review: npt.NDArray[np.bool_] | None = field(default=None, repr=False)
    score: npt.NDArray[np.float64] | None = field(default=None, repr=False)
    """The detector's, nats."""
    flagged: npt.NDArray[np.bool_] | None = field(default=None, repr=False)


RECORDINGS = pa.schema(
    [pa.field(one.name, _TYPES[get_type_hints(RecordingRow)[one.name]], nullable=True) for one in fields(RecordingRow)]
)
PROBABILITIES = ("p_n", "p_s", "p_v", "p_f")
_WORD = pa.dictionary(pa.int32(), pa.string())
BEATS = pa.schema(
    [
        ("path", _WORD), ("recording", _WORD), ("r_sample", pa.int64()), ("time_s", pa.float64()), ("symbol", _WORD),
        ("confidence", pa.float32()), ("excluded", _WORD), ("rr_s", pa.float32()), ("beat_class", _WORD),
        *((name, pa.float32()) for name in PROBABILITIES), ("to_review", pa.bool_()), ("score", pa.float32()),
        ("flagged", pa.bool_()),
    ]
)  # fmt: skip


def beats_table(path: str, recording: str, beats: BeatColumns) -> pa.Table:
    """The beats of one recording, `recording` in the file `path`, as rows of the schema `BEATS`."""
    n = len(beats.r_sample)
    probability = beats.probability
    columns: list[Any] = [
        np.full(n, path), np.full(n, recording), beats.r_sample, beats.time_s, beats.symbol, beats.confidence,
        beats.excluded, beats.rr_s, beats.beat_class,
        *(None if probability is None else probability[:, k] for k in range(len(PROBABILITIES))),
        beats.to_review, beats.score, beats.flagged,
    ]  # fmt: skip
    arrays = [_array(values, n, kind) for values, kind in zip(columns, BEATS.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=BEATS)


def utf_8(value: Any) -> Any:
    """A text as Parquet can hold it, with a replacement character for what is no UTF-8 in a file's name."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if isinstance(value, str) else value


def _array(values: Any, n: int, kind: pa.DataType) -> pa.Array:
    if values is None:
        return pa.nulls(n, kind)
    if pa.types.is_dictionary(kind):
        words, number = np.unique(np.asarray(values, str), return_inverse=True)
        shown = pa.array(list(map(utf_8, words.tolist())), pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(number.astype(np.int32)), shown)
    values = np.asarray(values)
    if values.dtype.kind == "f":  # NaN: nobody knows
        return pa.array(values.astype(kind.to_pandas_dtype()), kind, from_pandas=True)
    return pa.array(values, kind)
