"""A trained beat GAN: what a page or a command samples from. Nothing here needs torch."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.synthetic import RHYTHM, SyntheticBeats
from ecg_core.errors import ModelError, RunError
from ecg_core.learning.card import Card
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import read_model, under, write_model
from ecg_core.networks.beat_gan_numpy import N_NOISE, add_to_beats
from ecg_core.tasks.gan.mixture import Mixture
from ecg_core.tasks.gan.options import GanOptions
from ecg_core.tasks.gan.parts import Parts
from ecg_core.tasks.gan.selection import Selection

Array = npt.NDArray[np.float32]
KIND = "gan"
RHYTHM_WEIGHT = 3.0
"""Rhythm is four numbers beside three hundred of signal: it counts this much more when beats are grouped."""
RHYTHM_RANGE = (0.1, 6.0)
MOST_BEATS = 100_000
BEFORE_SAMPLER = {"held_out": 0.0, "accepted": 1.0}
"""What options left unsaid in models from before there was a sampler."""
FIELDS = ("signals", "rhythm")
BEATS_AT_ONCE = 2048
MOST_TRIES = 25
"""Times as many beats as the sampler should need; if it keeps too few even then, something is wrong with the model."""
FEW_ROUNDS = 12
"""After so many a sampler keeps hardly any: from then on more beats are tried at once."""


@dataclass(frozen=True)
class Scaler:
    """Between beats in mV with rhythm in s and ratios, and the numbers a GAN sees. Fitted on training beats only."""

    lead_mv: Array
    """(n_leads,) standard deviation of each lead, mV."""
    centre: Array
    """(4,) mean ln of the rhythm columns."""
    spread: Array
    """(4,) their standard deviation."""

    @classmethod
    def fit(cls, signals: Array, rhythm: npt.NDArray[np.floating]) -> "Scaler":
        log = np.log(known_rhythm(rhythm))
        lead_mv = np.maximum(signals.std(axis=(0, 2)), 1e-3)
        return cls(*(np.asarray(a, np.float32) for a in (lead_mv, log.mean(axis=0), log.std(axis=0) + 1e-3)))

    def encode(self, signals: Array, rhythm: npt.NDArray[np.floating]) -> Array:
        """(n, n_leads, n_points) mV and (n, 4) to one row a beat, (n, n_leads n_points + 4)."""
        flat = (signals / self.lead_mv[:, None]).reshape(len(signals), -1)
        scaled = (np.log(known_rhythm(rhythm)) - self.centre) / self.spread * RHYTHM_WEIGHT
        return np.concatenate([flat, scaled], axis=1).astype(np.float32)

    def split(self, rows: Array) -> tuple[Array, Array]:
        """Rows to beats (n, n_leads, n_points) and rhythm (n, 4), still in the GAN's units."""
        return rows[:, : -len(RHYTHM)].reshape(len(rows), len(self.lead_mv), -1), rows[:, -len(RHYTHM) :]

    def decode(self, beats: Array, rhythm: Array) -> tuple[Array, Array]:
        """The way back from the GAN's units: mV, and s and ratios within the range of human rhythm."""
        log = rhythm / RHYTHM_WEIGHT * self.spread + self.centre
        return beats * self.lead_mv[:, None], np.clip(np.exp(log), *RHYTHM_RANGE).astype(np.float32)


@dataclass(frozen=True)
class Candidates:
    """Beats a generator made, before the sampler chose among them."""

    signals: Array = field(repr=False)
    """(n, n_leads, n_points) mV."""
    rhythm: Array = field(repr=False)
    """(n, 4) s and ratios."""
    kept: npt.NDArray[np.bool_] = field(repr=False)
    """(n,)"""


@dataclass(frozen=True)
class BeatGan:
    """Makes beats of one class, all leads and the rhythm together."""

    options: GanOptions
    config: BeatConfig
    records: tuple[str, ...]
    """Records it was trained on; a synthetic beat carries them."""
    scaler: Scaler
    mixture: Mixture = field(repr=False)
    weights: Arrays = field(repr=False)
    """Of the generator's running average, with what is fixed in it; empty: the mixture alone."""
    name: str = "unnamed"
    selection: Selection | None = None
    """Which of its beats are kept; None: all."""

    @property
    def beat_class(self) -> str:
        return self.options.beat_class

    def draw(self, n: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], Array, Array]:
        """What a beat is made from: components (n,), their coordinates (n, rank), noise (n, 16)."""
        return *self.mixture.draw(n, rng), rng.standard_normal((n, N_NOISE), dtype=np.float32)

    def make(self, component: npt.NDArray[np.int64], z: Array, noise: Array) -> tuple[Array, Array]:
        """Beats (n, n_leads, n_points) mV and rhythm (n, 4) from a draw."""
        beats: list[Array] = []
        rhythms: list[Array] = []
        for first in range(0, len(component), BEATS_AT_ONCE):
            some = slice(first, first + BEATS_AT_ONCE)
            start, rhythm = self.scaler.split(self.mixture.at(component[some], z[some]))
            if self.weights:
                start, rhythm = add_to_beats(self.weights, start, rhythm, component[some], noise[some])
            made, context = self.scaler.decode(start, rhythm)
            beats.append(made)
            rhythms.append(context)
        return np.concatenate(beats), np.concatenate(rhythms)

    def sample(self, n: int, seed: int) -> SyntheticBeats:
        """Make `n` beats; the same number and seed give the same beats. Raises RunError for a number out of range."""
        if not 1 <= n <= MOST_BEATS:
            raise RunError(f"{n} synthetic beats asked for: choose 1 to {MOST_BEATS:,}.")
        if seed < 0:
            raise RunError(f"Seed {seed}: choose 0 or more.")
        rng = np.random.default_rng(seed)
        accepted = self.options.accepted if self.selection else 1.0
        blocks: list[Candidates] = []
        n_kept = n_made = 0
        while n_kept < n:
            if n_made > MOST_TRIES * (n / accepted + BEATS_AT_ONCE / 20):
                raise ModelError(f"The sampler of {self.name} keeps {n_kept} of {n_made:,} beats: train the GAN again.")
            asked = math.ceil((n - n_kept) / accepted)
            if len(blocks) >= FEW_ROUNDS:
                asked = max(asked, BEATS_AT_ONCE // 8)
            blocks.append(self.candidates(asked, rng))
            n_made += len(blocks[-1].kept)
            n_kept += int(blocks[-1].kept.sum())
        signals, rhythm = (np.concatenate([getattr(one, name)[one.kept] for one in blocks])[:n] for name in FIELDS)
        last_used = np.flatnonzero(np.concatenate([one.kept for one in blocks]))[n - 1]
        return SyntheticBeats(
            signals, rhythm, np.full(n, self.beat_class), self.config, f"{self.name}, seed {seed}", self.records,
            int(last_used) + 1 - n,
        )  # fmt: skip

    def candidates(self, n: int, rng: np.random.Generator) -> Candidates:
        """Make `n` beats and say which of them are kept."""
        signals, rhythm = self.make(*self.draw(n, rng))
        kept = np.ones(n, bool)
        if self.selection:
            kept = rng.random(n) < self.selection.acceptance(signals, rhythm)
        return Candidates(signals, rhythm, kept)


def parts_of(options: GanOptions, beats: BeatSet) -> Parts:
    """Which of the beats of its class, in the training records `beats`, a GAN of these options has seen."""
    half = options.held_out / 2
    return Parts.of(beats.rows_of(options.beat_class), half, half, options.seed)


def known_rhythm(rhythm: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """(n, 4) with what is not known (the first and last beat of a recording) replaced by the column's median, and
    everything within 0.1 to 6."""
    found = np.asarray(rhythm, np.float64)
    usual = np.nanmedian(found, axis=0)
    return np.clip(np.where(np.isfinite(found), found, usual), *RHYTHM_RANGE)


def save_gan(folder: Path, gan: BeatGan, card: Card) -> None:
    """Write weights and card; the card last."""
    arrays: Arrays = {f"generator.{name}": array for name, array in gan.weights.items()}
    arrays |= Mixture.stored(gan.mixture.to_arrays("mixture."), "mixture.")
    arrays |= {f"scaler.{name}": getattr(gan.scaler, name) for name in ("lead_mv", "centre", "spread")}
    if gan.selection:
        arrays |= gan.selection.to_arrays("selection.")
    write_model(folder, card, arrays)


def load_gan(folder: Path, name: str = "") -> tuple[BeatGan, Card]:
    """Load a beat GAN and its card. Raises ModelError if a file is missing, damaged, or of another kind."""
    card, stored = read_model(folder, KIND)
    arrays = stored.arrays
    try:
        gan = BeatGan(
            GanOptions.from_json({**BEFORE_SAMPLER, **card.options}),
            preparation_of(card).config,
            card.split.train,
            Scaler(*(arrays[f"scaler.{key}"] for key in ("lead_mv", "centre", "spread"))),
            Mixture.from_arrays(arrays, "mixture."),
            under(arrays, "generator."),
            name or folder.name,
            Selection.from_arrays(arrays, "selection.") if under(arrays, "selection.") else None,
        )
        found = gan.candidates(1, np.random.default_rng(0))  # every array is there and fits
        signals, rhythm = found.signals, found.rhythm
        if not (np.isfinite(signals).all() and np.isfinite(rhythm).all()):
            raise ValueError("it makes what are no numbers")
        if signals.shape != (1, gan.config.n_leads, len(gan.config.times_s)) or rhythm.shape != (1, len(RHYTHM)):
            raise ValueError(f"beats of shape {signals.shape[1:]} do not fit the preparation")
    except (KeyError, TypeError, ValueError, IndexError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({str(error)[:200]}).") from None
    return gan, card
