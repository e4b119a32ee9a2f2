"""Recordings changed on purpose before a model judges them: whether its figures hang on how they were recorded or where
the annotations lie."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from ecg_core.beats.beat_set import BeatSet, none_left
from ecg_core.beats.classes import BY_CODE, CLASSES
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.lead_places import lead_places
from ecg_core.beats.prepare import digest_of, prepare
from ecg_core.beats.record_store import StoredRecord, facts_of
from ecg_core.beats.store import beat_set
from ecg_core.data.labels import DETECTED, REFERENCE, UNCLASSIFIED, Annotations, LabelLayer
from ecg_core.data.patients import find_patients
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import DataError, RunError
from ecg_core.evaluation.beat_matching import match_beats

Positions = Literal["annotated", "detected"]
Leads = Literal["both", "first", "swapped", "II/V1", "ECG1/ECG2"]
LEADS_SAID: dict[str, str] = {
    "first": "only the first lead",
    "swapped": "leads in the other order",
    "II/V1": "leads renamed II and V1",
    "ECG1/ECG2": "leads renamed ECG1 and ECG2",
}
RESAMPLED_HZ = (50.0, 2000.0)
MOST_MOVED_MS = 200.0
LARGEST_STEP = 5000
"""Of the ratio of two rates, as whole numbers."""


@dataclass(frozen=True)
class Changes:
    """What is changed. By default nothing is."""

    positions: Positions = "annotated"
    """Where the beats are: at their annotations, or at detected R peaks that take the class of their annotation."""
    shift_ms: float = 0.0
    """Every annotation later by this."""
    jitter_ms: float = 0.0
    """Standard deviation of a normal move of each annotation by itself."""
    resample_hz: float = 0.0
    """0: as recorded."""
    leads: Leads = "both"

    def __post_init__(self) -> None:
        if abs(self.shift_ms) > MOST_MOVED_MS or not 0 <= self.jitter_ms <= MOST_MOVED_MS:
            raise RunError(f"Annotations are moved by at most {MOST_MOVED_MS:g} ms.")
        if self.resample_hz and not RESAMPLED_HZ[0] <= self.resample_hz <= RESAMPLED_HZ[1]:
            raise RunError(f"Resampling to {self.resample_hz:g} Hz: choose 50 to 2000.")
        if self.positions == "detected" and (self.shift_ms or self.jitter_ms):
            raise RunError("Detected R peaks are not moved: choose detected positions, or a shift or jitter.")

    def sentence(self) -> str:
        """What a reader of the figures must know; empty if nothing is changed."""
        said = [
            "beats at detected R peaks" if self.positions == "detected" else "",
            f"annotations moved by {self.shift_ms:+g} ms" if self.shift_ms else "",
            f"annotations moved at random ({self.jitter_ms:g} ms standard deviation)" if self.jitter_ms else "",
            f"resampled to {self.resample_hz:g} Hz" if self.resample_hz else "",
            LEADS_SAID.get(self.leads, ""),
        ]
        return f"Recordings changed on purpose: {', '.join(filter(None, said))}." if any(said) else ""


AS_RECORDED = Changes()


@dataclass(frozen=True)
class DetectedCounts:
    """How detected R peaks stand to the annotations of some records."""

    missed: dict[str, int]
    """AAMI class -> annotated beats without a detected one: they are not judged."""
    extra: int
    """Detected R peaks without an annotation."""

    def sentence(self) -> str:
        """The same in words."""
        missed = ", ".join(f"{n:,} {name}" for name, n in self.missed.items() if n) or "none"
        return (
            f"Annotated beats that were not detected, and are not judged: {missed}; detected without an annotation: "
            f"{self.extra:,}."
        )


def changed_beats(
    folder: Path, names: Sequence[str], config: BeatConfig, changes: Changes
) -> tuple[BeatSet, DetectedCounts | None]:
    """The beats of the records `names`, each changed before it is prepared, nothing kept; with detected positions, how
    they stand to the annotations too.

    A record that cannot be prepared is left out and named. Raises DataError if none is left.
    """
    patients = find_patients(folder, names)
    stored: list[StoredRecord] = []
    left_out: dict[str, str] = {}
    missed: dict[str, int] = dict.fromkeys(CLASSES, 0)
    extra = 0
    for name in names:
        try:
            record, layer = changed(read_record(folder, name), changes), REFERENCE
            if changes.positions == "detected":
                record, counts = at_detected(record)
                missed = {key: n + counts.missed[key] for key, n in missed.items()}
                extra, layer = extra + counts.extra, DETECTED
            prepared = prepare(record, config, layer)
        except DataError as error:
            left_out[name] = str(error)
            continue
        stored.append(StoredRecord(facts_of(prepared, digest_of(folder, name)), prepared.rows, prepared.signals))
    if not stored:
        raise none_left(left_out)
    beats = beat_set(stored, config, left_out, patients, REFERENCE)
    return beats, DetectedCounts(missed, extra) if changes.positions == "detected" else None


def changed(record: Record, changes: Changes) -> Record:
    """The recording with its signal, its leads and its reference annotations changed; detected positions are for
    `at_detected`."""
    record = _with_leads(record, changes.leads)
    if changes.resample_hz and changes.resample_hz != record.fs:
        record = resampled(record, changes.resample_hz)
    if changes.shift_ms or changes.jitter_ms:
        rng = np.random.default_rng(sum(record.name.encode()))
        labels = record.annotations
        moves = changes.shift_ms + rng.normal(0, changes.jitter_ms, len(labels))
        sample = labels.sample + np.rint(moves * record.fs / 1000).astype(np.int64)
        record = _with_labels(record, labels, np.clip(sample, 0, record.n_samples - 1))
    return record


def resampled(record: Record, fs: float) -> Record:
    """The recording at another rate, its annotations at the same times."""
    from scipy.signal import resample_poly  # a third of a second, which pages that only list models need not wait for

    ratio = (Fraction(fs) / Fraction(record.fs)).limit_denominator(LARGEST_STEP)
    signals = np.stack(
        [
            resample_poly(_filled(record, lead), ratio.numerator, ratio.denominator, padtype="line")
            for lead in range(len(record.leads))
        ],
        axis=1,
    )
    limits = np.iinfo(record.signals.dtype)
    gone = np.array(record.invalid)
    whole = np.rint(signals).clip(limits.min + 1, limits.max)
    times = np.minimum(np.rint(np.arange(len(whole)) / float(ratio)).astype(np.int64), record.n_samples - 1)
    missing = record.signals[times] == gone
    signals = np.where(missing, gone, whole)
    adc = signals.astype(np.int16) if record.signals.dtype == np.int16 else signals.astype(np.int32)
    labels = record.annotations
    sample = np.rint(labels.sample * float(ratio)).astype(np.int64)
    return _with_labels(replace(record, fs=fs, signals=adc), labels, np.clip(sample, 0, len(adc) - 1))


def at_detected(record: Record) -> tuple[Record, DetectedCounts]:
    """The recording with a layer `detected`: each detected R peak with the symbol of its annotation (150 ms, as EC57
    pairs beats), `?` where there is none; and how the two stand to each other."""
    from ecg_core.beats.r_peaks import detect_r_peaks  # scipy: a fifth of a second, which pages need not wait for

    found = detect_r_peaks(record).r_sample
    symbol = np.full(len(found), UNCLASSIFIED, "<U1")
    test = Annotations(found, np.full(len(found), "N", "<U1"), ("",) * len(found))
    pairs = match_beats(record.annotations, test, record.fs, 0.0, n_samples=record.n_samples)
    symbol[np.searchsorted(found, pairs.matched_test)] = pairs.matched_reference_symbol
    layer = LabelLayer(DETECTED, "detected", "", annotations=Annotations(found, symbol, ("",) * len(found)))
    classes = [BY_CODE[code].beat_class for code in pairs.missed_symbol.tolist() if code in BY_CODE]
    counts = DetectedCounts({name: classes.count(name) for name in CLASSES}, len(pairs.extra))
    return record.with_layer(layer), counts


def _with_leads(record: Record, leads: Leads) -> Record:
    if leads == "both":
        return record
    if leads in ("II/V1", "ECG1/ECG2"):
        names = leads.split("/")
        return replace(record, leads=(*names, *record.leads[len(names) :])[: len(record.leads)])
    order = list(range(len(record.leads)))[::-1] if leads == "swapped" else [lead_places(record, 1)[0] or 0]
    return replace(
        record,
        leads=tuple(record.leads[lead] for lead in order),
        signals=record.signals[:, order],
        gain=tuple(record.gain[lead] for lead in order),
        baseline=tuple(record.baseline[lead] for lead in order),
        invalid=tuple(record.invalid[lead] for lead in order),
        calibrated=tuple(record.calibrated[lead] for lead in order) if record.calibrated else (),
    )


def _with_labels(record: Record, labels: Annotations, sample: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Record:
    order = np.argsort(sample, kind="stable")
    moved = Annotations(sample[order], labels.symbol[order], tuple(labels.aux[k] for k in order.tolist()))
    layer = record.layers.get(REFERENCE)
    if layer is None:
        return record
    return record.with_layer(replace(layer, annotations=moved))


def _filled(record: Record, lead: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """ADC values of one lead without gaps."""
    values = record.signals[:, lead].astype(np.float64)
    gone = record.signals[:, lead] == record.invalid[lead]
    if gone.all():
        return np.zeros_like(values)
    if gone.any():
        at = np.arange(len(values))
        values[gone] = np.interp(at[gone], at[~gone], values[~gone])
    return values
