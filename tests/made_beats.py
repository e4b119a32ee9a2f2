"""Made-up recordings and beat sets, in one place for every test that needs no real beat."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from wfdb import wrann, wrsamp

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
