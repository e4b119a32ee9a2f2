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
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.learning.checkpoint import module_arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.beat_gan import BeatCritic, BeatGenerator, Texture, low_pass
from ecg_core.networks.beat_gan_numpy import N_NOISE
from ecg_core.tasks.gan.adversarial import Adversaries, Items
from ecg_core.tasks.gan.beat_gan import BeatGan, Scaler, known_rhythm, parts_of
from ecg_core.tasks.gan.loop import train_gan
from ecg_core.tasks.gan.mixture import Mixture, fit_mixture
from ecg_core.tasks.gan.mixture_draws import MixtureDraws
from ecg_core.tasks.gan.options import FEWEST_BEATS, STEPS_PER_EPOCH, GanOptions
from ecg_core.tasks.gan.parts import Parts
from ecg_core.tasks.gan.selection import Beats, Selection

SHOWN = 12  # beats of a frame
MADE_FOR_CRITIC, MADE_FOR_ONE = 8000, 25
"""Beats made to fit the sampler's critic, and as many again to set how strict it is, at most; 25 for one recorded beat
are enough."""


def beats_to_learn(beats: BeatSet, beat_class: str, fewest: int = FEWEST_BEATS) -> npt.NDArray[np.int64]:
    """Rows of the class that are not excluded. Raises RunError, with the number, if they are too few."""
    rows = beats.rows_of(beat_class)
    if len(rows) < fewest:
        raise RunError(
            f"Class {beat_class}: {len(rows)} beats in the training records, at least {fewest} are needed to "
            "learn from. Choose another class or more records."
        )
    return rows


def fit_beat_gan(
    options: GanOptions, beats: BeatSet, name: str, monitor: Monitor | None = None, fewest: int = FEWEST_BEATS
) -> BeatGan:
    """Train a GAN on the beats of one class of `beats`, which must hold training records and nothing else.

    Of these beats it learns from a part only (`Parts.of` with the options' share and seed).

    Raises RunError if the class has too few beats or a loss is not a number, and `Stopped` if the monitor says so.
    """
    monitor = monitor or Monitor()
    beats_to_learn(beats, options.beat_class, fewest)
    parts = parts_of(options, beats)
    signals, rhythm = _of_rows(beats, parts.learned)
    scaler = Scaler.fit(signals, rhythm)
    encoded = scaler.encode(signals, rhythm)  # (n, n_leads n_points + 4)
    embedding = PcaEmbedding.fit(beats, options.seed)
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
    shape = _directions(embedding, scaler)
    generator = BeatGenerator(n_leads, mixture.n_components, (torch.from_numpy(shape[0]), torch.from_numpy(shape[1])))
    critic = BeatCritic(n_leads, n_points, mixture.n_components)
    steps = options.epochs * STEPS_PER_EPOCH
    adversaries = Adversaries(generator, critic, options.learning_rate, options.penalty, steps)
    x, context = (torch.from_numpy(part.copy()) for part in scaler.split(encoded))
    drawn = MixtureDraws(mixture)

    texture = Texture(x)

    def real(batch: Tensor) -> Items:
        return x[batch], context[batch], texture(x[batch]), drawn.component[batch]

    def make(network: nn.Module, batch: Tensor) -> Items:
        start, component = drawn.near(batch)  # (B, n_leads n_points + 4)
        beat, rhythm_of_it = start[:, : -len(RHYTHM)].view(-1, n_leads, n_points), start[:, -len(RHYTHM) :]
        made, when = network(beat, rhythm_of_it, component, torch.randn(len(batch), N_NOISE))
        return made, when, texture(made), component

    def trained() -> BeatGan:
        weights = module_arrays(adversaries.average) | {"filter": low_pass()}
        weights |= {"shape.read": shape[0], "shape.write": shape[1]}
        return replace(gan, weights=weights)

    def frame() -> npt.NDArray[Any]:
        return trained().make(*shown)[0]  # (12, n_leads, n_points) mV

    kept = mixture.to_arrays("mixture.")
    train_gan(adversaries, len(parts.learned), real, make, frame, options, monitor, kept)
    if options.accepted == 1:
        return trained()
    monitor.phase("Fitting the sampler", 0, 1)
    return with_selection(trained(), beats, parts, embedding)


def with_selection(gan: BeatGan, beats: BeatSet, parts: Parts, embedding: PcaEmbedding) -> BeatGan:
    """The same with a sampler, fitted on the recorded beats that were learned from and those set aside for it."""
    options = gan.options
    rng = np.random.default_rng([options.seed, 1])
    signals, rhythm = _of_rows(beats, np.sort(np.concatenate([parts.learned, parts.sampler])))
    recorded = (signals, known_rhythm(rhythm).astype(np.float32))
    n = min(MADE_FOR_CRITIC, MADE_FOR_ONE * len(signals))
    made, fresh = (gan.make(*gan.draw(n, rng)) for _ in range(2))
    return replace(gan, selection=Selection.fit(embedding, recorded, made, fresh, options.accepted, options.seed))


def _of_rows(beats: BeatSet, rows: npt.NDArray[np.int64]) -> tuple[Beats, npt.NDArray[np.float64]]:
    return np.asarray(beats.signals[rows]), beats.table[list(RHYTHM)].to_numpy(dtype=np.float64)[rows]


def _directions(embedding: PcaEmbedding, scaler: Scaler) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The embedding's components, to read a GAN's units by and to write them with, (k, n_leads n_points) each."""
    k, points = len(embedding.components), embedding.mean.shape[1]
    ratio = np.repeat(scaler.lead_mv / embedding.scale, points)  # (n_leads n_points,)
    return (
        (embedding.components * ratio).astype(np.float32).reshape(k, -1),
        (embedding.components / ratio).astype(np.float32).reshape(k, -1),
    )
