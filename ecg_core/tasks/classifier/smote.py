"""SMOTE: new rows between a rare row and one of its nearest neighbours of the same class.

Chawla et al. 2002, "SMOTE: synthetic minority over-sampling technique" (doi 10.1613/jair.953). Twenty lines on
scikit-learn's neighbours, rather than one more dependency: signals and numbers are interpolated together, which a
library would want flattened.
"""

import numpy as np

from ecg_core.errors import DataError
from ecg_core.tasks.classifier.inputs import Inputs, Rows

NEIGHBOURS = 5


def smote(inputs: Inputs, rows: Rows, n: int, rng: np.random.Generator) -> Inputs:
    """`n` rows on the lines between `rows`, all of one class, and their five nearest neighbours among them.

    Raises DataError if there are fewer than two rows.
    """
    from sklearn.neighbors import NearestNeighbors  # half a second, which pages need not wait for

    if len(rows) < 2:
        raise DataError(f"{len(rows)} beat of a class: SMOTE needs at least 2 to draw others between them.")
    signals, numbers = inputs.signals[rows], inputs.numbers[rows]
    flat = np.concatenate([signals.reshape(len(rows), -1), numbers], axis=1)
    k = min(NEIGHBOURS, len(rows) - 1)
    near = NearestNeighbors(n_neighbors=k + 1).fit(flat).kneighbors(flat, return_distance=False)[:, 1:]
    start = rng.integers(0, len(rows), n)
    end = near[start, rng.integers(0, k, n)]
    share = rng.random(n, dtype=np.float32)
    return Inputs(
        signals[start] + share[:, None, None] * (signals[end] - signals[start]),
        numbers[start] + share[:, None] * (numbers[end] - numbers[start]),
    )
