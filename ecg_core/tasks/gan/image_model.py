"""A trained image GAN as a model folder."""

from pathlib import Path

import numpy as np

from ecg_core.errors import DataError, ModelError, RunError
from ecg_core.learning.card import Card
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.tasks.gan.image_gan import ImageGan, PixelGan
from ecg_core.tasks.gan.mixture import Mixture
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.gan.scene_gan import SceneGan, SceneScaler

KIND = "image-gan"
BEFORE_FORMS = {"form": "beat", "held_out": 0.0}
"""What options left unsaid in models from before there was another form."""


def save_image_gan(folder: Path, gan: ImageGan, card: Card) -> None:
    """Write weights and card; the card last."""
    write_model(folder, card, gan.to_arrays())


def load_image_gan(folder: Path, name: str = "") -> tuple[ImageGan, Card]:
    """Load an image GAN and its card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    try:
        options = ImageGanOptions.from_json({**BEFORE_FORMS, **card.options})
        gan = _gan(options, stored.arrays, card, name or folder.name)
        pixels = gan.make(*gan.draw(1, np.random.default_rng(0)))  # every array is there and fits
        colours = () if options.ground == "plain" else (3,)
        if pixels.shape != (1, options.size, options.size, *colours):
            raise ValueError(f"images of shape {pixels.shape[1:]} do not fit the options")
    except (KeyError, TypeError, ValueError, IndexError, RunError, DataError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({str(error)[:200]}).") from None
    return gan, card


def _gan(options: ImageGanOptions, arrays: Arrays, card: Card, name: str) -> ImageGan:
    weights = under(arrays, "generator.")
    if not under(arrays, "mixture."):
        return PixelGan(options, weights, name)
    scaler = SceneScaler(*(arrays[f"scaler.{key}"] for key in ("lead", "centre", "spread")))
    return SceneGan(
        options, weights, name, scaler, Mixture.from_arrays(arrays, "mixture."), preparation_of(card).config.times_s
    )
