"""The forward pass of `ImageCnn` in numpy, and the stride that both passes share."""

import math

import numpy as np
import numpy.typing as npt

from ecg_core.networks.numpy_layers import (
    Array,
    Weights,
    conv2d,
    in_batches,
    linear,
    mean_and_max,
    numbered,
    relu_,
    softmax,
    unfolded,
)

STRIDE = 2
BATCH_SIZE = 64  # images


def classify_images(weights: Weights, images: npt.NDArray[np.uint8]) -> Array:
    """Probabilities of the classes, (n, n_classes) float32, a row summing to 1.

    Parameters
    ----------
    weights : of a trained `ImageCnn`, as `folded` gives them
    images : (n, channels, size, size) uint8
    """
    layers = unfolded(weights)
    return in_batches(lambda batch: _forward(layers, batch), BATCH_SIZE, images)


def _forward(w: Weights, images: npt.NDArray[np.uint8]) -> Array:
    h = images.transpose(0, 2, 3, 1).astype(np.float32, order="C")  # (n, size, size, channels), a copy
    h /= np.float32(127.5)
    h -= np.float32(1)  # -1 to 1
    for layer in numbered(w, "convolutions"):
        h = relu_(conv2d(w, layer, h, STRIDE))  # (n, half the side, half the side, width)
    places = h.reshape(len(h), math.prod(h.shape[1:]))  # (n, 4 * 4 * width)
    if w["hidden.weight"].size != w["hidden.bias"].size * places.shape[1]:  # a network from before it saw places
        places = mean_and_max(h)
    h = relu_(linear(w, "hidden", places))  # (n, 32)
    return softmax(linear(w, "last", h))
