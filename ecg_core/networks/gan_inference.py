"""The forward passes of both generators in numpy, so that a page can sample without importing torch."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]
SLOPE = 0.2
PATCH = 4
BEATS_AT_ONCE = 512
IMAGES_AT_ONCE = 16


def add_to_beats(
    weights: Weights, start: Array, rhythm: Array, component: npt.NDArray[np.int64], noise: Array
) -> tuple[Array, Array]:
    """`BeatGenerator` with these weights: (n, n_leads, n_points) and (n, 4) in the units of the start.

    `weights` are the network's state and its fixed low-pass as `filter` (21,).
    """
    beats, rhythms = np.empty_like(start), np.empty_like(rhythm)
    for first in range(0, len(start), BEATS_AT_ONCE):
        some = slice(first, first + BEATS_AT_ONCE)
        beats[some], rhythms[some] = _add(weights, start[some], rhythm[some], component[some], noise[some])
    return beats, rhythms


def _add(
    w: Weights, start: Array, rhythm: Array, component: npt.NDArray[np.int64], noise: Array
) -> tuple[Array, Array]:
    n, leads, points = start.shape
    context = np.concatenate([noise, w["component.weight"][component], rhythm], axis=1)
    gain, offset = np.split(_dense(w, "modulate", context), 2, axis=1)
    h = start.reshape(n, leads, points // PATCH, PATCH).transpose(0, 2, 1, 3).reshape(n, points // PATCH, -1)
    h = _leaky(_convolve(w, "first", h) * (1 + np.float32(0.3) * gain[:, None]) + offset[:, None])
    h = h + _leaky(_convolve(w, "second", h))
    h = h + _leaky(_convolve(w, "third", h, dilation=2))
    patches = _convolve(w, "last", h).reshape(n, points // PATCH, leads, PATCH)
    added = patches.transpose(0, 2, 1, 3).reshape(n, leads, points)
    reach = len(w["filter"]) // 2
    padded = np.pad(added, ((0, 0), (0, 0), (reach, reach)), mode="edge")
    smooth = sum((tap * padded[:, :, k : k + points] for k, tap in enumerate(w["filter"])), np.zeros_like(start))
    return start + smooth, rhythm + _dense(w, "rhythm_last", _leaky(_dense(w, "rhythm", context)))


def draw_images(weights: Weights, noise: Array) -> Array:
    """`ImageGenerator` with these weights: noise (n, 64) to (n, channels, size, size)."""
    parts = [_draw(weights, noise[first : first + IMAGES_AT_ONCE]) for first in range(0, len(noise), IMAGES_AT_ONCE)]
    return np.concatenate(parts)


def _draw(w: Weights, noise: Array) -> Array:
    n = len(noise)
    h: Array = _leaky(_dense(w, "first", noise)).reshape(n, -1, 4, 4).transpose(0, 2, 3, 1)  # (n, side, side, channels)
    stages = sorted((name for name in w if name.startswith("stages.") and name.endswith("weight")), key=_number)
    for name in stages:
        h = _leaky(_convolve_2d(w, name.removesuffix(".weight"), h.repeat(2, axis=1).repeat(2, axis=2)))
    return np.ascontiguousarray(_convolve_2d(w, "last", h).transpose(0, 3, 1, 2))


def _number(name: str) -> int:
    return int(name.split(".")[1])


def _dense(w: Weights, name: str, x: Array) -> Array:
    found: Array = x @ w[f"{name}.weight"].T + w[f"{name}.bias"]
    return found


def _leaky(x: Array) -> Array:
    found: Array = np.maximum(x, np.float32(SLOPE) * x)
    return found


def _convolve(w: Weights, name: str, h: Array, dilation: int = 1) -> Array:
    """(n, length, channels) to the same length; the weight is (n_out, n_in, taps) as torch has it."""
    weight = w[f"{name}.weight"]
    n, length, _ = h.shape
    taps = weight.shape[2]
    reach = dilation * (taps // 2)
    padded = np.pad(h, ((0, 0), (reach, reach), (0, 0)))
    columns = np.concatenate([padded[:, k * dilation : k * dilation + length] for k in range(taps)], axis=2)
    flat = columns.reshape(n * length, -1) @ weight.transpose(2, 1, 0).reshape(-1, len(weight))
    found: Array = flat.reshape(n, length, -1) + w[f"{name}.bias"]
    return found


def _convolve_2d(w: Weights, name: str, h: Array) -> Array:
    """(n, side, side, channels) to the same side; the weight is (n_out, n_in, 3, 3) as torch has it."""
    weight = w[f"{name}.weight"]
    n, high, wide, _ = h.shape
    padded = np.pad(h, ((0, 0), (1, 1), (1, 1), (0, 0)))
    columns = np.concatenate([padded[:, i : i + high, j : j + wide] for i in range(3) for j in range(3)], axis=3)
    flat = columns.reshape(n * high * wide, -1) @ weight.transpose(2, 3, 1, 0).reshape(-1, len(weight))
    found: Array = flat.reshape(n, high, wide, -1) + w[f"{name}.bias"]
    return found
