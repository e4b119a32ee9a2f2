"""The named space in which distributions of ECG images are compared: principal components of recorded images."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from ecg_core.errors import DataError
from ecg_core.evaluation.image_set import RecordedImages
from ecg_core.evaluation.trace_reading import ink_of

Array = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]
COMPONENTS = 32
IMAGES_PER_CLASS = 1000
CHUNK = 1024
"""Images reduced at a time."""


def half_side(images: Pixels) -> npt.NDArray[np.float32]:
    """Images as ink, 0 to 1, at half their side: (n, size, size[, 3]) uint8 to (n, size^2 / 4), means of 2 x 2 pixels.

    At half the side a trace that lies a pixel lower is still much the same image; at the full side it is another.
    """
    n, height, width = images.shape[:3]
    found = np.empty((n, (height // 2) * (width // 2)), np.float32)
    for start in range(0, n, CHUNK):
        ink = ink_of(images[start : start + CHUNK])[:, : height // 2 * 2, : width // 2 * 2]
        small = ink.reshape(len(ink), height // 2, 2, width // 2, 2).mean(axis=(2, 4))
        found[start : start + CHUNK] = small.reshape(len(ink), -1)
    return found


@dataclass(frozen=True)
class ImageEmbedding:
    """Images as scores on the principal components of recorded training images at half their side.

    A linear map that anybody can make again from the training images; it has seen no synthetic image and none of the
    test records. The scores are not whitened; their unit is that of ink summed over the pixels of half the side.
    """

    name: str
    """`image-pca-32`: what a Fréchet distance measured in it must be quoted with."""
    mean: Array = field(repr=False)
    """(n_pixels,) ink."""
    components: Array = field(repr=False)
    """(n_components, n_pixels), orthonormal rows."""
    explained: float
    """Share of the variance of the training images that the components keep, 0 to 1."""

    @classmethod
    def fit(cls, train: RecordedImages, seed: int, n_components: int = COMPONENTS) -> "ImageEmbedding":
        """Learn from recorded training images.

        The same number of each class is drawn (with replacement where a class has fewer than 1,000), so that the
        common class does not decide alone. Raises DataError if there are fewer than two images.
        """
        if len(train) < 2:
            raise DataError(f"{len(train)} recorded images: nothing to embed in.")
        rng = np.random.default_rng(seed)
        drawn = []
        for name in np.unique(train.beat_class):
            rows = train.rows_of(str(name))
            drawn.append(np.sort(rng.choice(rows, IMAGES_PER_CLASS, replace=len(rows) < IMAGES_PER_CLASS)))
        small = half_side(train.images[np.concatenate(drawn)])
        mean = small.mean(axis=0, dtype=np.float64)
        small -= mean.astype(np.float32)
        spread = (small.T @ small).astype(np.float64) / len(small)
        k = min(n_components, len(spread))
        values, vectors = eigh(spread, subset_by_index=[len(spread) - k, len(spread) - 1])  # ascending
        components = vectors[:, ::-1].T
        components = (
            components * np.where(components[np.arange(k), np.abs(components).argmax(axis=1)] < 0, -1.0, 1.0)[:, None]
        )
        explained = float(values.sum() / max(np.trace(spread), np.finfo(float).tiny))
        return cls(f"image-pca-{k}", mean, np.ascontiguousarray(components), min(explained, 1.0))

    def transform(self, small: npt.NDArray[np.float32]) -> Array:
        """Scores of images at half their side (n, n_pixels), as `half_side` gives them: (n, n_components)."""
        if small.ndim != 2 or small.shape[1] != len(self.mean):
            raise DataError(
                f"Images of {small.shape[-1]} pixels at half their side, but this embedding was made for "
                f"{len(self.mean)}."
            )
        scores: Array = (small - self.mean) @ self.components.T
        return scores
