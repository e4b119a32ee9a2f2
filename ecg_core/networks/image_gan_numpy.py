"""The forward pass of `ImageGenerator` in numpy, and the constants that both passes share."""

import numpy as np

from ecg_core.networks.numpy_layers import Array, Weights, conv2d, in_batches, leaky_relu, linear, numbered, upsample

N_NOISE = 64
FIRST_SIDE = 4  # pixels from which the image grows
BATCH_SIZE = 16  # images


def draw_images(weights: Weights, noise: Array) -> Array:
    """Images (n, channels, size, size) float32, values about -1 (ground) to 1 (ink).

    Parameters
    ----------
    weights : the state of a trained `ImageGenerator`
    noise : (n, 64) float32, standard normal
    """
    return in_batches(lambda batch: _forward(weights, batch), BATCH_SIZE, noise)


def _forward(w: Weights, noise: Array) -> Array:
    h = leaky_relu(linear(w, "first", noise))  # (n, 96 * 4 * 4), channels first
    channels = h.shape[1] // FIRST_SIDE**2
    h = h.reshape(len(noise), channels, FIRST_SIDE, FIRST_SIDE).transpose(0, 2, 3, 1)  # (n, 4, 4, 96)
    for stage in numbered(w, "stages"):
        h = leaky_relu(conv2d(w, stage, upsample(h)))  # (n, twice the side, twice the side, fewer channels)
    return np.ascontiguousarray(conv2d(w, "last", h).transpose(0, 3, 1, 2))
