"""Simulated recordings in WFDB form, for a machine without network or data: twelve invented patients, ten minutes each.

They come from `beat_model` with a fixed seed, go through the same reader as real ones, and every header carries the
word SIMULATED, which `read_record` turns into `Record.simulated`.
"""

import secrets
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from ecg_core.data import beat_model
from ecg_core.data.beat_model import FS, LEADS, Patient
from ecg_core.data.reader import ANNOTATOR, SIMULATED_MARK
from ecg_core.errors import DataError
from ecg_core.files import read_json, why, write_json

VERSION = 2  # raise it when the recordings change: folders made by another version are made again
SEED = 20030501
DURATION_S = 600
GAIN, ZERO, ADC_MAX = 200, 1024, 2047  # as MIT-BIH: 200 ADC units per mV, 0 mV at 1024, 11 bits
MARKER = "simulated.json"
WAIT_S = 120.0

PATIENTS: tuple[Patient, ...] = (
    Patient("sinus rhythm, few atrial premature beats", 72, ectopic={"A": 0.006, "V": 0.002}),
    Patient("sinus rhythm, few ventricular premature beats", 66, ectopic={"V": 0.015}, voltage=(0.9, 1.1)),
    Patient(
        "ventricular premature beats of two foci, bigeminy, trigeminy",
        rate_bpm=78,
        ectopic={"V": 0.05, "W": 0.02, "F": 0.008},
        episodes=((212, 250, "(B"), (455, 480, "(T")),
        couplets=0.1,
    ),
    Patient(
        "atrial premature beats, supraventricular runs",
        rate_bpm=74,
        ectopic={"A": 0.05, "a": 0.006, "J": 0.012, "V": 0.002},
        episodes=((301, 309, "(SVTA"), (520, 525, "(SVTA")),
    ),
    Patient(
        "paroxysmal atrial fibrillation",
        rate_bpm=76,
        ectopic={"A": 0.01, "V": 0.008},
        episodes=((150, 335, "(AFIB"), (470, 560, "(AFIB")),
        voltage=(0.85, 0.8),
    ),
    Patient("left bundle branch block", 70, "L", ectopic={"W": 0.012, "F": 0.003}, noise=0.8),
    Patient("right bundle branch block", 82, "R", ectopic={"A": 0.012, "V": 0.01}, voltage=(0.95, 1.0)),
    Patient(
        "ventricular pacemaker, own rhythm in between",
        rate_bpm=70,
        base="/",
        ectopic={"f": 0.02, "Q": 0.008, "V": 0.006},
        episodes=((260, 325, "(N"),),
        breathing=0.0,
    ),
    Patient(
        "noisy recording",
        rate_bpm=84,
        ectopic={"V": 0.012, "Q": 0.01},
        noise=2.2,
        bursts=((70, 82), (233, 251), (402, 409), (511, 530)),
    ),
    Patient(
        "ventricular premature and fusion beats",
        rate_bpm=88,
        ectopic={"F": 0.05, "V": 0.07},
        couplets=0.04,
        voltage=(1.2, 1.1),
        bursts=((340, 352),),
    ),
    Patient(
        "slow rate that follows breathing",
        rate_bpm=53,
        ectopic={"j": 0.012, "A": 0.008},
        breathing=0.09,
        voltage=(1.25, 0.9),
    ),
    Patient(
        "fast rate, low voltage, ST depression, a short ventricular run",
        rate_bpm=96,
        ectopic={"V": 0.02, "A": 0.008},
        episodes=((388, 391, "(VT"),),
        voltage=(0.7, 0.85),
        flat_t=True,
    ),
)


def ensure_simulated(folder: Path) -> Path:
    """Return `folder` after making the simulated recordings in it, if they are not there yet (about 3 s, once).

    They are built beside it and renamed into place; of several processes one builds and the others wait.
    Raises DataError if the folder holds other files, or cannot be written.
    """
    if _made(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f".{folder.name}.lock", timeout=WAIT_S):
            if not _made(folder):
                _build(folder)
    except Timeout:
        raise DataError(f"Another process has been making {folder} for over {WAIT_S:.0f} s. Try again.") from None
    except OSError as error:
        raise DataError(f"Simulated recordings cannot be written to {folder}: {why(error)}.") from None
    return folder


def write_patient(folder: Path, name: str, patient: Patient, rng: np.random.Generator) -> None:
    """Write `<name>.hea`, `<name>.dat` (format 212) and `<name>.atr` of one invented patient."""
    from wfdb import wrann, wrsamp

    n_samples = DURATION_S * FS
    beats, marks = beat_model.rhythm(patient, DURATION_S, rng)
    mv, peaks = beat_model.draw(beats, beat_model.shapes_of(patient, rng), n_samples, rng)  # (2, n_samples)
    mv += beat_model.fibrillation_waves(patient, n_samples, rng) + beat_model.noise(patient, n_samples, rng)
    wrsamp(
        name,
        fs=FS,
        units=["mV"] * len(LEADS),
        sig_name=list(LEADS),
        d_signal=np.clip(np.rint(mv.T * GAIN) + ZERO, 0, ADC_MAX).astype(np.int64),
        fmt=["212"] * len(LEADS),
        adc_gain=[GAIN] * len(LEADS),
        baseline=[ZERO] * len(LEADS),
        comments=[f"{SIMULATED_MARK} recording, no patient: {patient.about}", f"generator version {VERSION}"],
        write_dir=str(folder),
    )
    notes = [(int(at_s * FS), "+", rhythm) for at_s, rhythm in marks]
    notes += [(int(at_s * FS), "~", "") for burst in patient.bursts for at_s in burst]
    notes += [(int(r_sample), beat.symbol, "") for r_sample, beat in zip(peaks, beats, strict=True)]
    notes.sort(key=lambda note: note[0])
    sample, symbol, aux = (list(column) for column in zip(*notes, strict=True))
    wrann(name, ANNOTATOR, np.array(sample), symbol, aux_note=aux, write_dir=str(folder))


def _marker() -> dict[str, Any]:
    return {"version": VERSION, "records": [f"sim{number:02d}" for number in range(1, len(PATIENTS) + 1)]}


def _made(folder: Path) -> bool:
    try:
        found = read_json(folder / MARKER)
    except (OSError, ValueError):
        return False
    files = (folder / f"{name}.{end}" for name in _marker()["records"] for end in ("hea", "dat", ANNOTATOR))
    return bool(found == _marker()) and all(path.is_file() for path in files)


def _build(folder: Path) -> None:
    """Make all recordings beside `folder`, then put them in its place. The caller holds the lock."""
    if folder.exists() and not (folder / MARKER).is_file() and any(folder.iterdir()):
        raise DataError(f"{folder} holds files that are not simulated recordings. Move them, or set ECG_HOME.")
    _remove_leftovers(folder)  # of a build that was killed
    fresh = folder.parent / f".{folder.name}-{secrets.token_hex(4)}"
    fresh.mkdir()
    try:
        for index, (name, patient) in enumerate(zip(_marker()["records"], PATIENTS, strict=True)):
            write_patient(fresh, name, patient, np.random.default_rng([SEED, index]))
        write_json(fresh / MARKER, _marker())
        if folder.exists():
            folder.rename(folder.parent / f".{folder.name}-{secrets.token_hex(4)}")
        fresh.rename(folder)
    finally:
        _remove_leftovers(folder)


def _remove_leftovers(folder: Path) -> None:
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left)
