"""A small network that names the class of an ECG image."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from ecg_core.networks.image_cnn_numpy import STRIDE
from ecg_core.networks.numpy_layers import BATCH_NORM_EPSILON

HIDDEN = 32
TAPS = 3
LAST_SIDE = 4


def widths_for(size: int) -> tuple[int, ...]:
    """Channels of the convolutions, each of which halves the side, down to 4 x 4."""
    return (12, 24, 32, 48) if size == 64 else (8, 12, 24, 32, 48)


class ImageCnn(nn.Module):
    """Images (batch, channels, size, size) in -1 to 1 to logits (batch, n_classes).

    Convolutions of stride 2 with normalisation down to 4 x 4, of which the hidden layer sees every place: where a bar
    ends matters as much as that there is one.
    """

    def __init__(self, channels: int, size: int, n_classes: int, dropout: float = 0.3) -> None:
        super().__init__()
        widths = (channels, *widths_for(size))
        pairs = list(pairwise(widths))
        self.convolutions = nn.ModuleDict()
        for k, (n_in, n_out) in enumerate(pairs):
            self.convolutions[str(k)] = nn.Conv2d(n_in, n_out, TAPS, stride=STRIDE, padding=TAPS // 2, bias=False)
            self.convolutions[f"{k}_norm"] = nn.BatchNorm2d(n_out, BATCH_NORM_EPSILON)
        self.n_stages = len(pairs)
        self.hidden = nn.Linear(widths[-1] * LAST_SIDE**2, HIDDEN)
        self.last = nn.Linear(HIDDEN, n_classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: Tensor) -> Tensor:
        h = images
        for k in range(self.n_stages):
            h = torch.relu(self.convolutions[f"{k}_norm"](self.convolutions[str(k)](h)))  # half the side
        h = h.permute(0, 2, 3, 1).flatten(1)  # places, then channels: (batch, 4 * 4 * width)
        h = self.dropout(torch.relu(self.hidden(self.dropout(h))))
        logits: Tensor = self.last(h)
        return logits
