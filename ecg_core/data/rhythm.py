"""Rhythm episodes, from the rhythm-change notes that stand between the beats, such as `(AFIB`.

Codes: PhysioNet, "ECG annotations" (https://archive.physionet.org/physiobank/annotations.shtml) and the
MIT-BIH Arrhythmia Database directory (https://physionet.org/physiobank/database/html/mitdbdir/intro.htm).
"""

from dataclasses import dataclass
from typing import Literal

from ecg_core.data.labels import Annotations

Origin = Literal["sinus", "supraventricular", "ventricular", "paced", "conduction", "unknown"]

RHYTHMS: dict[str, tuple[str, Origin]] = {
    "N": ("Normal sinus rhythm", "sinus"),
    "SBR": ("Sinus bradycardia", "sinus"),
    "AB": ("Atrial bigeminy", "supraventricular"),
    "AFIB": ("Atrial fibrillation", "supraventricular"),
    "AFL": ("Atrial flutter", "supraventricular"),
    "SVTA": ("Supraventricular tachyarrhythmia", "supraventricular"),
    "NOD": ("Nodal (junctional) rhythm", "supraventricular"),
    "J": ("Junctional rhythm", "supraventricular"),
    "B": ("Ventricular bigeminy", "ventricular"),
    "T": ("Ventricular trigeminy", "ventricular"),
    "IVR": ("Idioventricular rhythm", "ventricular"),
    "VT": ("Ventricular tachycardia", "ventricular"),
    "VFL": ("Ventricular flutter", "ventricular"),
    "VFIB": ("Ventricular fibrillation", "ventricular"),
    "ASYS": ("Asystole", "ventricular"),
    "P": ("Paced rhythm", "paced"),
    "BII": ("Second-degree heart block", "conduction"),
    "PREX": ("Pre-excitation (WPW)", "conduction"),
}
"""Rhythm code, without its bracket -> plain name and where the rhythm arises."""


@dataclass(frozen=True)
class Rhythm:
    """One stretch of one rhythm: samples [start_sample, stop_sample)."""

    name: str
    """Rhythm code without its bracket, such as `AFIB`."""
    start_sample: int
    stop_sample: int

    @property
    def plain_name(self) -> str:
        """The rhythm in words; the code itself where the table has none."""
        return RHYTHMS[self.name][0] if self.name in RHYTHMS else self.name

    @property
    def origin(self) -> Origin:
        """Where the rhythm arises; `unknown` where the table has no such code."""
        return RHYTHMS[self.name][1] if self.name in RHYTHMS else "unknown"


def rhythms(annotations: Annotations, n_samples: int) -> tuple[Rhythm, ...]:
    """Rhythm episodes of a recording of `n_samples` samples, in time order, neither overlapping nor empty.

    An episode lasts until the next rhythm note, the last one to the end of the recording. Notes that repeat the
    rhythm that is already running do not split it. Before the first note the rhythm is not known: no episode.
    """
    starts: list[tuple[int, str]] = []
    for k in [k for k, aux in enumerate(annotations.aux) if aux]:
        aux, sample = annotations.aux[k], int(annotations.sample[k])
        name = aux[1:].strip() if aux.startswith("(") else ""
        if not name:
            continue
        if starts and starts[-1][0] == sample:  # of two notes on one sample the later one counts
            starts.pop()
        if not starts or starts[-1][1] != name:
            starts.append((sample, name))
    stops = [*(sample for sample, _ in starts), n_samples][1:]
    return tuple(Rhythm(name, start, stop) for (start, name), stop in zip(starts, stops, strict=True))
