"""A dense autoencoder with a narrow code: it can only draw what most beats look like.

Sakurada & Yairi 2014, "Anomaly detection using autoencoders with nonlinear dimensionality reduction"
(doi 10.1145/2689746.2689747). The narrow code is what makes it work on beats: a wide one copies abnormal beats too.

    input  (B, n_inputs)      all leads of a beat or window, one after the other
    hidden (B, 128), (B, 64)  ReLU
    code   (B, 8)             linear
    and back the same way to  (B, n_inputs)
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class DenseAutoencoder(nn.Module):
    """`n_inputs` numbers to `n_code` and back, through `hidden` layers mirrored on both sides."""

    def __init__(self, n_inputs: int, hidden: Sequence[int] = (128, 64), n_code: int = 8) -> None:
        super().__init__()
        widths = [n_inputs, *hidden, n_code]
        self.encoder = _stack(widths)
        self.decoder = _stack(widths[::-1])

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct `x`, (B, n_inputs) float32, at the same shape."""
        reconstruction: Tensor = self.decoder(self.encoder(x))
        return reconstruction


def _stack(widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])  # the last layer of each half is linear
