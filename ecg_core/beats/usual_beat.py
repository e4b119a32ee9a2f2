"""Whether the usual beat of a recording may not come from the sinus node: its rate, its QRS width, its P wave.

Scores here are relative to a recording's usual beat, its median beat. In a patient with a pacemaker or a long
ventricular rhythm that beat is the abnormal one, and nothing in the scores says so. The rule, on the median beat:

- no P wave before the QRS complex, or
- a QRS complex of 120 ms or more at a rate at which the sinus node does not fire at rest: below 40 or above 120 a
  minute. At such a rate a T wave before the complex cannot be told from a P wave.

A median drops whatever is not at the same place before each beat: P waves that have nothing to do with the QRS
complexes, and fibrillation waves. So atrial fibrillation is flagged too. A P wave more than 0.26 s before the complex
is not seen (a long PR interval), nor is one smaller than 45 microvolts.

Width of 120 ms: Surawicz B et al. AHA/ACCF/HRS recommendations for the standardization and interpretation of the
electrocardiogram, part III. Circulation 119:e235-e240 (2009), doi:10.1161/CIRCULATIONAHA.108.191095. How width and P
wave are measured is our own; thresholds were chosen on DS1 and the paced records.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.beats.lead_places import lead_places
from ecg_core.beats.prepare import filtered_beats, median_beat

WIDE_QRS_MS = 120.0
SLOW_PER_MINUTE, FAST_PER_MINUTE = 40.0, 120.0
LEAST_P_MV = 0.045
"""Smallest P wave. On DS1 and the paced records, wherever beats are centred, those without one reach 0.042 mV and those
with one start at 0.051."""
LEAST_BEATS = 20
"""Fewer do not make a usual beat."""
LEADS = 2
LEAST_FS = 100.0
"""Hz; slower recordings do not show how wide a QRS complex is."""
RUNS, BLOCK_S = 20, 60.0
SMOOTH_S = 0.012
QUIET = 0.08
"""Of the steepest slope: below it for 40 ms the QRS complex has not begun or is over."""
QUIET_S = 0.04
CORE_S = 0.1
FINE = 4
"""Points of the finer grid for one of the prepared beat's."""
P_HALF_S, P_BESIDE_S = 0.02, (0.06, 0.09)
"""A P wave is how far 40 ms stand out from the signal 60 to 90 ms to either side."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class UsualBeat:
    """The usual beat of one recording, measured."""

    record: str
    rate_per_minute: float
    """From the median RR interval."""
    qrs_ms: float
    p_wave_mv: float
    """How far the largest wave before the QRS complex stands out, in the lead in which it is largest."""

    @property
    def is_wide(self) -> bool:
        return self.qrs_ms >= WIDE_QRS_MS

    @property
    def has_p_wave(self) -> bool:
        return self.p_wave_mv >= LEAST_P_MV

    @property
    def may_not_be_sinus(self) -> bool:
        """The rule of this module."""
        at_rest = SLOW_PER_MINUTE <= self.rate_per_minute <= FAST_PER_MINUTE
        return not self.has_p_wave or (self.is_wide and not at_rest)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What a sinus beat at rest would not have, as the rule sees it, in a few words each."""
        rate = self.rate_per_minute
        reasons = [] if self.has_p_wave else ["no P wave"]
        reasons += ["wide QRS"] if self.is_wide else []
        return (*reasons, *([] if SLOW_PER_MINUTE <= rate <= FAST_PER_MINUTE else [f"{rate:.0f} a minute"]))

    @property
    def sentence(self) -> str:
        """The caution with its reasons; empty for a beat that may well be sinus."""
        if not self.may_not_be_sinus:
            return ""
        p_wave = "" if self.has_p_wave else " and no P wave before it"
        return (
            f"The usual beat here may not be sinus: QRS about {self.qrs_ms:.0f} ms wide{p_wave}, "
            f"{self.rate_per_minute:.0f} a minute."
        )


def usual_beats(beats: BeatSet) -> dict[str, UsualBeat]:
    """Record -> its usual beat measured, for the records with enough beats that are not excluded."""
    rr_s = beats.table["rr_pre_s"].to_numpy(dtype=float)
    found = {}
    for record, rows in rows_by_record(beats.table).items():
        used = rows[beats.used[rows]]
        usual = measured(record, beats.templates[record], beats.units_mv[record], rr_s[used], beats.config)
        if usual:
            found[record] = usual
    return found


def usual_beat_of(labelled: LabelledRecord) -> UsualBeat | None:
    """The usual beat of a recording, measured in the leads that beats are judged by; None with too few beats, or where
    it is sampled too slowly."""
    beats, record, config = labelled.beats, labelled.record, BeatConfig()
    if len(beats) < LEAST_BEATS or record.fs < LEAST_FS:
        return None
    some = _some(len(beats))
    signals, _ = filtered_beats(record, lead_places(record, LEADS), beats.r_sample[some], config, BLOCK_S)
    return measured(record.name, *median_beat(signals, config), beats.rr_pre_s, config)


def measured(
    record: str,
    median: npt.NDArray[np.float32],
    unit_mv: npt.NDArray[np.float32],
    rr_s: Floats,
    config: BeatConfig,
) -> UsualBeat | None:
    """Measure a median beat (n_leads, n_points) mV, its leads' QRS amplitudes (n_leads,) mV, and RR intervals (n,) s.

    None for fewer than 20 intervals, or where no lead has a signal.
    """
    intervals = rr_s[np.isfinite(rr_s) & (rr_s > 0)]
    if len(intervals) < LEAST_BEATS - 1 or not np.ptp(median, axis=1).any():
        return None
    onset_s, end_s = qrs_limits(median, unit_mv, config.times_s, config.fs)
    return UsualBeat(
        record,
        60 / float(np.median(intervals)),
        1000 * (end_s - onset_s),
        p_wave_mv(median, config.times_s, config.fs, onset_s),
    )


def usual_beat_caution(beats: BeatSet) -> str:
    """One sentence that names the records whose usual beat may not be sinus, and why; empty where there is none."""
    flagged = [beat for beat in usual_beats(beats).values() if beat.may_not_be_sinus]
    if not flagged:
        return ""
    if len(beats.records) == 1:
        return flagged[0].sentence
    named = ", ".join(f"{beat.record} ({', '.join(beat.reasons)})" for beat in flagged)
    return f"The usual beat of these records may not be sinus: {named}."


def qrs_limits(
    median: npt.NDArray[np.float32], unit_mv: npt.NDArray[np.float32], times_s: Floats, fs: float
) -> tuple[float, float]:
    """Begin and end of the QRS complex of a median beat, in s of `times_s`, by the slope in all leads together.

    `median`: (n_leads, n_points) mV; `unit_mv`: (n_leads,) the QRS amplitude of each lead, so that all count alike.
    """
    from scipy.ndimage import uniform_filter1d  # an eighth of a second, which the first page need not wait for

    time, signal = _finer(median, times_s, fs)
    slope = np.gradient(signal, time, axis=1) / unit_mv[:, None]
    steepness = uniform_filter1d(np.sqrt((slope**2).sum(axis=0)), _points(SMOOTH_S, fs))
    core = np.flatnonzero(np.abs(time) <= CORE_S)
    peak = int(core[steepness[core].argmax()])
    length = _points(QUIET_S, fs)
    low = steepness < QUIET * steepness[peak]
    starts = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(low, length).all(axis=1))
    before, after = starts[starts + length <= peak], starts[starts >= peak]
    onset = int(before[-1]) + length if len(before) else 0
    end = int(after[0]) if len(after) else len(time) - 1
    return float(time[onset]), float(time[end])


def p_wave_mv(median: npt.NDArray[np.float32], times_s: Floats, fs: float, onset_s: float) -> float:
    """How far the largest wave of a median beat before `onset_s` stands out from the signal around it, in mV.

    Slow changes, such as the end of the T wave before, do not stand out. 0 if there is too little signal before.
    """
    time, signal = _finer(median, times_s, fs)
    far = P_BESIDE_S[1]
    inside = np.flatnonzero((time - time[0] >= far) & (time + far <= onset_s))
    if not len(inside):
        return 0.0
    level = _levels(signal, time, fs)
    beside = (level(inside, -far, -P_BESIDE_S[0]) + level(inside, *P_BESIDE_S)) / 2
    return float(np.abs(level(inside, -P_HALF_S, P_HALF_S) - beside).max())


def _levels(signal: Floats, time: Floats, fs: float) -> Callable[[npt.NDArray[np.intp], float, float], Floats]:
    """A function that gives the mean of each lead between two times around some points, (n_leads, n)."""
    total = np.concatenate([np.zeros((len(signal), 1)), np.cumsum(signal, axis=1)], axis=1)

    def level(at: npt.NDArray[np.intp], from_s: float, to_s: float) -> Floats:
        low = np.maximum(at + round(from_s * fs * FINE), 0)
        high = np.minimum(at + round(to_s * fs * FINE) + 1, len(time))
        mean: Floats = (total[:, high] - total[:, low]) / (high - low)
        return mean

    return level


def _finer(median: npt.NDArray[np.float32], times_s: Floats, fs: float) -> tuple[Floats, Floats]:
    from scipy.interpolate import CubicSpline  # an eighth of a second, which the first page need not wait for

    time = times_s[0] + np.arange((len(times_s) - 1) * FINE + 1) / (fs * FINE)
    return time, np.asarray(CubicSpline(times_s, median, axis=1)(time), np.float64)


def _some(n_beats: int) -> npt.NDArray[np.intp]:
    """Rows of at most 400 beats in runs of 20, evenly spread, so that little of a long recording has to be filtered."""
    if n_beats <= RUNS * LEAST_BEATS:
        return np.arange(n_beats)
    starts = np.linspace(0, n_beats - LEAST_BEATS, RUNS).astype(np.intp)
    return np.unique(starts[:, None] + np.arange(LEAST_BEATS))


def _points(seconds: float, fs: float) -> int:
    return max(1, round(seconds * fs * FINE))
