"""Images of one class with all that is measured of them, computed once; and pairs of such groups, as figures need."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.panel import ImageGeometry
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.evaluation.halves import Halves
from ecg_core.evaluation.image_embedding import ImageEmbedding, half_side
from ecg_core.evaluation.image_set import RecordedImages
from ecg_core.evaluation.trace_reading import read_traces, trace_features
from ecg_core.evaluation.two_sample import telling_features

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
TRACES_PER_CLASS = 1000
TRACE_COMPONENTS = 16


@dataclass(frozen=True)
class Side:
    """Images of one class, with all that is measured of them computed once."""

    images: Pixels = field(repr=False)
    small: npt.NDArray[np.float32] = field(repr=False)
    """(n, n_pixels) at half the side."""
    scores: npt.NDArray[np.float64] = field(repr=False)
    """(n, n_components) in the embedding."""
    telling: npt.NDArray[np.float64] | None = field(repr=False)
    """(n, n_features) of the trace read back; None where it cannot be read."""
    measured: pd.DataFrame | None = field(repr=False)
    """R amplitude and QRS width of the first panel."""

    def __len__(self) -> int:
        return len(self.images)


Pairs = Iterable[tuple[Side, Rows, Side, Rows]]
"""Two sides, and which of their images are compared."""


class Sides:
    """Makes sides, all in the same two embeddings: that of images, and one of the traces read from training images."""

    def __init__(
        self, train: RecordedImages, geometry: ImageGeometry | None, embedding: ImageEmbedding, seed: int
    ) -> None:
        self.geometry, self.embedding = geometry, embedding
        self.traces: PcaEmbedding | None = None
        if geometry:
            rng = np.random.default_rng([seed, 7])
            each = [train.rows_of(str(name)) for name in np.unique(train.beat_class)]
            n = TRACES_PER_CLASS
            rows = np.concatenate([rng.choice(some, n, replace=len(some) < n) for some in each])
            mv = np.nan_to_num(read_traces(train.images[rows], geometry).mv)
            self.traces = PcaEmbedding.of_signals(mv, (), TRACE_COMPONENTS)

    def of(self, images: Pixels) -> Side:
        """(n, size, size[, 3]) uint8."""
        small = half_side(images)
        scores = self.embedding.transform(small)
        if self.geometry is None or self.traces is None:
            return Side(images, small, scores, None, None)
        read = read_traces(images, self.geometry)
        return Side(images, small, scores, telling_features(np.nan_to_num(read.mv), self.traces), trace_features(read))


def drawn(real: Side, among: Rows, fake: Side, n: int, draws: int, rng: np.random.Generator) -> Pairs:
    """So many times n images of either side; of the real ones, among those rows."""
    for _ in range(draws):
        yield real, rng.choice(among, n, replace=False), fake, rng.choice(len(fake), n, replace=False)


def dealt(real: Side, splits: Iterable[Halves], n: int, rng: np.random.Generator) -> Pairs:
    """n images of each of two groups of patients, for each way to deal them out."""
    for split in splits:
        assert split.first is not None
        first, second = np.flatnonzero(split.first), np.flatnonzero(~split.first)
        yield real, rng.choice(first, n, replace=False), real, rng.choice(second, n, replace=False)


def parted(real: Side, n: int, draws: int, rng: np.random.Generator) -> Pairs:
    """So many times n images and n others, whoever's they are; fewer where there are not so many."""
    for _ in range(draws):
        rows = rng.permutation(len(real))
        half = min(n, len(rows) // 2)
        yield real, rows[:half], real, rows[half : 2 * half]
