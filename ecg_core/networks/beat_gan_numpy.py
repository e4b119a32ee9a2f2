"""The forward pass of `BeatGenerator` in numpy, and the constants that both passes share."""

import numpy as np
import numpy.typing as npt

from ecg_core.networks.numpy_layers import Array, Weights, conv1d, in_batches, leaky_relu, linear

N_NOISE = 16
N_RHYTHM = 4
PATCH = 4  # neighbouring points that become channels
GAIN = 0.3  # by how much an output of 1 of the modulation raises its channel
DILATION = 2  # of the third convolution
BATCH_SIZE = 512  # beats


def add_to_beats(
    weights: Weights, start: Array, rhythm: Array, component: npt.NDArray[np.int64], noise: Array
) -> tuple[Array, Array]:
    """Beats (n, n_leads, n_points) and rhythm (n, 4), in the units of the start.

    Parameters
    ----------
    weights : the state of a trained `BeatGenerator`, and what is fixed in it: the low-pass as `filter`, (21,), and the
        directions of shape it leaves alone as `shape.read` and `shape.write`, (k, n_leads n_points) each, if any
    start : (n, n_leads, n_points) float32, n_points a multiple of 4
    rhythm : (n, 4) float32
    component : (n,) int64, of the mixture that the start was drawn from
    noise : (n, 16) float32, standard normal
    """
    context = np.concatenate([noise, weights["component.weight"][component], rhythm], axis=1)  # (n, 36)
    beats = in_batches(lambda *batch: _beats(weights, *batch), BATCH_SIZE, start, context)
    return beats, in_batches(lambda *batch: _rhythm(weights, *batch), BATCH_SIZE, rhythm, context)


def _beats(w: Weights, start: Array, context: Array) -> Array:
    n, leads, points = start.shape
    length = points // PATCH
    gain, offset = np.split(linear(w, "modulate", context)[:, None], 2, axis=2)  # (n, 1, 64) each
    h = start.reshape(n, leads, length, PATCH).transpose(0, 2, 1, 3).reshape(n, length, leads * PATCH)
    h = leaky_relu(conv1d(w, "first", h) * (1 + np.float32(GAIN) * gain) + offset)  # (n, n_points / 4, 64)
    h = h + leaky_relu(conv1d(w, "second", h))
    h = h + leaky_relu(conv1d(w, "third", h, dilation=DILATION))
    patches = conv1d(w, "last", h).reshape(n, length, leads, PATCH)
    added = _low_passed(w["filter"], patches.transpose(0, 2, 1, 3).reshape(n, leads, points))
    if "shape.read" in w:
        of_shape = added.reshape(n, leads * points) @ w["shape.read"].T @ w["shape.write"]
        added -= of_shape.reshape(n, leads, points)
    return start + added


def _rhythm(w: Weights, rhythm: Array, context: Array) -> Array:
    return rhythm + linear(w, "rhythm_last", leaky_relu(linear(w, "rhythm", context)))


def _low_passed(taps: Array, x: Array) -> Array:
    """(n, n_leads, n_points) of the same shape; at both ends the outermost value goes on."""
    margin, points = len(taps) // 2, x.shape[2]
    padded = np.pad(x, ((0, 0), (0, 0), (margin, margin)), mode="edge")
    smooth = np.zeros_like(x)
    for k, tap in enumerate(taps):
        smooth += tap * padded[:, :, k : k + points]
    return smooth
