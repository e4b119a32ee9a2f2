"""A trained image GAN that leads a pen: it makes the traces of images, which are then drawn. Needs no torch.

The generator makes what an image is drawn from (`beats.scenes`): the beat, its recording's usual beat, the amplitude
and the rhythm, together, starting from a mixture as the beat GAN does. The critic it was trained against saw the images
only, drawn by a pen through which the slope reaches the traces. So its strokes are as sharp as those of recorded beats.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.image_forms import draw_scenes
from ecg_core.beats.scenes import Scenes
from ecg_core.learning.checkpoint import Arrays
from ecg_core.networks.beat_gan_numpy import N_NOISE, add_to_beats
from ecg_core.tasks.gan.image_gan import ImageGan, Images
from ecg_core.tasks.gan.mixture import Mixture

Array = npt.NDArray[np.float32]
NUMBERS_WEIGHT = 4.0
"""Rhythm and amplitude are seven numbers beside some hundreds of signal: they count this much more in the mixture."""
SMALLEST_MV = 0.02
IMAGES_AT_ONCE = 1024


@dataclass(frozen=True)
class SceneScaler:
    """Between scenes and the numbers a GAN sees. Fitted on training scenes only."""

    lead: Array
    """(2 n_leads,) standard deviation of each lead of beats, then of usual beats."""
    centre: Array
    """(n_leads + 5,) mean of ln amplitude in mV and of the rhythm numbers."""
    spread: Array
    """(n_leads + 5,) their standard deviation."""

    @classmethod
    def fit(cls, scenes: Scenes) -> "SceneScaler":
        signals, numbers = _signals(scenes), _numbers(scenes)
        lead = np.maximum(signals.std(axis=(0, 2)), 1e-3)
        return cls(*(np.asarray(a, np.float32) for a in (lead, numbers.mean(axis=0), numbers.std(axis=0) + 1e-3)))

    def encode(self, scenes: Scenes) -> Array:
        """One row a scene, (n, 2 n_leads n_points + n_leads + 5)."""
        flat = (_signals(scenes) / self.lead[:, None]).reshape(len(scenes), -1)
        return np.concatenate([flat, (_numbers(scenes) - self.centre) / self.spread * NUMBERS_WEIGHT], 1).astype(
            np.float32
        )

    def split(self, rows: Array) -> tuple[Array, Array]:
        """Rows to signals (n, 2 n_leads, n_points) and numbers (n, n_leads + 5), still in the GAN's units."""
        n_numbers = len(self.centre)
        return rows[:, :-n_numbers].reshape(len(rows), len(self.lead), -1), rows[:, -n_numbers:]

    def decode(self, signals: Array, numbers: Array, times_s: npt.NDArray[np.float64]) -> Scenes:
        """The way back from the GAN's units."""
        n_leads = len(self.lead) // 2
        scaled, plain = signals * self.lead[:, None], numbers / NUMBERS_WEIGHT * self.spread + self.centre
        unit_mv = np.maximum(np.exp(plain[:, :n_leads]), SMALLEST_MV)
        return Scenes(scaled[:, :n_leads], scaled[:, n_leads:], unit_mv, plain[:, n_leads:], times_s)


def _signals(scenes: Scenes) -> Array:
    return np.concatenate([scenes.beats, scenes.usual], axis=1)


def _numbers(scenes: Scenes) -> Array:
    return np.concatenate([np.log(np.maximum(scenes.unit_mv, SMALLEST_MV)), scenes.rhythm], axis=1)


@dataclass(frozen=True)
class SceneGan(ImageGan):
    """Makes ECG images of one class by making what they are drawn from."""

    scaler: SceneScaler
    mixture: Mixture = field(repr=False)
    times_s: npt.NDArray[np.float64] = field(repr=False)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], Array, Array]:
        """What images are made from: components (n,), their coordinates (n, rank), noise (n, 16)."""
        return *self.mixture.draw(n, rng), rng.standard_normal((n, N_NOISE), dtype=np.float32)

    def scenes(self, component: npt.NDArray[np.int64], z: Array, noise: Array) -> Scenes:
        """What the images of a draw are drawn from."""
        start, numbers = self.scaler.split(self.mixture.at(component, z))
        if self.weights:
            start, numbers = add_to_beats(self.weights, start, numbers, component, noise)
        return self.scaler.decode(start, numbers, self.times_s)

    def make(self, *drawn: npt.NDArray[Any]) -> Images:
        component, z, noise = drawn
        config = self.options.drawing
        blocks = [slice(first, first + IMAGES_AT_ONCE) for first in range(0, len(component), IMAGES_AT_ONCE)]
        parts = [self.scenes(component[some], z[some], noise[some]) for some in blocks]
        return np.concatenate([draw_scenes(part, config) for part in parts])

    def to_arrays(self) -> Arrays:
        arrays = super().to_arrays() | Mixture.stored(self.mixture.to_arrays("mixture."), "mixture.")
        return arrays | {f"scaler.{name}": getattr(self.scaler, name) for name in ("lead", "centre", "spread")}
