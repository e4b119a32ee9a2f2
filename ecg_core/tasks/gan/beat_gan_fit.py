"""The part of a beat GAN's training that needs torch."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.synthetic import RHYTHM
from ecg_core.errors import RunError
from ecg_core.learning.checkpoint import module_arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.beat_gan import BeatCritic, BeatGenerator, Texture, low_pass
from ecg_core.networks.beat_gan_numpy import N_NOISE
from ecg_core.tasks.gan.adversarial import Adversaries, Items
from ecg_core.tasks.gan.beat_gan import BeatGan, Scaler
from ecg_core.tasks.gan.loop import train_gan
from ecg_core.tasks.gan.mixture import Mixture, fit_mixture
from ecg_core.tasks.gan.options import FEWEST_BEATS, STEPS_PER_EPOCH, GanOptions

SHOWN = 12  # beats of a frame


def beats_to_learn(beats: BeatSet, beat_class: str) -> npt.NDArray[np.int64]:
    """Rows of the class that are not excluded. Raises RunError, with the number, if they are too few."""
    rows = beats.rows_of(beat_class)
    if len(rows) < FEWEST_BEATS:
        raise RunError(
            f"Class {beat_class}: {len(rows)} beats in the training records, at least {FEWEST_BEATS} are needed to "
            "learn from. Choose another class or more records."
        )
    return rows


def fit_beat_gan(options: GanOptions, beats: BeatSet, name: str, monitor: Monitor | None = None) -> BeatGan:
    """Train a GAN on the beats of one class of `beats`, which must hold training records and nothing else.

    Raises RunError if the class has too few beats or a loss is not a number, and `Stopped` if the monitor says so.
    """
    monitor = monitor or Monitor()
    rows = beats_to_learn(beats, options.beat_class)
    signals = np.asarray(beats.signals[rows])
    rhythm = beats.table[list(RHYTHM)].to_numpy(dtype=np.float64)[rows]
    scaler = Scaler.fit(signals, rhythm)
    encoded = scaler.encode(signals, rhythm)  # (n, n_leads n_points + 4)
    resumed = monitor.load()
    if resumed:
        mixture = Mixture.from_arrays(resumed.arrays, "mixture.")
    else:
        monitor.phase("Grouping beats", 0, 1)
        mixture = fit_mixture(encoded, options.beats_per_component, options.seed)
    gan = BeatGan(options, beats.config, beats.records, scaler, mixture, {}, name)
    shown = gan.draw(SHOWN, np.random.default_rng(options.seed))

    torch.manual_seed(options.seed)
    n_leads, n_points = signals.shape[1:]
    generator = BeatGenerator(n_leads, len(mixture.weight))
    critic = BeatCritic(n_leads, n_points)
    steps = options.epochs * STEPS_PER_EPOCH
    adversaries = Adversaries(generator, critic, options.learning_rate, options.penalty, steps)
    x, context = (torch.from_numpy(part.copy()) for part in scaler.split(encoded))
    weight, mean, factors = (torch.from_numpy(a) for a in (mixture.weight, mixture.mean, mixture.factors))

    texture = Texture(x)

    def real(batch: Tensor) -> Items:
        return x[batch], context[batch], texture(x[batch])

    def make(network: nn.Module) -> Items:
        component = torch.multinomial(weight, options.batch_size, replacement=True)
        z = torch.randn(options.batch_size, 1, mixture.rank)
        start = mean[component] + (z @ factors[component])[:, 0]  # (B, n_leads n_points + 4)
        beat, rhythm_of_it = start[:, : -len(RHYTHM)].view(-1, n_leads, n_points), start[:, -len(RHYTHM) :]
        made, when = network(beat, rhythm_of_it, component, torch.randn(options.batch_size, N_NOISE))
        return made, when, texture(made)

    def trained() -> BeatGan:
        weights = module_arrays(adversaries.average) | {"filter": low_pass()}
        return replace(gan, weights=weights)

    def frame() -> npt.NDArray[Any]:
        return trained().make(*shown)[0]  # (12, n_leads, n_points) mV

    kept = mixture.to_arrays("mixture.")
    train_gan(adversaries, len(rows), real, make, frame, options, monitor, kept)
    return trained()
