"""The part of an image GAN's training that needs torch."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ecg_core.errors import RunError
from ecg_core.learning.checkpoint import module_arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.image_gan import ImageCritic, ImageGenerator
from ecg_core.networks.image_gan_numpy import N_NOISE
from ecg_core.tasks.gan.adversarial import Adversaries, Items
from ecg_core.tasks.gan.image_gan import Images, PixelGan, to_ink
from ecg_core.tasks.gan.loop import train_gan
from ecg_core.tasks.gan.options import FEWEST_IMAGES, STEPS_PER_EPOCH, ImageGanOptions

SHOWN = 16  # images of a frame


def fit_image_gan(options: ImageGanOptions, images: Images, name: str, monitor: Monitor | None = None) -> PixelGan:
    """Train a GAN on `images`, (n, size, size) grey or (n, size, size, 3) RGB, all of one class.

    Raises RunError if they are too few or a loss is not a number, and `Stopped` if the monitor says so.
    """
    if len(images) < FEWEST_IMAGES:
        raise RunError(
            f"Class {options.label}: {len(images)} images to train on, at least {FEWEST_IMAGES} are needed to learn "
            "from. Choose another class or more records."
        )
    channels = 1 if images.ndim == 3 else images.shape[3]
    torch.manual_seed(options.seed)
    generator, critic = ImageGenerator(options.size, channels), ImageCritic(options.size, channels)
    steps = options.epochs * STEPS_PER_EPOCH
    adversaries = Adversaries(generator, critic, options.learning_rate, options.penalty, steps)
    shown = PixelGan(options, {}, name).draw(SHOWN, np.random.default_rng(options.seed))

    def real(batch: Tensor) -> Items:
        return (torch.from_numpy(to_ink(images[batch.numpy()])),)

    def make(network: nn.Module, rows: Tensor) -> Items:
        made: Tensor = network(torch.randn(len(rows), N_NOISE))
        return (made,)

    def trained() -> PixelGan:
        return PixelGan(options, module_arrays(adversaries.average), name)

    def frame() -> npt.NDArray[Any]:
        return trained().make(*shown)  # (16, size, size[, 3])

    train_gan(adversaries, len(images), real, make, frame, options, monitor or Monitor(), {})
    return trained()
