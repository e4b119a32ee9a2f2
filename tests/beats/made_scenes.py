"""Scenes that tests make: smooth beats over others."""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.context import RHYTHM_NAMES
from ecg_core.beats.scenes import Scenes

TIMES_S = BeatConfig().times_s
N_LEADS = 2


def waves(n: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(n, 2, n_points): a QRS complex of about one unit and a T wave, no two alike."""
    found = np.zeros((n, N_LEADS, len(TIMES_S)))
    for at, width, tall in ((0.0, 0.02, 1.0), (0.03, 0.02, -0.4), (0.3, 0.05, 0.3)):
        centre, spread, size = at + rng.normal(0, 0.01, found.shape[:2]), width, tall * rng.normal(1, 0.3, (n, N_LEADS))
        found += size[..., None] * np.exp(-0.5 * ((TIMES_S - centre[..., None]) / spread) ** 2)
    return found.astype(np.float32)


def made_scenes(n: int, seed: int = 0) -> Scenes:
    """Scenes with rhythm numbers within the range of the bars and units of 0.7 to 2 mV."""
    rng = np.random.default_rng(seed)
    return Scenes(
        waves(n, rng),
        waves(n, rng),
        rng.uniform(0.7, 2, (n, N_LEADS)).astype(np.float32),
        rng.uniform(-7, 7, (n, len(RHYTHM_NAMES))).astype(np.float32),
        TIMES_S,
    )
