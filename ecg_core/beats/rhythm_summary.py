"""What a Holter report counts of a recording: rates, pauses, runs, burdens, time that was analysed.

- *Rate*: of eight RR intervals in a row, without interruption: the least, the greatest, and the mean of all intervals.
- *Pause*: an interval of 3 s and more between two beats of which every second could be read.
- *Burden*: the share of all beats.
- *Interruptions*, across which no interval counts: stretches that cannot be read, and ventricular flutter.

The same rules for every layer of labels; a layer of detected beats has rates and pauses only.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats.detection import unreadable_stretches
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.beats.runs import COUPLET, LONG_RUN, SHORT_RUN, EctopicKind, Run, following, patterns, runs, uninterrupted
from ecg_core.data.labels import DETECTED
from ecg_core.typed_json import JsonObject

PAUSE_S = 3.0
RATE_INTERVALS = 8
LONGEST_BEATS_APART_S = 20.0
"""Beats further apart are a gap in the labels rather than a pause."""
FLUTTER = "[]"
FIBRILLATION = ("AFIB", "AFL")


@dataclass(frozen=True)
class Rate:
    """A heart rate and where it is."""

    per_minute: float
    sample: int
    """R peak at the end of its intervals."""


@dataclass(frozen=True)
class Pause:
    """One long interval."""

    sample: int
    """R peak before it."""
    seconds: float


@dataclass(frozen=True)
class Ectopy:
    """Ectopic beats of one kind, V or S."""

    kind: EctopicKind
    n_beats: int
    """Beats of class V (or S); F is counted by itself and only makes runs longer."""
    burden: float
    """Share of all beats; NaN without any."""
    per_hour: float
    """In each hour that was analysed."""
    isolated: int
    """In no run; of V with F, as runs have them."""
    couplets: int
    short_runs: int
    """Of three to five beats."""
    long_runs: int
    """Of six beats and more."""
    bigeminy: int
    """Stretches of it."""
    trigeminy: int
    longest: Run | None
    fastest: Run | None
    """Of the runs of three beats and more."""


@dataclass(frozen=True)
class RhythmSummary:
    """Of one recording and one layer of labels. Made by `summarise_rhythm`."""

    record: str
    layer: str
    n_beats: int
    beats_by_class: dict[str, int]
    """Empty where beats have no class."""
    duration_s: float
    unreadable_s: float
    flutter_s: float
    """Of ventricular flutter and fibrillation."""
    fibrillation_s: float
    """Of atrial fibrillation and flutter, as annotated."""
    mean_rate: float
    """A minute; NaN with fewer than two beats."""
    slowest: Rate | None
    fastest: Rate | None
    longest_rr: Pause | None
    pauses: tuple[Pause, ...]
    ectopy: tuple[Ectopy, ...]
    runs: tuple[Run, ...]
    """Of two beats and more."""
    patterns: tuple[Run, ...]

    @property
    def analysed_s(self) -> float:
        return self.duration_s - self.unreadable_s

    def to_json(self, fs: float) -> JsonObject:
        """All of it, times in s from the beginning."""
        return {
            "record": self.record,
            "layer": self.layer,
            "beats": self.n_beats,
            "beats_by_class": self.beats_by_class,
            "duration_s": self.duration_s,
            "analysed_s": self.analysed_s,
            "unreadable_s": self.unreadable_s,
            "ventricular_flutter_s": self.flutter_s,
            "atrial_fibrillation_s": self.fibrillation_s,
            "mean_rate": _finite(self.mean_rate),
            "slowest": _rate(self.slowest, fs),
            "fastest": _rate(self.fastest, fs),
            "longest_rr_s": self.longest_rr.seconds if self.longest_rr else None,
            "pauses": [{"at_s": one.sample / fs, "seconds": one.seconds} for one in self.pauses],
            "ectopy": {
                one.kind: {
                    "beats": one.n_beats, "burden": _finite(one.burden), "per_hour": _finite(one.per_hour),
                    "isolated": one.isolated, "couplets": one.couplets, "short_runs": one.short_runs,
                    "long_runs": one.long_runs, "bigeminy": one.bigeminy, "trigeminy": one.trigeminy,
                    "longest": _run(one.longest, fs), "fastest": _run(one.fastest, fs),
                }
                for one in self.ectopy
            },
            "runs": [_run(one, fs) for one in self.runs],
            "patterns": [_run(one, fs) for one in self.patterns],
        }  # fmt: skip


def summarise_rhythm(labelled: LabelledRecord) -> RhythmSummary:
    """Count one recording by one of its layers of labels (a day takes about 0.1 s)."""
    record, beats, fs = labelled.record, labelled.beats, labelled.record.fs
    unreadable = unreadable_of(labelled)
    flutter = flutter_stretches(labelled)
    interruptions = np.array([at for stretch in (*unreadable, *flutter) for at in stretch], np.int64)
    joined = following(beats, fs, interruptions)
    classed = not labelled.layer.is_detected
    found = runs(beats, fs, joined) if classed else ()
    stretches = patterns(beats, fs, joined) if classed else ()
    analysed_h = (record.duration_s - _seconds(unreadable, fs)) / 3600
    classes, counts = np.unique(beats.beat_class, return_counts=True)
    by_class = dict(zip(classes.tolist(), counts.tolist(), strict=True)) if classed else {}
    rr_s = np.where(joined, beats.rr_pre_s, np.nan)
    slowest, fastest = _rates(beats.r_sample, rr_s)
    longest, pauses = _pauses(labelled, interruptions)
    return RhythmSummary(
        record.name,
        labelled.layer.name,
        len(beats),
        by_class,
        record.duration_s,
        _seconds(unreadable, fs),
        _seconds(flutter, fs),
        sum(one.stop_sample - one.start_sample for one in labelled.rhythms if one.name in FIBRILLATION) / fs,
        60 / float(np.nanmean(rr_s)) if np.isfinite(rr_s).any() else float("nan"),
        slowest,
        fastest,
        longest,
        pauses,
        tuple(_ectopy(kind, by_class, len(beats), analysed_h, found, stretches) for kind in ("V", "S"))
        if classed
        else (),
        found,
        stretches,
    )


def _ectopy(
    kind: EctopicKind,
    by_class: dict[str, int],
    n_beats: int,
    analysed_h: float,
    found: tuple[Run, ...],
    stretches: tuple[Run, ...],
) -> Ectopy:
    mine = [one for one in found if one.kind == kind]
    n = by_class.get(kind, 0)
    in_runs = n + (by_class.get("F", 0) if kind == "V" else 0)
    return Ectopy(
        kind=kind,
        n_beats=n,
        burden=n / n_beats if n_beats else float("nan"),
        per_hour=n / analysed_h if analysed_h > 0 else float("nan"),
        isolated=in_runs - sum(one.n_beats for one in mine),
        couplets=sum(one.n_beats == COUPLET for one in mine),
        short_runs=sum(SHORT_RUN <= one.n_beats < LONG_RUN for one in mine),
        long_runs=sum(one.n_beats >= LONG_RUN for one in mine),
        bigeminy=sum(one.kind == kind and one.name == "bigeminy" for one in stretches),
        trigeminy=sum(one.kind == kind and one.name == "trigeminy" for one in stretches),
        longest=max(mine, key=lambda one: one.n_beats, default=None),
        fastest=max(
            (one for one in mine if one.n_beats >= SHORT_RUN), key=lambda one: one.rate_per_minute, default=None
        ),
    )


def unreadable_of(labelled: LabelledRecord) -> list[tuple[int, int]]:
    """Stretches that the layer, or the R peaks found here, call unreadable."""
    layer = labelled.layer if labelled.layer.is_detected else labelled.record.layers.get(DETECTED)
    return unreadable_stretches(layer, labelled.record.n_samples) if layer else []


def flutter_stretches(labelled: LabelledRecord) -> list[tuple[int, int]]:
    """Samples [start, stop) of ventricular flutter and fibrillation: `[` to `]`. R peaks that were detected, and
    classes by a model, say nothing of it: then those of the reference."""
    silent = labelled.layer.kind in ("detected", "model")
    marks = labelled.record.annotations if silent else labelled.layer.annotations
    found: list[tuple[int, int]] = []
    begun: int | None = None
    for k in np.flatnonzero(np.isin(marks.symbol, list(FLUTTER))).tolist():
        symbol, sample = str(marks.symbol[k]), int(marks.sample[k])
        if symbol == "[" and begun is None:
            begun = sample
        elif symbol == "]" and begun is not None:
            found.append((begun, sample))
            begun = None
    return found if begun is None else [*found, (begun, labelled.record.n_samples)]


def _rates(r_sample: npt.NDArray[np.int64], rr_s: npt.NDArray[np.float64]) -> tuple[Rate | None, Rate | None]:
    """Least and greatest rate of `RATE_INTERVALS` intervals in a row."""
    if len(rr_s) < RATE_INTERVALS:
        return None, None
    mean = np.lib.stride_tricks.sliding_window_view(rr_s, RATE_INTERVALS).mean(axis=1)
    if not np.isfinite(mean).any():
        return None, None
    slow, fast = int(np.nanargmax(mean)), int(np.nanargmin(mean))
    return _rate_at(r_sample, mean, slow), _rate_at(r_sample, mean, fast)


def _rate_at(r_sample: npt.NDArray[np.int64], mean: npt.NDArray[np.float64], k: int) -> Rate:
    return Rate(60 / float(mean[k]), int(r_sample[k + RATE_INTERVALS - 1]))


def _pauses(labelled: LabelledRecord, interruptions: npt.NDArray[np.int64]) -> tuple[Pause | None, tuple[Pause, ...]]:
    """The longest interval, and all of `PAUSE_S` and more, none of them across an interruption."""
    r, fs = labelled.beats.r_sample, labelled.record.fs
    if len(r) < 2:
        return None, ()
    whole = uninterrupted(r, interruptions)
    rr_s = np.diff(r) / fs
    counted = np.flatnonzero(whole & (rr_s <= LONGEST_BEATS_APART_S))
    if not len(counted):
        return None, ()
    every = [Pause(int(r[k]), float(rr_s[k])) for k in counted[rr_s[counted] >= PAUSE_S]]
    k = counted[np.argmax(rr_s[counted])]
    return Pause(int(r[k]), float(rr_s[k])), tuple(every)


def _seconds(stretches: list[tuple[int, int]], fs: float) -> float:
    return sum(stop - start for start, stop in stretches) / fs


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _rate(rate: Rate | None, fs: float) -> JsonObject | None:
    return {"per_minute": rate.per_minute, "at_s": rate.sample / fs} if rate else None


def _run(run: Run | None, fs: float) -> JsonObject | None:
    if run is None:
        return None
    return {
        "kind": run.kind, "name": run.name, "at_s": run.first_sample / fs, "beats": run.n_beats,
        "rate": _finite(run.rate_per_minute),
    }  # fmt: skip
