"""A beat model for simulated recordings: waves as Gaussians, rhythms with ectopic beats, noise.

After McSharry PE, Clifford GD, Tarassenko L, Smith LA. A dynamical model for generating synthetic electrocardiogram
signals. IEEE Trans Biomed Eng 50(3):289-294 (2003), doi 10.1109/TBME.2003.808805: each wave is a Gaussian, heart rate
follows breathing (0.25 Hz) and blood pressure (0.1 Hz), T moves with the square root of the RR interval. Here the
Gaussians are added beat by beat at chosen R positions instead of integrating the paper's equations, so that ectopic,
fusion and paced beats can have waves of their own; a wave may be steeper on one side, as T is.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FS = 360  # Hz
LEADS = ("MLII", "V1")
BEFORE_S, AFTER_S = 0.30, 0.60  # a beat's waves lie within, relative to R
RUN_RR_S = {"(SVTA": 0.41, "(VT": 0.39}

Floats = npt.NDArray[np.float64]
Wave = tuple[float, float, float, float, float]
"""Centre after R (s), width before and after it (standard deviations, s), amplitude in MLII and in V1 (mV)."""


class Shape(NamedTuple):
    """The waves of one kind of beat. The positions of T hold for RR = 1 s."""

    p: tuple[Wave, ...]
    qrs: tuple[Wave, ...]
    t: tuple[Wave, ...]


class Beat(NamedTuple):
    """One beat to be drawn."""

    time_s: float
    rr_s: float
    """Interval to the beat before."""
    symbol: str
    parts: tuple[tuple[str, float], ...]
    """Shape and weight; two of them for a fusion beat."""


@dataclass(frozen=True)
class Patient:
    """What makes one invented patient: rhythm, how often each ectopic beat comes, voltages, noise."""

    about: str
    rate_bpm: float
    base: str = "N"
    ectopic: dict[str, float] = field(default_factory=dict)
    """Symbol -> chance at each beat; `W` is a V from a second focus."""
    episodes: tuple[tuple[float, float, str], ...] = ()
    """Start and end (s) and rhythm as annotated."""
    couplets: float = 0.0
    breathing: float = 0.03
    """Share by which the RR interval follows breathing."""
    voltage: tuple[float, float] = (1.0, 1.0)
    """Scale of each lead."""
    flat_t: bool = False
    noise: float = 1.0
    bursts: tuple[tuple[float, float], ...] = ()
    """Start and end (s) of stretches of poor signal."""


_P: tuple[Wave, ...] = ((-0.172, 0.021, 0.021, 0.11, 0.06), (-0.140, 0.018, 0.018, 0.05, -0.05))
_P_EARLY: tuple[Wave, ...] = ((-0.135, 0.016, 0.016, -0.07, 0.07), (-0.112, 0.014, 0.014, 0.05, 0.0))
_P_RETROGRADE: tuple[Wave, ...] = ((-0.085, 0.016, 0.016, -0.09, 0.05),)
_PACING_SPIKE: tuple[Wave, ...] = ((-0.072, 0.0016, 0.0016, 0.75, -0.55),)
_QRS: tuple[Wave, ...] = (
    (-0.026, 0.008, 0.0075, -0.09, 0.0),
    (0.0, 0.0105, 0.0105, 1.20, 0.0),
    (0.029, 0.009, 0.011, -0.20, 0.0),
    (-0.013, 0.008, 0.008, 0.0, 0.28),
    (0.013, 0.0115, 0.013, 0.0, -0.95),
)
_QRS_LEFT_BLOCK: tuple[Wave, ...] = (
    (-0.022, 0.017, 0.020, 0.72, 0.0),
    (0.030, 0.022, 0.018, 0.80, 0.0),
    (0.012, 0.030, 0.028, 0.0, -1.30),
)
_QRS_RIGHT_BLOCK: tuple[Wave, ...] = (
    (-0.026, 0.008, 0.0075, -0.07, 0.0),
    (0.0, 0.0115, 0.0115, 0.95, 0.0),
    (0.052, 0.018, 0.024, -0.30, 0.0),
    (-0.016, 0.008, 0.008, 0.0, 0.26),
    (0.006, 0.009, 0.010, 0.0, -0.42),
    (0.050, 0.016, 0.018, 0.0, 0.85),
)
_QRS_VENTRICULAR: tuple[Wave, ...] = (
    (-0.010, 0.030, 0.034, 1.55, 0.0),
    (0.062, 0.022, 0.030, -0.42, 0.0),
    (-0.030, 0.015, 0.015, 0.0, 0.30),
    (0.015, 0.032, 0.036, 0.0, -1.25),
)
_QRS_SECOND_FOCUS: tuple[Wave, ...] = (
    (-0.034, 0.014, 0.014, 0.22, 0.0),
    (0.010, 0.034, 0.038, -1.35, 0.0),
    (-0.020, 0.020, 0.022, 0.0, 0.75),
    (0.034, 0.020, 0.026, 0.0, 0.95),
)
_QRS_PACED: tuple[Wave, ...] = (
    (-0.034, 0.012, 0.014, 0.15, 0.0),
    (0.006, 0.034, 0.038, -1.15, 0.0),
    (-0.036, 0.012, 0.012, 0.0, 0.12),
    (0.0, 0.034, 0.040, 0.0, -1.05),
)
_QRS_UNCLEAR: tuple[Wave, ...] = (
    (-0.025, 0.020, 0.012, 0.45, 0.30),
    (0.010, 0.014, 0.022, -0.40, 0.35),
    (0.055, 0.022, 0.025, 0.35, -0.40),
)
_T: tuple[Wave, ...] = ((0.29, 0.058, 0.036, 0.30, 0.10),)
_T_ISCHAEMIC: tuple[Wave, ...] = ((0.29, 0.055, 0.038, 0.12, -0.08), (0.13, 0.045, 0.06, -0.09, 0.03))
_BASE: dict[str, Shape] = {
    "N": Shape(_P, _QRS, _T),
    "L": Shape(_P, _QRS_LEFT_BLOCK, ((0.30, 0.062, 0.042, -0.26, 0.38),)),
    "R": Shape(_P, _QRS_RIGHT_BLOCK, ((0.30, 0.058, 0.038, 0.24, -0.22),)),
    "V": Shape((), _QRS_VENTRICULAR, ((0.31, 0.068, 0.050, -0.48, 0.45),)),
    "W": Shape((), _QRS_SECOND_FOCUS, ((0.31, 0.068, 0.050, 0.46, -0.35),)),
    "/": Shape(_PACING_SPIKE, _QRS_PACED, ((0.31, 0.070, 0.050, 0.42, 0.35),)),
    "Q": Shape((), _QRS_UNCLEAR, ((0.27, 0.05, 0.06, 0.12, 0.10),)),
}
_COUPLING = {"V": 0.60, "W": 0.64, "A": 0.70, "a": 0.62, "J": 0.70, "F": 0.94, "j": 1.45}
"""Interval to the beat before, as a share of the RR interval of the moment; 1 for all others."""


def shapes_of(patient: Patient, rng: np.random.Generator) -> dict[str, Shape]:
    """The patient's own shapes: every wave a little larger or smaller, wider or narrower than the pattern."""

    def own(waves: tuple[Wave, ...]) -> tuple[Wave, ...]:
        wide = rng.uniform(0.93, 1.07)
        size = rng.uniform(0.88, 1.12, len(waves))
        return tuple(
            (at, before * wide, after * wide, ii * k * patient.voltage[0], v1 * k * patient.voltage[1])
            for (at, before, after, ii, v1), k in zip(waves, size, strict=True)
        )

    shapes = {key: Shape(own(shape.p), own(shape.qrs), own(shape.t)) for key, shape in _BASE.items()}
    if patient.flat_t:
        shapes["N"] = shapes["N"]._replace(t=own(_T_ISCHAEMIC))
    usual = shapes["N" if patient.base == "/" else patient.base]
    early = own(_P_EARLY)
    shapes["A"] = Shape(early, usual.qrs, usual.t)
    shapes["a"] = Shape(early, shapes["R"].qrs, shapes["R"].t)
    shapes["J"] = shapes["j"] = Shape(own(_P_RETROGRADE), usual.qrs, usual.t)
    shapes["no P"] = usual._replace(p=())
    return shapes


def rhythm(patient: Patient, duration_s: float, rng: np.random.Generator) -> tuple[list[Beat], list[tuple[float, str]]]:
    """The beats of a recording in time order, and its rhythm changes as (time in s, annotation text)."""
    natural = "(P" if patient.base == "/" else "(N"
    beats: list[Beat] = []
    marks: list[tuple[float, str]] = []
    phase = rng.uniform(0, 2 * np.pi, 2)
    time, pause, previous, since = rng.uniform(0.4, 0.8), 1.0, "", 0
    while True:
        now = next((name for start, end, name in patient.episodes if start <= time < end), natural)
        swing = np.sin(2 * np.pi * 0.25 * time + phase[0]) + 0.6 * np.sin(2 * np.pi * 0.1 * time + phase[1])
        usual = 60 / patient.rate_bpm * (1 + patient.breathing * (swing + 0.3 * rng.standard_normal()))
        kind, share = _next_beat(patient, now, previous, since, rng)
        step = RUN_RR_S.get(now, usual * (share if share < 1 else share * pause)) * rng.normal(1, 0.002)
        time += step
        if time > duration_s - AFTER_S - 0.1:
            return beats, marks
        if not marks or marks[-1][1] != now:
            marks.append((time - min(0.12, step / 3), now))
        pause = 2 - share if kind in "VW" else 1.06 if kind in "AaJ" else 1.0
        since = 0 if kind in "VW" else since + 1
        previous = kind
        beats.append(Beat(time, step, "V" if kind == "W" else kind, _parts(patient, kind, now, rng)))


def _next_beat(patient: Patient, now: str, previous: str, since: int, rng: np.random.Generator) -> tuple[str, float]:
    """Symbol of the next beat and its interval as a share of the usual one."""
    base = "N" if patient.base == "/" and now == "(N" else patient.base
    if now in RUN_RR_S:
        return ("A" if now == "(SVTA" else "V"), 1.0
    if now in ("(B", "(T"):
        return ("V", _COUPLING["V"]) if since >= (1 if now == "(B" else 2) else (base, 1.0)
    if previous in ("V", "W") and rng.random() < patient.couplets:
        return previous, _COUPLING[previous]
    kind = base
    if previous in ("", base):
        draw = rng.random()
        for symbol, chance in patient.ectopic.items():
            if 0 <= draw < chance:
                kind = symbol
            draw -= chance
    if now == "(AFIB":
        kind = kind if kind in ("V", "W") else base
        return kind, 0.80 * float(np.clip(rng.gamma(14, 1 / 14), 0.55, 1.9))
    return kind, _COUPLING.get(kind, 1.0) * (rng.normal(1, 0.03) if kind in _COUPLING else 1.0)


def _parts(patient: Patient, kind: str, now: str, rng: np.random.Generator) -> tuple[tuple[str, float], ...]:
    if kind in "Ff":
        other, share = ("V", rng.uniform(0.35, 0.65)) if kind == "F" else ("/", rng.uniform(0.4, 0.7))
        return (other, share), ("N" if patient.base == "/" else patient.base, 1 - share)
    return ((("no P" if now == "(AFIB" and kind == patient.base else kind), 1.0),)


def draw(
    beats: list[Beat], shapes: dict[str, Shape], n_samples: int, rng: np.random.Generator
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Add up the waves of all beats.

    Returns the clean signal in mV, shape (2, n_samples), and the sample of each beat's largest QRS deflection in MLII.
    """
    offsets = np.arange(-round(BEFORE_S * FS), round(AFTER_S * FS))  # (W,)
    time = np.array([beat.time_s for beat in beats])
    rr = np.array([beat.rr_s for beat in beats])
    stretch = np.sqrt(np.clip(0.7 * np.median(rr) + 0.3 * rr, 0.45, 1.4))  # QT follows the rate slowly
    breath = 1 + 0.05 * np.sin(2 * np.pi * 0.25 * time)
    first = np.rint(time * FS).astype(np.int64)[:, None] + offsets  # (n_beats, W) sample indices
    body = np.zeros((2, len(beats), len(offsets)))
    for key in sorted({key for beat in beats for key, _ in beat.parts}):
        rows = np.array([k for k, beat in enumerate(beats) if key in dict(beat.parts)])
        weight = np.array([dict(beats[k].parts)[key] for k in rows]) * breath[rows]
        after_r = first[rows] / FS - time[rows, None]  # (n, W) s
        for group, waves in zip(Shape._fields, shapes[key], strict=True):
            scale = stretch[rows, None] if group == "t" else np.ones((len(rows), 1))
            for at, before, after, *mv in waves:
                x = after_r / scale - at
                x /= np.where(x < 0, before, after)
                wave = np.exp(-0.5 * x * x) * (weight * rng.normal(1, 0.03, len(rows)))[:, None]
                for lead in (0, 1):
                    if mv[lead]:
                        body[lead, rows] += mv[lead] * wave
    clean: Floats = np.stack([np.bincount(first.ravel(), lead.ravel(), n_samples)[:n_samples] for lead in body])
    near = np.flatnonzero(np.abs(offsets) <= round(0.05 * FS))
    peak = np.abs(body[0][:, near]).argmax(axis=1)
    r_sample: npt.NDArray[np.int64] = first[np.arange(len(beats)), near[peak]]
    return clean, r_sample


def fibrillation_waves(patient: Patient, n_samples: int, rng: np.random.Generator) -> Floats:
    """The f waves of atrial fibrillation (5 to 7 Hz, larger in V1), mV, shape (2, n_samples); zero elsewhere."""
    time = np.arange(n_samples) / FS
    envelope = np.zeros(n_samples)
    for start, end, name in patient.episodes:
        if name == "(AFIB":
            envelope += np.clip((time - start) / 0.5, 0, 1) * np.clip((end - time) / 0.5, 0, 1)
    if not envelope.any():
        return np.zeros((2, n_samples))
    phase = 2 * np.pi * np.cumsum(6.0 + 0.6 * coloured(rng, n_samples, 0.05, 0.8)) / FS
    wave = (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.6)) * (1 + 0.3 * coloured(rng, n_samples, 0.1, 1.0))
    return np.stack([0.035 * envelope * wave, 0.065 * envelope * wave])


def noise(patient: Patient, n_samples: int, rng: np.random.Generator) -> Floats:
    """Baseline wander, mains, muscle, and the patient's bursts of electrode motion; mV, shape (2, n_samples)."""
    time = np.arange(n_samples) / FS
    poor = np.zeros(n_samples)
    for start, end in patient.bursts:
        poor += np.clip((time - start) / 0.3, 0, 1) * np.clip((end - time) / 0.3, 0, 1)
    leads = []
    for _ in LEADS:
        wander = 0.06 * coloured(rng, n_samples, 0.02, 0.35) + 0.02 * np.sin(2 * np.pi * 0.25 * time)
        mains = 0.004 * np.sin(2 * np.pi * 60 * time + rng.uniform(0, 6))
        muscle = 0.011 * coloured(rng, n_samples, 15, 120)
        if patient.bursts:
            muscle = muscle * (1 + 9 * poor) + 0.14 * poor * coloured(rng, n_samples, 0.8, 8)
        leads.append(patient.noise * (wander + mains + muscle))
    return np.stack(leads)


def coloured(rng: np.random.Generator, n: int, low_hz: float, high_hz: float) -> Floats:
    """Gaussian noise with its power between two frequencies, unit standard deviation, shape (n,)."""
    spectrum = np.zeros(n // 2 + 1, np.complex128)
    low, high = max(1, round(low_hz * n / FS)), round(high_hz * n / FS)
    k = high - low
    spectrum[low:high] = rng.standard_normal(k) + 1j * rng.standard_normal(k)
    found: Floats = np.fft.irfft(spectrum, n)
    found /= found.std()
    return found
