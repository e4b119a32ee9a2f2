"""A recording in memory as a WFDB record: one signal file in format 16 or 24, checksums in the header, notes in `.atr`.

Written here and not by `wfdb`, which wants all samples once more as 64-bit integers: eight times the file.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.data.importing.inspected import Inspected
from ecg_core.data.importing.notes import NONE, Notes
from ecg_core.data.reader import ANNOTATOR

BLOCK_FRAMES = 1 << 18
RESOLUTION_BITS = {"16": 16, "24": 24}


@dataclass(frozen=True)
class Loaded:
    """A recording as it will be written."""

    inspected: Inspected
    fs: float
    leads: tuple[str, ...]
    adc: npt.NDArray[np.int16] | npt.NDArray[np.int32] = field(repr=False)
    """ADC units, (n_samples, n_leads); int16 is written in format 16, int32 in format 24."""
    gain: tuple[float, ...]
    """ADC units per mV."""
    baseline: tuple[int, ...]
    """ADC value of 0 mV."""
    notes: Notes = NONE

    @property
    def fmt(self) -> str:
        """WFDB format of the samples."""
        return "16" if self.adc.dtype == np.int16 else "24"


def write_record(folder: Path, name: str, loaded: Loaded, comments: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Write `<name>.dat`, `.hea`, and `.atr` if there are notes, into `folder`; returns the names of the files."""
    with (folder / f"{name}.dat").open("wb") as file:
        for start in range(0, len(loaded.adc), BLOCK_FRAMES):
            block = loaded.adc[start : start + BLOCK_FRAMES]
            if loaded.fmt == "16":
                file.write(block.astype("<i2", copy=False).tobytes())
            else:
                file.write(block.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes())
    header = "\n".join([*_header_lines(name, loaded), *(f"# {text}" for text in comments)]) + "\n"
    (folder / f"{name}.hea").write_text(header, encoding="ascii", errors="replace", newline="\n")
    files = [f"{name}.hea", f"{name}.dat"]
    if len(loaded.notes):
        from wfdb import wrann  # slow to import, and most recordings have no notes

        notes = loaded.notes
        wrann(name, ANNOTATOR, notes.sample, list(notes.symbol), aux_note=list(notes.aux), write_dir=str(folder))
        files.append(f"{name}.{ANNOTATOR}")
    return tuple(files)


def _header_lines(name: str, loaded: Loaded) -> list[str]:
    n_samples, n_leads = loaded.adc.shape
    sums = loaded.adc.sum(axis=0, dtype=np.int64) % 2**16
    lines = [f"{name} {n_leads} {plain_number(loaded.fs)} {n_samples}{_start(loaded.inspected.start)}"]
    for k, lead in enumerate(loaded.leads):
        scale = f"{plain_number(loaded.gain[k])}({loaded.baseline[k]})/mV"
        bits = RESOLUTION_BITS[loaded.fmt]
        lines.append(f"{name}.dat {loaded.fmt} {scale} {bits} 0 {loaded.adc[0, k]} {sums[k]} 0 {lead}")
    return lines


def _start(iso: str) -> str:
    """` hh:mm:ss dd/mm/yyyy` from an ISO time; without the date where it has none."""
    if not iso:
        return ""
    date, _, time = iso.rpartition("T")
    if not date:
        return f" {time}"
    year, month, day = date.split("-")
    return f" {time} {day}/{month}/{year}"


def plain_number(value: float) -> str:
    """A number without exponent, to ten digits that count: the strict reader takes no other."""
    return np.format_float_positional(float(f"{value:.10g}"), trim="-")
