"""The forward pass of `BeatCnn` in numpy, and the stride that both passes share."""

from functools import cache

import numpy as np

from ecg_core.networks.line import Convolution, Line
from ecg_core.networks.numpy_layers import (
    Array,
    Weights,
    in_batches,
    linear,
    mean_and_max,
    numbered,
    relu_,
    softmax,
    unfolded,
)

STRIDE = 2  # of the stem, of each block's first convolution and of its shortcut
BATCH_SIZE = 64  # beats: as many as stay near a processor with all that flows between the layers


def classify_beats(weights: Weights, signals: Array, numbers: Array) -> Array:
    """Probabilities of the classes, (n, n_classes) float32, a row summing to 1.

    Parameters
    ----------
    weights : of a trained `BeatCnn`, as `folded` gives them
    signals : (n, channels, points) float32
    numbers : (n, n_numbers) float32
    """

    @cache
    def convolutions(n: int) -> _Convolutions:  # of a whole batch, and of the last one
        return _Convolutions(weights, (n, *signals.shape[1:]))

    h = in_batches(lambda batch: convolutions(len(batch)).of(batch), BATCH_SIZE, signals)
    w = unfolded({name: array for name, array in weights.items() if array.ndim < 3})
    h = relu_(linear(w, "squeeze", h))  # (n, 24)
    h = np.concatenate([h, numbers], axis=1)  # (n, 24 + n_numbers)
    for layer in numbered(w, "head"):
        h = relu_(linear(w, layer, h))
    return softmax(linear(w, "last", h))


class _Layer:
    """Convolutions whose sum goes through a relu to the line above."""

    def __init__(self, *sources: tuple[Line, Array, Array, int], margin: int) -> None:
        """Of each source the line it reads, weight, bias and stride; `margin` is that of the line above."""
        self.convolutions = [Convolution(line, weight, stride) for line, weight, _, stride in sources]
        biases = [bias - line.rows[0] @ weight.sum(axis=0) for line, weight, bias, _ in sources]
        steps = self.convolutions[0].steps
        floor: Array = -np.add.reduce(biases, axis=0)
        self.above = Line(sources[0][0].n, steps, margin, floor)
        self.floor = np.tile(floor, steps)

    def pass_on(self) -> None:
        total, *others = [convolution.result() for convolution in self.convolutions]
        for other in others:
            total += other
        np.maximum(total, self.floor, out=self.above.signals)


class _Convolutions:
    """From beats, (n, channels, points), to means and maxima of the last block over time, (n, 2 * width), with room
    for all that flows between."""

    def __init__(self, weights: Weights, shape: tuple[int, ...]) -> None:
        def source(line: Line, name: str, stride: int) -> tuple[Line, Array, Array, int]:
            return line, weights[f"{name}.weight"], weights[f"{name}.bias"], stride

        def reach(name: str) -> int:
            return len(weights[f"{name}.weight"]) // 2

        n, self.channels, points = shape
        blocks = numbered(weights, "blocks")
        margins = [*(reach(f"{block}.first") for block in blocks), 0]
        self.beats = Line(n, points, reach("stem"), np.zeros(self.channels, np.float32))
        self.layers = [_Layer(source(self.beats, "stem", STRIDE), margin=margins[0])]  # (n, points / 2, 16)
        for block, margin in zip(blocks, margins[1:], strict=True):  # (n, half the length, width)
            below = self.layers[-1].above
            self.layers.append(_Layer(source(below, f"{block}.first", STRIDE), margin=reach(f"{block}.second")))
            sources = (source(self.layers[-1].above, f"{block}.second", 1), source(below, f"{block}.shortcut", STRIDE))
            self.layers.append(_Layer(*sources, margin=margin))
        last = self.layers[-1]
        self.last = last.above.signals.reshape(n, last.above.length, last.above.channels)
        self.floors = np.tile(last.floor[: last.above.channels], 2)

    def of(self, signals: Array) -> Array:
        for channel in range(self.channels):
            self.beats.signals[:, channel :: self.channels] = signals[:, channel]
        for layer in self.layers:
            layer.pass_on()
        return mean_and_max(self.last) - self.floors
