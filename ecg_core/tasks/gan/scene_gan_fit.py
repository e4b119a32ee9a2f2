"""The part of the training of an image GAN that leads a pen which needs torch."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_scenes
from ecg_core.beats.scenes import scenes
from ecg_core.learning.checkpoint import module_arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.beat_gan import BeatGenerator, low_pass
from ecg_core.networks.beat_gan_numpy import N_NOISE
from ecg_core.networks.image_gan import ImageCritic
from ecg_core.networks.scene_pen import ScenePen
from ecg_core.tasks.gan.adversarial import Adversaries, Items
from ecg_core.tasks.gan.image_gan import to_ink
from ecg_core.tasks.gan.loop import train_gan
from ecg_core.tasks.gan.mixture import Mixture, fit_mixture
from ecg_core.tasks.gan.mixture_draws import MixtureDraws
from ecg_core.tasks.gan.options import STEPS_PER_EPOCH, ImageGanOptions
from ecg_core.tasks.gan.scene_gan import NUMBERS_WEIGHT, SMALLEST_MV, SceneGan, SceneScaler

SHOWN = 16  # images of a frame
COMPONENTS, RANK = 128, 20
"""Of the mixture, at most, so that a model stays below 5 MB: a scene is twice as long as a beat."""
GREY_STEP = 1 / 127.5
"""Recorded images are rounded to whole greys; all are blurred by as much, or the critic would go by that."""


def fit_scene_gan(
    options: ImageGanOptions, beats: BeatSet, rows: npt.NDArray[np.int64], name: str, monitor: Monitor | None = None
) -> SceneGan:
    """Train a GAN on images of some rows of `beats`, all of one class and drawn as the options say.

    `beats` must hold whole training recordings. Raises RunError if a loss is not a number, and `Stopped` if the monitor
    says so.
    """
    monitor = monitor or Monitor()
    shown = scenes(beats, rows, options.form)
    scaler = SceneScaler.fit(shown)
    encoded = scaler.encode(shown)
    resumed = monitor.load()
    if resumed:
        mixture = Mixture.from_arrays(resumed.arrays, "mixture.")
    else:
        monitor.phase("Grouping beats", 0, 1)
        mixture = fit_mixture(encoded, options.beats_per_component, options.seed, RANK, COMPONENTS)
    gan = SceneGan(options, {}, name, scaler, mixture, shown.times_s)
    of_frame = gan.draw(SHOWN, np.random.default_rng(options.seed))

    torch.manual_seed(options.seed)
    images = torch.from_numpy(to_ink(draw_scenes(shown, options.drawing)))
    n_signals, n_leads, n_points = len(scaler.lead), shown.beats.shape[1], len(shown.times_s)
    generator = BeatGenerator(n_signals, mixture.n_components, None, len(scaler.centre))
    critic = ImageCritic(options.size, images.shape[1], mixture.n_components)
    steps = options.epochs * STEPS_PER_EPOCH
    adversaries = Adversaries(generator, critic, options.learning_rate, options.penalty, steps)
    pen = ScenePen(options.drawing, shown.times_s)
    drawn = MixtureDraws(mixture)
    lead, centre, spread = (torch.from_numpy(a) for a in (scaler.lead, scaler.centre, scaler.spread))

    def blurred(pixels: Tensor) -> Tensor:
        return pixels + GREY_STEP * (torch.rand_like(pixels) - 0.5)

    def real(batch: Tensor) -> Items:
        return blurred(images[batch]), drawn.component[batch]

    def make(network: nn.Module, batch: Tensor) -> Items:
        start, component = drawn.near(batch)
        n_numbers = len(centre)
        signals, numbers = start[:, :-n_numbers].view(-1, n_signals, n_points), start[:, -n_numbers:]
        signals, numbers = network(signals, numbers, component, torch.randn(len(batch), N_NOISE))
        signals, numbers = signals * lead[:, None], numbers / NUMBERS_WEIGHT * spread + centre
        unit_mv = numbers[:, :n_leads].exp().clamp(min=SMALLEST_MV)
        return blurred(pen(signals[:, :n_leads], signals[:, n_leads:], unit_mv, numbers[:, n_leads:])), component

    def trained() -> SceneGan:
        return replace(gan, weights=module_arrays(adversaries.average) | {"filter": low_pass()})

    def frame() -> npt.NDArray[Any]:
        return trained().make(*of_frame)  # (16, size, size[, 3])

    kept = mixture.to_arrays("mixture.")
    train_gan(adversaries, len(rows), real, make, frame, options, monitor, kept)
    return trained()
