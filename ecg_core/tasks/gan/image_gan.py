"""Trained image GANs: what a page or a command samples ECG images from. Nothing here needs torch."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RunError
from ecg_core.learning.checkpoint import Arrays
from ecg_core.networks.image_gan_numpy import N_NOISE, draw_images
from ecg_core.tasks.gan.options import ImageGanOptions

Images = npt.NDArray[np.uint8]
MOST_IMAGES = 10_000


@dataclass(frozen=True)
class ImageGan(ABC):
    """Makes ECG images of one class."""

    options: ImageGanOptions
    weights: Arrays = field(repr=False)
    name: str

    @abstractmethod
    def draw(self, n: int, rng: np.random.Generator) -> tuple[npt.NDArray[Any], ...]:
        """What `n` images are made from."""

    @abstractmethod
    def make(self, *drawn: npt.NDArray[Any]) -> Images:
        """Images (n, size, size) grey or (n, size, size, 3) RGB from a draw."""

    def sample(self, n: int, seed: int) -> Images:
        """Make `n` images; the same number and seed give the same images. Raises RunError for a number out of range."""
        if not 1 <= n <= MOST_IMAGES:
            raise RunError(f"{n} synthetic images asked for: choose 1 to {MOST_IMAGES:,}.")
        if seed < 0:
            raise RunError(f"Seed {seed}: choose 0 or more.")
        return self.make(*self.draw(n, np.random.default_rng(seed)))

    def to_arrays(self) -> Arrays:
        """Everything a model file holds."""
        return {f"generator.{name}": array for name, array in self.weights.items()}


@dataclass(frozen=True)
class PixelGan(ImageGan):
    """Makes images pixel by pixel, of a folder of images that may show anything."""

    def draw(self, n: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.float32]]:
        """Noise that images are made from, (n, 64)."""
        return (rng.standard_normal((n, N_NOISE), dtype=np.float32),)

    def make(self, *drawn: npt.NDArray[Any]) -> Images:
        """Images from noise (n, 64)."""
        (noise,) = drawn
        return from_ink(draw_images(self.weights, noise))


def to_ink(images: Images) -> npt.NDArray[np.float32]:
    """(n, size, size[, 3]) to (n, channels, size, size), -1 (white) to 1 (black): most of an ECG image is ground."""
    grey = images[..., None] if images.ndim == 3 else images
    found: npt.NDArray[np.float32] = 1 - grey.transpose(0, 3, 1, 2).astype(np.float32) / 127.5
    return found


def from_ink(ink: npt.NDArray[np.float32]) -> Images:
    """The way back from `to_ink`; what lies beyond black or white is clipped."""
    images: Images = np.clip(np.round((1 - ink) * 127.5), 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    return images[..., 0] if images.shape[3] == 1 else images
