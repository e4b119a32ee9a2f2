"""The named space in which distributions of beats are compared: principal components of recorded training beats."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import SCORED
from ecg_core.errors import DataError

Array = npt.NDArray[np.float64]
CLASSES = SCORED
"""Classes with a say. Q holds 15 beats in DS1 and DS2 together."""
COMPONENTS = 32
BEATS_PER_CLASS = 2000
SMALLEST_SCALE_MV = 1e-6  # of a lead that is flat throughout


@dataclass(frozen=True)
class PcaEmbedding:
    """Beats as scores on the principal components of the training records' recorded beats, both leads together.

    A linear map that anybody can make again from the training records; it has seen no synthetic beat and no test
    record. Each lead is divided by its standard deviation first, so that neither outweighs the other; the scores are
    in that unit and are not whitened.
    """

    name: str
    """`pca-32`: what a Fréchet distance measured in it must be quoted with."""
    mean: Array = field(repr=False)
    """(n_leads, n_points) mV."""
    scale: Array = field(repr=False)
    """(n_leads,) mV."""
    components: Array = field(repr=False)
    """(n_components, n_leads * n_points), orthonormal rows."""
    explained: float
    """Share of the variance of the training beats that the components keep, 0 to 1."""
    records: tuple[str, ...]
    """Records it was fitted on."""

    @classmethod
    def fit(cls, train: BeatSet, seed: int = 0, n_components: int = COMPONENTS) -> "PcaEmbedding":
        """Learn from the recorded beats of the training records.

        The same number of beats of each of N, S, V and F is drawn (with replacement where a class has fewer than
        2,000), so that the common class does not decide alone which shapes can be told apart. Excluded beats take no
        part. Raises DataError if fewer than two beats are there.
        """
        rng = np.random.default_rng(seed)
        beat_class = train.table["beat_class"].to_numpy()
        drawn = []
        for name in CLASSES:
            rows = np.flatnonzero(train.used & (beat_class == name))
            if len(rows):
                drawn.append(np.sort(rng.choice(rows, BEATS_PER_CLASS, replace=len(rows) < BEATS_PER_CLASS)))
        if not drawn or len(np.unique(np.concatenate(drawn))) < 2:
            raise DataError("Fewer than two beats of class N, S, V or F in the training records: nothing to embed in.")
        signals = np.concatenate([train.signals[rows] for rows in drawn]).astype(np.float64)
        return cls.of_signals(signals, train.records, n_components)

    @classmethod
    def of_signals(
        cls, signals: npt.NDArray[np.floating], records: tuple[str, ...], n_components: int = COMPONENTS
    ) -> "PcaEmbedding":
        """Learn from signals (n, n_leads, n_points) in mV of those records as they are, each with the same say."""
        signals = np.asarray(signals, np.float64)
        mean = signals.mean(axis=0)
        centred = signals - mean
        scale = np.maximum(np.sqrt((centred**2).mean(axis=(0, 2))), SMALLEST_SCALE_MV)
        flat = (centred / scale[:, None]).reshape(len(signals), -1)  # (n, n_leads * n_points)
        values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))  # ascending
        k = min(n_components, len(values))
        components = vectors[:, ::-1][:, :k].T
        components *= np.where(components[np.arange(k), np.abs(components).argmax(axis=1)] < 0, -1.0, 1.0)[:, None]
        explained = float(values[::-1][:k].sum() / max(values.sum(), SMALLEST_SCALE_MV))
        return cls(f"pca-{k}", mean, scale, np.ascontiguousarray(components), min(explained, 1.0), records)

    def transform(self, signals: npt.NDArray[np.floating]) -> Array:
        """Scores of beats (n, n_leads, n_points) in mV: (n, n_components), no unit. DataError on other shapes."""
        scores: Array = self._flat(signals) @ self.components.T
        return scores

    def residual(self, signals: npt.NDArray[np.floating]) -> Array:
        """What the components leave of each beat, (n, n_leads, n_points) in units of each lead's scale."""
        flat = self._flat(signals)
        rest: Array = (flat - flat @ self.components.T @ self.components).reshape(len(flat), *self.mean.shape)
        return rest

    def _flat(self, signals: npt.NDArray[np.floating]) -> Array:
        if signals.ndim != 3 or signals.shape[1:] != self.mean.shape:
            raise DataError(
                f"Beats of shape {signals.shape[1:]}, but this embedding was made for {self.mean.shape} "
                "(leads, points)."
            )
        flat: Array = ((signals - self.mean) / self.scale[:, None]).reshape(len(signals), -1)
        return flat


@dataclass(frozen=True)
class Map2d:
    """Recorded and synthetic beats of a class as points in one plane."""

    real: Array = field(repr=False)
    """(n, 2)"""
    fake: Array = field(repr=False)
    """(m, 2)"""
    explained: tuple[float, float]
    """Share of the recorded beats' variance along each axis, 0 to 1."""
    axes: tuple[str, str]
    """What to write along them."""


def map_2d(real: npt.NDArray[np.floating], fake: npt.NDArray[np.floating], embedding: PcaEmbedding) -> Map2d:
    """Project a class's beats to the plane in which its recorded beats differ most.

    The plane is spanned by the first two principal components of the recorded beats' scores in `embedding`; synthetic
    beats have no say in it. The same beats give the same map; each axis points where its largest loading is positive.

    Parameters
    ----------
    real, fake : (n, n_leads, n_points) and (m, n_leads, n_points) mV; at least two recorded ones
    embedding : fitted on training records

    Raises
    ------
    DataError : fewer than two recorded beats, or an embedding with fewer than two components
    """
    scores, made = embedding.transform(real), embedding.transform(fake)
    if len(scores) < 2 or scores.shape[1] < 2:
        raise DataError(
            f"{len(scores)} recorded beats with {scores.shape[1]} components: two of each needed for a map."
        )
    centre = scores.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(scores.T))  # ascending
    plane = vectors[:, [-1, -2]]  # (n_components, 2)
    plane = plane * np.where(plane[np.abs(plane).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    shares = values[[-1, -2]] / max(values.sum(), SMALLEST_SCALE_MV)
    explained = (float(shares[0]), float(shares[1]))
    axes = [
        f"Component {k + 1} of the recorded beats ({share:.0%} of their variance)" for k, share in enumerate(shares)
    ]
    return Map2d((scores - centre) @ plane, (made - centre) @ plane, explained, (axes[0], axes[1]))
