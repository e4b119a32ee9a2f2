"""The forward passes of the classifiers in numpy, so that a page can classify without importing torch.

`folded` first joins every convolution with the normalisation after it; then a convolution is one matrix product.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]
EPSILON = 1e-5  # torch's, in batch normalisation
BEATS_AT_ONCE = 64  # as much as stays in a processor's cache: larger pieces are slower
IMAGES_AT_ONCE = 64


def folded(state: Weights) -> dict[str, Array]:
    """A network's state with each `name_norm` joined into the convolution `name`, which gets a bias.

    Convolution weights become matrices (taps n_in, n_out) for `numpy`, linear ones (n_in, n_out). The square root in
    the normalisation is the only rounding: the result differs from torch's in the sixth digit.
    """
    found: dict[str, Array] = {}
    for key, stored in state.items():
        name, _, what = key.rpartition(".")
        if what != "weight" or stored.ndim < 2:
            continue
        weight = stored
        bias = state.get(f"{name}.bias", np.zeros(len(weight), np.float32))
        if f"{name}_norm.weight" in state:
            norm = {part: state[f"{name}_norm.{part}"] for part in ("weight", "bias", "running_mean", "running_var")}
            scale = norm["weight"] / np.sqrt(norm["running_var"] + np.float32(EPSILON))
            weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
            bias = norm["bias"] + (bias - norm["running_mean"]) * scale
        order = (*range(2, weight.ndim), 1, 0)  # taps, n_in, n_out
        found[f"{name}.weight"] = np.ascontiguousarray(weight.transpose(order))
        found[f"{name}.bias"] = bias.astype(np.float32)
    return found


def classify_beats(weights: Weights, signals: Array, numbers: Array) -> Array:
    """`BeatCnn` with these folded weights: signals (n, channels, points), numbers (n, d) to probabilities (n, k)."""
    parts = [
        _beats(weights, signals[first : first + BEATS_AT_ONCE], numbers[first : first + BEATS_AT_ONCE])
        for first in range(0, len(signals), BEATS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, weights["last.weight"].shape[-1]), np.float32)


def classify_images(weights: Weights, images: npt.NDArray[np.uint8]) -> Array:
    """`ImageCnn` with these folded weights: images (n, channels, side, side) uint8 to probabilities (n, k)."""
    parts = [
        _images(weights, images[first : first + IMAGES_AT_ONCE]) for first in range(0, len(images), IMAGES_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, weights["last.weight"].shape[-1]), np.float32)


def softmax(logits: Array) -> Array:
    """Probabilities of logits (n, k)."""
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Array = power / power.sum(axis=1, keepdims=True)
    return found


def _beats(w: Weights, signals: Array, numbers: Array) -> Array:
    h = np.ascontiguousarray(signals.transpose(0, 2, 1))  # (n, points, channels)
    h = _relu(_convolve(w, "stem", h, 2))
    for k in range(_count(w, "blocks")):
        name = f"blocks.{k}"
        inner = _convolve(w, f"{name}.second", _relu(_convolve(w, f"{name}.first", h, 2)))
        h = _relu(inner + _convolve(w, f"{name}.shortcut", h, 2))
    h = np.concatenate([h.mean(axis=1), h.max(axis=1)], axis=1)
    h = np.concatenate([_relu(_dense(w, "squeeze", h)), numbers], axis=1)
    for k in range(_count(w, "head")):
        h = _relu(_dense(w, f"head.{k}", h))
    return softmax(_dense(w, "last", h))


def _images(w: Weights, images: npt.NDArray[np.uint8]) -> Array:
    h: Array = np.ascontiguousarray(images.transpose(0, 2, 3, 1), np.float32) / np.float32(127.5) - np.float32(1)
    for k in range(_count(w, "convolutions")):
        h = _relu(_convolve_2d(w, f"convolutions.{k}", h))
    h = np.concatenate([h.mean(axis=(1, 2)), h.max(axis=(1, 2))], axis=1)
    return softmax(_dense(w, "last", _relu(_dense(w, "hidden", h))))


def _count(w: Weights, name: str) -> int:
    return len({key.split(".")[1] for key in w if key.startswith(f"{name}.")})


def _dense(w: Weights, name: str, x: Array) -> Array:
    found: Array = x @ w[f"{name}.weight"] + w[f"{name}.bias"]
    return found


def _relu(x: Array) -> Array:
    return np.maximum(x, 0, out=x)


def _convolve(w: Weights, name: str, h: Array, stride: int = 1) -> Array:
    """(n, length, n_in) to (n, length / stride, n_out), padded by half the taps."""
    weight = w[f"{name}.weight"]  # (taps, n_in, n_out)
    taps, n_in, n_out = weight.shape
    n, length, _ = h.shape
    reach = taps // 2
    steps = -(-length // stride)
    if taps == 1:
        found: Array = h[:, ::stride].reshape(n * steps, -1) @ weight.reshape(-1, n_out) + w[f"{name}.bias"]
        return found.reshape(n, steps, n_out)
    padded = np.zeros((n, length + 2 * reach, n_in), np.float32)
    padded[:, reach : reach + length] = h
    s = padded.strides
    columns = np.lib.stride_tricks.as_strided(padded, (n, steps, taps * n_in), (s[0], s[1] * stride, s[2]))
    found = columns.reshape(n * steps, -1) @ weight.reshape(-1, n_out)
    found += w[f"{name}.bias"]
    return found.reshape(n, steps, n_out)


def _convolve_2d(w: Weights, name: str, h: Array, stride: int = 2) -> Array:
    """(n, side, side, n_in) to (n, side / 2, side / 2, n_out), padded by half the taps."""
    weight = w[f"{name}.weight"]  # (taps, taps, n_in, n_out)
    taps, _, n_in, n_out = weight.shape
    n, side, _, _ = h.shape
    reach, steps = taps // 2, -(-side // stride)
    padded = np.zeros((n, side + 2 * reach, side + 2 * reach, n_in), np.float32)
    padded[:, reach : reach + side, reach : reach + side] = h
    s = padded.strides
    columns = np.lib.stride_tricks.as_strided(
        padded, (n, steps, steps, taps, taps * n_in), (s[0], s[1] * stride, s[2] * stride, s[1], s[3])
    )
    found: Array = columns.reshape(n * steps * steps, -1) @ weight.reshape(-1, n_out) + w[f"{name}.bias"]
    return found.reshape(n, steps, steps, n_out)
