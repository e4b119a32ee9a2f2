"""Recordings as other programs and other databases write them, for tests of reading."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def wrsamp(folder: Path, name: str, d_signal: Ints, fmt: str = "16", **fields: Any) -> None:
    """Write a record with `wfdb.wrsamp`: digital samples (n, leads), 360 Hz, gain 200, unless `fields` say else."""
    import wfdb

    n_leads = d_signal.shape[1]
    given = {
        "fs": 360,
        "units": ["mV"] * n_leads,
        "sig_name": ["II", *(f"L{k}" for k in range(1, n_leads))],
        "fmt": [fmt] * n_leads,
        "adc_gain": [200.0] * n_leads,
        "baseline": [0] * n_leads,
    }
    folder.mkdir(parents=True, exist_ok=True)
    wfdb.wrsamp(name, d_signal=d_signal.astype(np.int64), write_dir=str(folder), **given | fields)


def write(folder: Path, name: str, first: str, lines: Sequence[str], content: bytes, file: str = "") -> None:
    """Write a header of these lines, and one signal file of these bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.hea").write_text("\n".join([f"{name}{first}", *lines]) + "\n", encoding="utf-8")
    (folder / (file or f"{name}.dat")).write_bytes(content)


def ramp(n: int, n_leads: int = 2) -> Ints:
    """Samples (n, n_leads) of which no two of a lead are the same."""
    return np.arange(n * n_leads, dtype=np.int64).reshape(n, n_leads) - n
