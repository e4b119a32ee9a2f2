"""The forward pass of `BeatCnn` in numpy, and the stride that both passes share."""

import numpy as np

from ecg_core.networks.numpy_layers import (
    Array,
    Weights,
    conv1d,
    in_batches,
    linear,
    mean_and_max,
    numbered,
    relu_,
    softmax,
    unfolded,
)

STRIDE = 2  # of the stem, of each block's first convolution and of its shortcut
BATCH_SIZE = 128  # beats: as many as stay near a processor, and enough that two threads seldom wait for each other


def classify_beats(weights: Weights, signals: Array, numbers: Array, at_once: int = BATCH_SIZE) -> Array:
    """Probabilities of the classes, (n, n_classes) float32, a row summing to 1.

    Parameters
    ----------
    weights : of a trained `BeatCnn`, as `folded` gives them
    signals : (n, channels, points) float32
    numbers : (n, n_numbers) float32
    at_once : beats of a product of matrices; of another number it may differ in the eighth digit
    """
    layers = unfolded(weights)
    return in_batches(lambda *batch: _forward(layers, *batch), at_once, signals, numbers)


def _forward(w: Weights, signals: Array, numbers: Array) -> Array:
    h = np.ascontiguousarray(signals.transpose(0, 2, 1), np.float32)  # (n, points, channels)
    h = relu_(conv1d(w, "stem", h, STRIDE))  # (n, points / 2, 16)
    for block in numbered(w, "blocks"):
        residual = conv1d(w, f"{block}.second", relu_(conv1d(w, f"{block}.first", h, STRIDE)))
        residual += conv1d(w, f"{block}.shortcut", h, STRIDE)
        h = relu_(residual)  # (n, half the length, width)
    h = relu_(linear(w, "squeeze", mean_and_max(h)))  # (n, 24)
    h = np.concatenate([h, numbers], axis=1)  # (n, 24 + n_numbers)
    for layer in numbered(w, "head"):
        h = relu_(linear(w, layer, h))
    return softmax(linear(w, "last", h))
