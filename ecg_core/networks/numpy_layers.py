"""The layers of a network in numpy, for forward passes that must not import torch.

They are named after `torch.nn.functional` and take a network's state by the names torch gives it: layer `name` has the
weight `{name}.weight` in torch's layout, (n_out, n_in, *taps), and the bias `{name}.bias`, (n_out,). Only what flows
between the layers is laid out differently, with its channels last, (n, length, channels) or (n, high, wide, channels):
the values under a kernel then lie side by side in memory, and a convolution is one product of matrices.

Every array is float32, and all layers take batches without a row.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]
BATCH_NORM_EPSILON = 1e-5  # added to a variance before its root is taken
LEAKY_SLOPE = 0.2  # of `leaky_relu` below zero
_TURNED_BACK = {1: (0,), 2: (1, 0), 3: (2, 1, 0), 4: (3, 2, 0, 1)}  # axes of (*taps, n_in, n_out) in torch's order


def linear(weights: Weights, name: str, x: Array) -> Array:
    """(n, n_in) to (n, n_out); the weight is (n_out, n_in)."""
    y: Array = x @ weights[f"{name}.weight"].T
    y += weights[f"{name}.bias"]
    return y


def conv1d(weights: Weights, name: str, x: Array, dilation: int = 1) -> Array:
    """(n, length, n_in) to (n, length, n_out); the weight is (n_out, n_in, taps), taps odd.

    Zeros are put around the input so that the middle tap passes over every point: torch's padding of
    dilation * (taps // 2). Raises ValueError for a weight of another n_in.
    """
    n, length, n_in = x.shape
    weight = _weight_for(weights, name, n_in)
    n_out, _, taps = weight.shape
    margin = dilation * (taps // 2)
    padded = np.zeros((n, length + 2 * margin, n_in), x.dtype) if margin else np.ascontiguousarray(x)
    if margin:
        padded[:, margin : margin + length] = x
    row, point, channel = padded.strides
    windows = _view(padded, (n, length, taps, n_in), (row, point, point * dilation, channel))
    matrix = weight.transpose(2, 1, 0).reshape(-1, n_out)  # (taps * n_in, n_out)
    y: Array = windows.reshape(n * length, taps * n_in) @ matrix
    y += weights[f"{name}.bias"]
    return y.reshape(n, length, n_out)


def conv2d(weights: Weights, name: str, x: Array, stride: int = 1) -> Array:
    """(n, high, wide, n_in) to (n, high / stride, wide / stride, n_out), both sides rounded up.

    The weight is (n_out, n_in, taps, taps), taps odd; padding and errors are as in `conv1d`.
    """
    n, high, wide, n_in = x.shape
    weight = _weight_for(weights, name, n_in)
    n_out, _, taps, _ = weight.shape
    margin, rows, columns = taps // 2, -(-high // stride), -(-wide // stride)
    padded = np.zeros((n, high + 2 * margin, wide + 2 * margin, n_in), x.dtype)
    padded[:, margin : margin + high, margin : margin + wide] = x
    image, row, column, channel = padded.strides
    strides = (image, row * stride, column * stride, row, column, channel)
    windows = _view(padded, (n, rows, columns, taps, taps, n_in), strides)
    matrix = weight.transpose(2, 3, 1, 0).reshape(-1, n_out)  # (taps * taps * n_in, n_out)
    y: Array = windows.reshape(n * rows * columns, taps * taps * n_in) @ matrix
    y += weights[f"{name}.bias"]
    return y.reshape(n, rows, columns, n_out)


def relu_(x: Array) -> Array:
    """Negative values become 0, in place, as torch's underscore says."""
    return np.maximum(x, 0, out=x)


def leaky_relu(x: Array) -> Array:
    """Negative values become a fifth of themselves."""
    y: Array = x * np.float32(LEAKY_SLOPE)
    return np.maximum(x, y, out=y)


def softmax(logits: Array) -> Array:
    """Probabilities, (n, k), each row summing to 1, of logits (n, k)."""
    power: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
    power /= power.sum(axis=1, keepdims=True)
    return power


def mean_and_max(x: Array) -> Array:
    """(n, ..., channels) to (n, 2 channels): first the means over everything between, then the maxima."""
    between = tuple(range(1, x.ndim - 1))
    mean = np.add.reduce(x, axis=between) / np.float32(math.prod(x.shape[1:-1]))
    return np.concatenate([mean, np.maximum.reduce(x, axis=between)], axis=1)


def upsample(x: Array) -> Array:
    """(n, high, wide, channels) to (n, 2 high, 2 wide, channels): each value four times, as torch's `nearest`."""
    return x.repeat(2, axis=1).repeat(2, axis=2)


def numbered(weights: Weights, name: str) -> list[str]:
    """Layers of a list such as `blocks`, in the order of their numbers: `blocks.0`, ..., `blocks.10`."""
    numbers = {int(key.split(".")[1]) for key in weights if key.startswith(f"{name}.")}
    return [f"{name}.{number}" for number in sorted(numbers)]


@cache
def _one_blas_thread() -> None:
    threadpool_limits(1, user_api="blas")


def in_batches(forward: Callable[..., Array], size: int, *inputs: npt.NDArray[Any]) -> Array:
    """`forward` of `size` rows of the inputs at a time, its results one below the other.

    If the inputs have no row, `forward` gets that as its one batch, so that the result has its usual shape. From the
    first call on numpy multiplies matrices on one thread: these are small, and threads that wait for each other make
    them ten times slower as soon as anything else, such as a training, keeps a core busy.
    """
    _one_blas_thread()
    n = len(inputs[0])
    batches = (forward(*(x[first : first + size] for x in inputs)) for first in range(0, max(n, 1), size))
    y = next(batches)
    whole = np.empty((n, *y.shape[1:]), y.dtype)
    whole[:size] = y
    for k, y in enumerate(batches, 1):
        whole[k * size : (k + 1) * size] = y
    return whole


def folded(state: Weights) -> dict[str, Array]:
    """A network's state with each batch normalisation `{name}_norm` joined into the convolution `name` before it.

    This is how classifiers are stored: every layer has a bias, and its weight has its axes turned to (*taps, n_in,
    n_out); `unfolded` turns them back. The square root in the normalisation is the only rounding: the results differ
    from torch's in the sixth digit.
    """
    weights: dict[str, Array] = {}
    for key, stored in state.items():
        name, _, what = key.rpartition(".")
        if what != "weight" or stored.ndim < 2:
            continue
        weight = stored
        bias = state.get(f"{name}.bias", np.zeros(len(weight), np.float32))
        if f"{name}_norm.weight" in state:
            norm = {part: state[f"{name}_norm.{part}"] for part in ("weight", "bias", "running_mean", "running_var")}
            scale = norm["weight"] / np.sqrt(norm["running_var"] + np.float32(BATCH_NORM_EPSILON))
            weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
            bias = norm["bias"] + (bias - norm["running_mean"]) * scale
        axes = (*range(2, weight.ndim), 1, 0)
        weights[f"{name}.weight"] = np.ascontiguousarray(weight.transpose(axes))
        weights[f"{name}.bias"] = bias.astype(np.float32)
    return weights


def unfolded(weights: Weights) -> dict[str, Array]:
    """What `folded` made in torch's layout, for the layers above: views, nothing is copied. Normalisations stay in."""
    return {key: array.transpose(_TURNED_BACK[array.ndim]) for key, array in weights.items()}


def _weight_for(weights: Weights, name: str, n_in: int) -> Array:
    weight = weights[f"{name}.weight"]
    if weight.shape[1] != n_in:
        raise ValueError(f"{name}.weight is of shape {weight.shape}: for {weight.shape[1]} channels, not for {n_in}")
    return weight


def _view(x: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Overlapping windows of contiguous memory; unlike `as_strided` it refuses to look beyond it (ValueError)."""
    return np.ndarray(shape, x.dtype, x, 0, strides)
