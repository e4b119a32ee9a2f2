"""Simulated ECG in memory, at any heart rate and sampling frequency, with the places of its beats."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import resample

from ecg_core.data import beat_model
from ecg_core.data.beat_model import FS, Patient
from ecg_core.data.record import Record
from tests.made_records import record

GAIN = 4000  # ADC units per mV: fine enough that scaling by 10 either way loses nothing


def ecg(
    rate_bpm: float = 72.0, seconds: int = 60, seed: int = 0, noise: float = 1.0, fs: float = FS, **fields: Any
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """mV (n_samples, 2) and the sample of each beat's largest QRS deflection in the first lead."""
    rng = np.random.default_rng(seed)
    patient = Patient("made", rate_bpm, noise=noise, **fields)
    n_samples = seconds * FS
    beats, _ = beat_model.rhythm(patient, seconds, rng)
    mv, r_sample = beat_model.draw(beats, beat_model.shapes_of(patient, rng), n_samples, rng)
    mv = mv + beat_model.noise(patient, n_samples, rng)
    if fs != FS:
        mv = resample(mv, round(seconds * fs), axis=1)
        r_sample = np.rint(r_sample * fs / FS).astype(np.int64)
    return mv.T, r_sample


def as_record(mv: npt.NDArray[np.float64], fs: float = FS, gain: float = GAIN) -> Record:
    """A recording of `mv` (n_samples, n_leads); NaN becomes the code of a missing sample."""
    n_leads = mv.shape[1]
    adc = np.where(np.isnan(mv), -32768, np.clip(np.rint(mv * gain), -32767, 32767)).astype(np.int16)
    return record(
        len(mv),
        leads=[f"L{k}" for k in range(n_leads)],
        signals=adc,
        fs=float(fs),
        gain=(gain,) * n_leads,
        invalid=(-32768,) * n_leads,
    )


def errors(r_sample: npt.NDArray[np.int64], beats: npt.NDArray[np.int64], within: float) -> tuple[int, int]:
    """How many beats are missed, how many are made up."""
    between = np.abs(r_sample[:, None] - beats)
    missed = np.sum(between.min(axis=0) > within) if len(r_sample) else len(beats)
    extra = np.sum(between.min(axis=1) > within) if len(beats) else len(r_sample)
    return int(missed), int(extra)
