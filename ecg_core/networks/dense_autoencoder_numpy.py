"""The forward pass of `DenseAutoencoder` in numpy."""

from ecg_core.networks.numpy_layers import Array, Weights, in_batches, linear, numbered, relu_

BATCH_SIZE = 8192  # rows, so that memory does not grow with the recording


def reconstruct(weights: Weights, x: Array) -> Array:
    """What the autoencoder with these weights makes of `x`, (n, n_inputs) float32, at the same shape.

    Parameters
    ----------
    weights : the state of a trained `DenseAutoencoder`: `encoder.0.weight` (n_out, n_in), `encoder.0.bias` (n_out,),
        `encoder.2.weight`, and so on; odd layers are ReLU and have no weights
    x : (n, n_inputs) float32
    """
    encoder, decoder = numbered(weights, "encoder"), numbered(weights, "decoder")

    def forward(h: Array) -> Array:
        return _half(weights, decoder, _half(weights, encoder, h))

    return in_batches(forward, BATCH_SIZE, x)


def encode(weights: Weights, x: Array) -> Array:
    """The code (n, n_code) of each row of `x`, (n, n_inputs) float32; `weights` as in `reconstruct`."""
    layers = numbered(weights, "encoder")
    return in_batches(lambda h: _half(weights, layers, h), BATCH_SIZE, x)


def _half(w: Weights, layers: list[str], h: Array) -> Array:
    for layer in layers[:-1]:
        h = relu_(linear(w, layer, h))
    return linear(w, layers[-1], h)  # (n, 8) behind the encoder, (n, n_inputs) behind the decoder
