"""Noise stress test: DS2 with recorded noise added, as WFDB's `nst` mixes it.

Moody GB, Muldrow WE, Mark RG. A noise stress test for arrhythmia detectors. Comput Cardiol 11:381-384 (1984); MIT-BIH
Noise Stress Test Database, doi 10.13026/C2HS3T. Baseline wander (bw), electrode motion (em) or muscle noise (ma) is
added from 5:00 on, for two minutes of every four. The ratio is that of the powers of signal and noise: of the signal,
an eighth of the square of the mean peak to peak of its QRS complexes, the twentieth largest and smallest left out; of
the noise, the square of its mean root mean square over seconds, left out likewise.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import digest_of, prepare
from ecg_core.beats.record_store import StoredRecord, facts_of
from ecg_core.beats.splits import DS2
from ecg_core.beats.store import beat_set
from ecg_core.data.patients import find_patients
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import RunError
from ecg_core.evaluation.classification import overall
from ecg_core.evaluation.detection import Detection
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import load_card
from ecg_core.protocols.protocol import Column, Protocol, ProtocolResult, ProtocolRow, ProtocolRun
from ecg_core.tasks.autoencoder.model import load_detector
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.report import classified
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.workspace import MODELS, now

NOISES = {"bw": "baseline wander", "em": "electrode motion", "ma": "muscle noise"}
RATIOS_DB = (24, 18, 12, 6, 0, -6)
FROM_S, ON_S, OFF_S = 300.0, 120.0, 120.0
QRS_S, LEFT_OUT = 0.05, 0.05
VARIABLE = "ECG_NOISE_DIR"

Signals = npt.NDArray[np.float64]


def noise_folder(source: Path) -> Path:
    """Where the noise records are: `ECG_NOISE_DIR`, or `nstdb` beside the recordings. Raises RunError."""
    folder = Path(os.environ.get(VARIABLE) or source.parent / "nstdb")
    missing = [name for name in NOISES if not (folder / f"{name}.hea").is_file()]
    if missing:
        raise RunError(
            f"Noise record {', '.join(missing)} is not there: get the MIT-BIH Noise Stress Test Database from "
            f"PhysioNet, put it in a folder `nstdb` beside the recordings, or name its folder in {VARIABLE}."
        )
    return folder


def mixed(record: Record, noise: Record, ratio_db: float) -> Record:
    """The recording with noise at this ratio of signal to noise in dB; lead by lead, the noise begun anew at its end.

    Raises ValueError if the two are not sampled alike.
    """
    if record.fs != noise.fs:
        raise ValueError(f"{record.fs:g} Hz and noise of {noise.fs:g} Hz")
    added, signals = record.signals.copy(), _mv(record)
    disturbed = noisy_samples(record.n_samples, record.fs)
    limits = np.iinfo(added.dtype)
    every = _mv(noise)
    for lead in range(signals.shape[1]):
        own = every[:, lead % every.shape[1]]
        gain = np.sqrt(_signal_power(record, signals[:, lead]) / 10 ** (ratio_db / 10) / _noise_power(own, noise.fs))
        wave = np.resize(own - own.mean(), record.n_samples) * gain * record.gain[lead]
        there = disturbed & (record.signals[:, lead] != record.invalid[lead])
        value = np.rint(record.signals[there, lead] + wave[there])
        added[there, lead] = value.clip(limits.min + 1, limits.max).astype(added.dtype)
    return replace(record, signals=added)


def noisy_samples(n_samples: int, fs: float) -> npt.NDArray[np.bool_]:
    """(n_samples,) where there is noise."""
    at = np.arange(n_samples) / fs - FROM_S
    noisy: npt.NDArray[np.bool_] = (at >= 0) & (at % (ON_S + OFF_S) < ON_S)
    return noisy


def _mv(record: Record) -> Signals:
    mv: Signals = (record.signals.astype(np.float64) - np.array(record.baseline)) / np.array(record.gain)
    return mv


def _signal_power(record: Record, signal: Signals) -> float:
    labels = record.annotations
    peaks = labels.sample[np.isin(labels.symbol, list(BY_CODE))]
    half = round(QRS_S * record.fs)
    peaks = peaks[(peaks >= half) & (peaks < len(signal) - half)]
    pieces = signal[peaks[:, None] + np.arange(-half, half + 1)]
    return _trimmed(np.ptp(pieces, axis=1)) ** 2 / 8


def _noise_power(noise: Signals, fs: float) -> float:
    second = round(fs)
    pieces = noise[: len(noise) // second * second].reshape(-1, second)
    return _trimmed(np.sqrt(((pieces - pieces.mean(axis=1, keepdims=True)) ** 2).mean(axis=1))) ** 2


def _trimmed(values: Signals) -> float:
    cut = round(LEFT_OUT * len(values))
    return float(np.sort(values)[cut : len(values) - cut or None].mean())


def noisy_beats(folder: Path, noise: Record | None, ratio_db: float, config: BeatConfig) -> BeatSet:
    """Prepared beats of DS2; with noise, mixed first."""
    stored = []
    for name in DS2:
        record = read_record(folder, name)
        prepared = prepare(mixed(record, noise, ratio_db) if noise else record, config)
        stored.append(StoredRecord(facts_of(prepared, digest_of(folder, name)), prepared.rows, prepared.signals))
    return beat_set(stored, config, {}, find_patients(folder, DS2), "reference")


def carried_out(run: ProtocolRun) -> ProtocolResult:
    """Judge both shipped models under every noise at every ratio, on the beats in noise."""
    assert run.folder is not None
    card = load_card(run.folder)
    config, folder = preparation_of(card).config, noise_folder(run.source.folder)
    rows = [_row("none", run, noisy_beats(run.source.folder, None, 0, config))]
    for code, title in NOISES.items():
        noise = read_record(folder, code)
        for ratio_db in RATIOS_DB:
            run.tell(f"{title}, {ratio_db} dB")
            beats = noisy_beats(run.source.folder, noise, ratio_db, config)
            rows.append(_row(f"{title}, {ratio_db} dB", run, beats))
    total = {one.key: _mean([row.figures[one.key] for row in rows[1:]]) for one in COLUMNS}
    return ProtocolResult(run.protocol.name, run.model, now(), total, tuple(rows), (), NOTE, card.weights_sha256)


def _row(name: str, run: ProtocolRun, beats: BeatSet) -> ProtocolRow:
    assert run.folder is not None
    classifier, _ = load_classifier(run.folder)
    detector, _ = load_detector(MODELS / AUTOENCODER.kind)
    in_noise = _in_noise(beats)
    result, rows = classified(classifier, beats)
    kept = in_noise[rows]
    found = overall(
        replace(result, truth=result.truth[kept], probability=result.probability[kept], record=result.record[kept]),
        ("N", "S", "V", "F"),
    )
    judged = np.flatnonzero(beats.used & in_noise & np.isin(beats.table["beat_class"], ("N", "S", "V", "F")))
    table = beats.table.iloc[judged]
    detection = Detection(
        detector.score_samples(beats)[judged], table["beat_class"].to_numpy(dtype=str),
        table["record"].to_numpy(dtype=str), {one: seconds / 3600 for one, seconds in beats.durations_s.items()},
    )  # fmt: skip
    return ProtocolRow(
        name,
        {"macro F1": found.macro_f1, "S F1": found.f1["S"], "V F1": found.f1["V"], "accuracy": found.accuracy,
         "AUC": detection.roc_auc(), "judged": float(len(judged))},
    )  # fmt: skip


def _in_noise(beats: BeatSet) -> npt.NDArray[np.bool_]:
    at = beats.table["time_s"].to_numpy() - FROM_S
    inside: npt.NDArray[np.bool_] = (at >= 0) & (at % (ON_S + OFF_S) < ON_S)
    return inside


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


COLUMNS = (
    Column("macro F1", "Macro-F1"),
    Column("S F1", "S F1"),
    Column("V F1", "V F1"),
    Column("accuracy", "Accuracy", "share"),
    Column("AUC", "Autoencoder AUC"),
    Column("judged", "Beats judged", "count", None),
)
NOTE = (
    "The line of all is the mean over the eighteen mixtures. Beats in noise only, at their annotations; beats that "
    "noise has clipped or drowned are left out, as everywhere."
)
NOISE_STRESS = Protocol(
    "noise",
    "Noise stress test on DS2",
    "Recorded noise (baseline wander, electrode motion, muscle) is added to the 22 records of DS2 from 5:00 on, two "
    "minutes of every four, at ratios of 24 to -6 dB, as WFDB's nst does it. Both shipped models judge beats in it. "
    "No other work has figures of this kind on DS2; what counts is how far they fall.",
    CLASSIFIER.kind,
    DS2,
    COLUMNS,
    carried_out,
    row_title="Noise",
    model="models/classifier",
)
