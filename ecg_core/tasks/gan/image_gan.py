"""A trained image GAN: what a page or a command samples ECG images from. Nothing here needs torch."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.errors import ModelError, RunError
from ecg_core.learning.card import Card
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.networks.image_gan_numpy import N_NOISE, draw_images
from ecg_core.tasks.gan.options import ImageGanOptions

Images = npt.NDArray[np.uint8]
KIND = "image-gan"
MOST_IMAGES = 10_000


@dataclass(frozen=True)
class ImageGan:
    """Makes ECG images of one class."""

    options: ImageGanOptions
    weights: Arrays = field(repr=False)
    name: str = "unnamed"

    def draw(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Noise that images are made from, (n, 64)."""
        return rng.standard_normal((n, N_NOISE), dtype=np.float32)

    def make(self, noise: npt.NDArray[np.float32]) -> Images:
        """Images (n, size, size) grey or (n, size, size, 3) RGB from noise (n, 64)."""
        return from_ink(draw_images(self.weights, noise))

    def sample(self, n: int, seed: int) -> Images:
        """Make `n` images; the same number and seed give the same images. Raises RunError for a number out of range."""
        if not 1 <= n <= MOST_IMAGES:
            raise RunError(f"{n} synthetic images asked for: choose 1 to {MOST_IMAGES:,}.")
        if seed < 0:
            raise RunError(f"Seed {seed}: choose 0 or more.")
        return self.make(self.draw(n, np.random.default_rng(seed)))


def to_ink(images: Images) -> npt.NDArray[np.float32]:
    """(n, size, size[, 3]) to (n, channels, size, size), -1 (white) to 1 (black): most of an ECG image is ground."""
    grey = images[..., None] if images.ndim == 3 else images
    found: npt.NDArray[np.float32] = 1 - grey.transpose(0, 3, 1, 2).astype(np.float32) / 127.5
    return found


def from_ink(ink: npt.NDArray[np.float32]) -> Images:
    """The way back from `to_ink`; what lies beyond black or white is clipped."""
    images: Images = np.clip(np.round((1 - ink) * 127.5), 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    return images[..., 0] if images.shape[3] == 1 else images


def save_image_gan(folder: Path, gan: ImageGan, card: Card) -> None:
    """Write weights and card; the card last."""
    write_model(folder, card, {f"generator.{name}": array for name, array in gan.weights.items()})


def load_image_gan(folder: Path, name: str = "") -> tuple[ImageGan, Card]:
    """Load an image GAN and its card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    try:
        options = ImageGanOptions.from_json(card.options)
        gan = ImageGan(options, under(stored.arrays, "generator."), name or folder.name)
        pixels = gan.make(gan.draw(1, np.random.default_rng(0)))  # every array is there and fits
        colours = () if options.ground == "plain" else (3,)
        if pixels.shape != (1, options.size, options.size, *colours):
            raise ValueError(f"images of shape {pixels.shape[1:]} do not fit the options")
    except (KeyError, TypeError, ValueError, IndexError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({str(error)[:200]}).") from None
    return gan, card
