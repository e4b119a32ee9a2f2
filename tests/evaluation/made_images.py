"""Images drawn from made-up beats, for tests that judge images."""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.evaluation.image_set import RecordedImages
from ecg_core.evaluation.trace_reading import geometry_of

CONFIG = ImageConfig(64, "plain", "both")
TIMES_S = BeatConfig().times_s
GEOMETRY = geometry_of(CONFIG, TIMES_S)


def made_signals(n: int, seed: int, width_s: float = 0.02, r_mv: float = 1.5) -> npt.NDArray[np.float32]:
    """QRS complexes and T waves whose size, width and place vary, (n, 2, 144) mV."""
    rng = np.random.default_rng(seed)
    vary = rng.normal(size=(6, n, 1, 1))
    r = r_mv * np.exp(0.15 * vary[0]) * np.array([1.0, -0.6])[:, None]
    t = TIMES_S
    qrs = r * np.exp(-0.5 * ((t - 0.01 * vary[1]) / (width_s * np.exp(0.2 * vary[2]))) ** 2)
    wave = 0.3 * np.exp(0.2 * vary[3]) * np.exp(-0.5 * ((t - 0.25 - 0.02 * vary[4]) / 0.05) ** 2)
    return np.asarray(qrs + wave + 0.02 * vary[5], np.float32)


def drawn(signals: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return draw_beats(signals, TIMES_S, CONFIG)


def made_images(n: int, seed: int, n_patients: int = 6, beat_class: str = "V", width_s: float = 0.04) -> RecordedImages:
    """`n` images of a class, dealt to patients p0, p1 ... with a record each."""
    patient = np.array([f"p{k % n_patients}" for k in range(n)])
    return RecordedImages(
        drawn(made_signals(n, seed, width_s)),
        np.full(n, beat_class),
        np.array([f"r{name[1:]}" for name in patient]),
        patient,
    )


def together(*parts: RecordedImages) -> RecordedImages:
    return RecordedImages(
        *(
            np.concatenate([getattr(one, name) for one in parts])
            for name in ("images", "beat_class", "record", "patient")
        )
    )
