"""Made-up recordings and beat sets, in one place for every test that needs no real beat."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from wfdb import wrann, wrsamp

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.synthetic import RHYTHM, SyntheticBeats
from ecg_core.data.patients import Patients, mitdb_patients

CONFIG = BeatConfig()
FS = 360
"""Sampling frequency of the recordings written here, in Hz."""


def write_recording(
    folder: Path,
    name: str,
    seed: int = 0,
    beats: int = 12,
    n_leads: int = 2,
    comments: Sequence[str] = (),
    symbols: Mapping[int, str] | None = None,
) -> npt.NDArray[np.int64]:
    """Write a short recording with its annotations and give its R peaks, in samples, shape (beats,).

    QRS complexes come about every 0.8 s; each fourth is annotated V, the others N, unless `symbols` (number of the
    beat -> symbol) says otherwise. Without beats there is one QRS complex and no annotation file.
    """
    rng = np.random.default_rng(seed)
    r_sample = (np.arange(1, max(beats, 1) + 1) * 0.8 * FS + rng.integers(0, 20, max(beats, 1))).astype(np.int64)
    mv = rng.normal(0, 0.01, (r_sample[-1] + FS, n_leads))
    near = np.arange(-40, 41)
    for peak in r_sample:
        mv[peak + near] += np.exp(-0.5 * (near / 5) ** 2)[:, None]
    folder.mkdir(parents=True, exist_ok=True)
    wrsamp(name, fs=FS, units=["mV"] * n_leads, sig_name=["MLII", "V1"][:n_leads], fmt=["16"] * n_leads,
           d_signal=np.rint(1024 + 200 * mv).astype(np.int64), adc_gain=[200] * n_leads, baseline=[1024] * n_leads,
           comments=list(comments), write_dir=str(folder))  # fmt: skip
    if not beats:
        return r_sample[:0]
    each = {k: "V" if k % 4 == 3 else "N" for k in range(beats)} | dict(symbols or {})
    wrann(name, "atr", r_sample, [each[k] for k in range(beats)], write_dir=str(folder))
    return r_sample


def recorded_beats(
    *records: str, each: int = 3, config: BeatConfig = CONFIG, patients: Patients | None = None
) -> BeatSet:
    """A set of noise called N: `each` beats of each record, every 300 samples of one at 360 Hz.

    Where `patients` says nothing, the records are those of the MIT-BIH database.
    """
    patients = mitdb_patients() if patients is None else patients
    n = each * len(records)
    names = [name for name in records for _ in range(each)]
    r_sample = np.arange(n) * 300
    table = pd.DataFrame(
        {
            "record": names,
            "r_sample": r_sample,
            "time_s": r_sample / FS,
            "symbol": "N",
            "beat_class": "N",
            **dict.fromkeys(RHYTHM, 1.0),
            "patient": [patients.of(name) for name in names],
            "excluded": "",
            "synthetic": False,
        }
    )
    signals = np.random.default_rng(n).normal(size=(n, config.n_leads, len(config.times_s))).astype(np.float32)
    return BeatSet(
        signals=signals,
        table=table,
        templates=dict.fromkeys(records, signals[0]),
        units_mv={name: np.ones(config.n_leads, np.float32) for name in records},
        leads=dict.fromkeys(records, ("MLII", "V1")),
        durations_s=dict.fromkeys(records, 60.0),
        config=config,
        digests={name: name for name in records},
        patients=patients.only(records),
    )


def synthetic_beats(
    classes: str = "SVF",
    trained_on: tuple[str, ...] = ("201",),
    config: BeatConfig = CONFIG,
    made_by: str = "gan-1",
    seed: int = 0,
    scale: float = 1.0,
    rr_pre_s: float | None = None,
) -> SyntheticBeats:
    """One beat of noise of each of the classes, no two alike; `scale` in mV, RR intervals 0.3 to 1.6 s."""
    rng, n = np.random.default_rng(seed), len(classes)
    rhythm = rng.uniform(0.3, 1.6, (n, len(RHYTHM))).astype(np.float32)
    if rr_pre_s is not None:
        rhythm[:, 0] = rr_pre_s
    signals = (scale * rng.normal(size=(n, config.n_leads, len(config.times_s)))).astype(np.float32)
    return SyntheticBeats(signals, rhythm, np.array(list(classes), dtype=str), config, made_by, trained_on)
