"""The other unit of work: N seconds before and after a beat, abnormal ones balanced with normal ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.centre import centres, slope_energy
from ecg_core.beats.filters import bandpass, fill_missing
from ecg_core.beats.lead_places import lead_places, placed_mv
from ecg_core.beats.segment import cut, offsets
from ecg_core.beats.store import Progress
from ecg_core.data.labels import REFERENCE
from ecg_core.data.patients import Patients
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError

WINDOW_FS = 90.0  # Hz; enough for a 40 Hz band, and a 6 s window of two leads stays at 1,080 numbers
HALF_WIDTH_S = (1.0, 10.0)
MIN_NORMAL_WINDOWS = 50  # a record without ectopy still shows what its normal rhythm looks like


@dataclass(frozen=True)
class WindowSet:
    """Windows around beats: every abnormal beat, and as many windows of each record's normal beats.

    A normal window is centred on a class N beat and holds no abnormal beat at all. A record with abnormal beats only
    gives no normal window, and one whose normal stretches are few gives as many as it has.
    `table` has the columns of a BeatSet's table for the beat in the centre, and `abnormal_inside`, how many abnormal
    beats the window holds.
    """

    signals: npt.NDArray[np.float32] = field(repr=False)
    """(n_windows, n_leads, n_points) mV."""
    table: pd.DataFrame = field(repr=False)
    half_width_s: float
    fs: float
    leads: dict[str, tuple[str, ...]]
    durations_s: dict[str, float]
    simulated: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Record that was asked for -> why it could not be prepared."""
    patients: Patients = field(default_factory=lambda: Patients({}))
    layer: str = REFERENCE

    @property
    def records(self) -> tuple[str, ...]:
        """The records whose windows these are."""
        return tuple(self.leads)

    @cached_property
    def used(self) -> npt.NDArray[np.bool_]:
        """Which windows can be judged, shape (n_windows,)."""
        mask: npt.NDArray[np.bool_] = (self.table["excluded"] == "").to_numpy(dtype=bool)
        return mask

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        return offsets(self.half_width_s, self.half_width_s, self.fs)

    def __len__(self) -> int:
        return len(self.table)


@dataclass(frozen=True)
class MinMaxScaler:
    """Maps each lead's range over the training windows to 0..1, as the seed notebooks do; fitted once, on those only.

    scikit-learn's scaler of the same name scales column by column, which would give every instant of the window its
    own scale.
    """

    low: npt.NDArray[np.float32]
    """(n_leads,) mV."""
    high: npt.NDArray[np.float32]

    @classmethod
    def fit(cls, signals: npt.NDArray[np.float32]) -> "MinMaxScaler":
        """Fit on training windows, (n, n_leads, n_points) mV: the 0.1 % and 99.9 % quantiles, so that one spike in one
        window does not press all others flat."""
        low, high = np.quantile(signals, [0.001, 0.999], axis=(0, 2)).astype(np.float32)
        return cls(low, np.maximum(high, low + 1e-3))

    def transform(self, signals: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return (signals - self.low[:, None]) / (self.high - self.low)[:, None]

    def inverse(self, scaled: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return scaled * (self.high - self.low)[:, None] + self.low[:, None]


def choose_centres(
    table: pd.DataFrame, durations_s: dict[str, float], half_width_s: float, seed: int
) -> npt.NDArray[np.int64]:
    """Rows of `table` (one a beat, in time order within a record) to centre windows on: balanced within each record.

    Windows that would leave the recording are not chosen. Deterministic for a seed.
    """
    chosen: list[npt.NDArray[np.int64]] = []
    for number, (record, rows) in enumerate(rows_by_record(table).items()):
        part = table.iloc[rows]
        time_s = part["time_s"].to_numpy()
        abnormal = (part["beat_class"] != "N").to_numpy()
        usable = (part["excluded"] == "").to_numpy()
        usable = usable & (time_s >= half_width_s) & (time_s <= durations_s[record] - half_width_s)
        inside = _abnormal_inside(time_s, abnormal, half_width_s)
        clean = np.flatnonzero(usable & ~abnormal & (inside == 0))
        wanted = np.flatnonzero(usable & abnormal)
        n = min(len(clean), max(len(wanted), MIN_NORMAL_WINDOWS))
        picked = np.random.default_rng([seed, number]).choice(clean, n, replace=False) if n else clean
        chosen.append(rows[np.sort(np.concatenate([wanted, picked]))])
    return np.concatenate(chosen) if chosen else np.zeros(0, np.int64)


def make_windows(
    folder: Path,
    beats: BeatSet,
    half_width_s: float = 3.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> WindowSet:
    """Cut balanced windows from the recordings of `beats`, filtered as the beats were.

    Raises DataError if the half width is not within 1 to 10 s or no window fits.
    """
    if not HALF_WIDTH_S[0] <= half_width_s <= HALF_WIDTH_S[1]:
        raise DataError(f"Windows of {half_width_s:g} s before and after a beat: choose {HALF_WIDTH_S[0]:g} to 10 s.")
    rows = choose_centres(beats.table, beats.durations_s, half_width_s, seed)
    if not len(rows):
        raise DataError(f"No window of {half_width_s:g} s before and after a beat fits these recordings.")
    table = beats.table.iloc[rows].reset_index(drop=True)
    times_s = offsets(half_width_s, half_width_s, WINDOW_FS)
    pieces: list[npt.NDArray[np.float32]] = []
    counts: list[npt.NDArray[np.int64]] = []
    for done, name in enumerate(beats.records, start=1):
        r_sample = table.loc[table["record"] == name, "r_sample"].to_numpy()
        if len(r_sample):
            record = read_record(folder, name)
            mv = fill_missing(placed_mv(record, lead_places(record, beats.config.n_leads)))
            filtered = bandpass(mv, record.fs, beats.config.band_hz)
            own = beats.table[beats.table["record"] == name]
            every = own["r_sample"].to_numpy()
            chosen = np.searchsorted(every, r_sample)
            place = r_sample
            if beats.config.centre != "label":  # as the beats were
                place = centres(slope_energy(filtered, record.fs), every, record.fs)[chosen]
            pieces.append(cut(filtered, record.fs, place, times_s))
            inside = _abnormal_inside(own["time_s"].to_numpy(), (own["beat_class"] != "N").to_numpy(), half_width_s)
            counts.append(inside[chosen])
        if progress:
            progress(done, len(beats.records))
    table["abnormal_inside"] = np.concatenate(counts)
    return WindowSet(
        signals=np.concatenate(pieces),
        table=table,
        half_width_s=half_width_s,
        fs=WINDOW_FS,
        leads=dict(beats.leads),
        durations_s=dict(beats.durations_s),
        simulated=beats.simulated,
        left_out=beats.left_out,
        patients=beats.patients,
        layer=beats.layer,
    )


def _abnormal_inside(
    time_s: Sequence[float] | npt.NDArray[np.float64], abnormal: npt.NDArray[np.bool_], half_width_s: float
) -> npt.NDArray[np.int64]:
    times = np.asarray(time_s)[abnormal]
    here = np.asarray(time_s)
    return np.searchsorted(times, here + half_width_s, "right") - np.searchsorted(times, here - half_width_s, "left")
