"""The forward pass of `DenseAutoencoder` in numpy, so that a page can score and draw without importing torch."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
BATCH = 8192


def reconstruct(weights: Mapping[str, Array], x: Array) -> Array:
    """What the autoencoder with these weights makes of `x`, (n, n_inputs) float32, at the same shape.

    `weights` are the network's state: `encoder.0.weight` (n_out, n_in), `encoder.0.bias` (n_out,), and so on; odd
    layers are ReLU and have no weights.
    """
    halves = [_layers(weights, half) for half in ("encoder", "decoder")]
    done = np.empty_like(x)
    for start in range(0, len(x), BATCH):
        h = x[start : start + BATCH]
        for layers in halves:
            for position, (weight, bias) in enumerate(layers):
                h = h @ weight.T + bias
                if position < len(layers) - 1:
                    np.maximum(h, 0, out=h)
        done[start : start + BATCH] = h
    return done


def _layers(weights: Mapping[str, Array], half: str) -> list[tuple[Array, Array]]:
    numbers = sorted(int(key.split(".")[1]) for key in weights if key.startswith(f"{half}.") and key.endswith("weight"))
    return [(weights[f"{half}.{k}.weight"], weights[f"{half}.{k}.bias"]) for k in numbers]
