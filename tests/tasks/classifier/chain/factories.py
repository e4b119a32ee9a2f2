"""Recordings made for the chain: beats of two shapes at times of one's choice."""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.config import BeatConfig
from ecg_core.tasks.classifier.chain.record import RecordBeats

CONFIG = BeatConfig()
Kinds = list[str]


def bump(at_s: float, width_s: float, height: float) -> npt.NDArray[np.float64]:
    wave: npt.NDArray[np.float64] = height * np.exp(-(((CONFIG.times_s - at_s) / width_s) ** 2))
    return wave


SHAPES = {
    "N": bump(-0.16, 0.025, 0.15) + bump(0, 0.012, 1.0) + bump(0.26, 0.05, 0.3),
    "no P": bump(0, 0.012, 1.0) + bump(0.26, 0.05, 0.3),
    "V": bump(0.01, 0.045, 1.4) + bump(0.3, 0.06, -0.5),
}


def record_of(kinds: Kinds, rr_s: npt.NDArray[np.float64], seed: int = 0, gain: float = 1.0) -> RecordBeats:
    """Beats of `kinds` (n) with `rr_s` (n - 1) between them, two leads, a little noise."""
    rng = np.random.default_rng(seed)
    first = np.stack([SHAPES[kind] for kind in kinds])
    signals = np.stack([first, 0.6 * first], axis=1) + rng.normal(0, 0.01, (len(kinds), 2, len(CONFIG.times_s)))
    pre_s, post_s = np.concatenate([[np.nan], rr_s]), np.concatenate([rr_s, [np.nan]])
    used = np.ones(len(kinds), bool)
    return RecordBeats.cut((gain * signals).astype(np.float32), pre_s, post_s, used, CONFIG)


def with_ectopics(n: int = 240, every: int = 12) -> tuple[RecordBeats, npt.NDArray[np.bool_]]:
    """A steady rhythm in which every twelfth beat is a V, early, with a full compensatory pause; and which they are."""
    ventricular = np.arange(n) % every == every - 1
    rr_s = np.full(n - 1, 0.8)
    at = np.flatnonzero(ventricular)
    rr_s[at[at > 0] - 1] = 0.5
    rr_s[at[at < n - 1]] = 1.1
    return record_of(["V" if v else "N" for v in ventricular], rr_s), ventricular
