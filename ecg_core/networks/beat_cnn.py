"""A small residual network that names the class of a beat from its signal and a few numbers about its timing.

Residual blocks after He et al. 2016 (doi 10.1109/CVPR.2016.90), in one dimension and narrow: a network of hundreds of
thousands of weights learns the 22 training patients by heart.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from ecg_core.networks.beat_cnn_numpy import STRIDE
from ecg_core.networks.numpy_layers import BATCH_NORM_EPSILON

WIDTHS = (16, 16, 24, 32)
SQUEEZED = 24
HIDDEN = (48, 32)
FIRST_TAPS, TAPS = 7, 5


class Block(nn.Module):
    """Two convolutions that halve the length, and a shortcut around them."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(n_in, n_out, TAPS, stride=STRIDE, padding=TAPS // 2, bias=False)
        self.first_norm = nn.BatchNorm1d(n_out, BATCH_NORM_EPSILON)
        self.second = nn.Conv1d(n_out, n_out, TAPS, padding=TAPS // 2, bias=False)
        self.second_norm = nn.BatchNorm1d(n_out, BATCH_NORM_EPSILON)
        self.shortcut = nn.Conv1d(n_in, n_out, 1, stride=STRIDE, bias=False)
        self.shortcut_norm = nn.BatchNorm1d(n_out, BATCH_NORM_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.first_norm(self.first(x)))  # (batch, n_out, length / 2)
        h = self.second_norm(self.second(h))
        return torch.relu(h + self.shortcut_norm(self.shortcut(x)))


class BeatCnn(nn.Module):
    """Signals (batch, channels, points) and numbers (batch, n_numbers) to logits (batch, n_classes).

    stem: one convolution over all channels, which finds slopes; blocks: what the slopes make; mean and maximum over
    time: whether it occurs, wherever; squeeze: so few values that the numbers beside them keep their weight; head:
    both together.
    """

    def __init__(
        self, channels: int, n_numbers: int, n_classes: int, widths: Sequence[int] = WIDTHS, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.stem = nn.Conv1d(channels, widths[0], FIRST_TAPS, stride=STRIDE, padding=FIRST_TAPS // 2, bias=False)
        self.stem_norm = nn.BatchNorm1d(widths[0], BATCH_NORM_EPSILON)
        self.blocks = nn.ModuleList(Block(*pair) for pair in pairwise(widths))
        self.squeeze = nn.Linear(2 * widths[-1], SQUEEZED)
        sizes = (SQUEEZED + n_numbers, *HIDDEN)
        self.head = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.last = nn.Linear(HIDDEN[-1], n_classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, signals: Tensor, numbers: Tensor) -> Tensor:
        h = torch.relu(self.stem_norm(self.stem(signals)))  # (batch, 16, points / 2)
        for block in self.blocks:
            h = block(h)  # (batch, width, half the length)
        h = torch.cat([h.mean(dim=2), h.amax(dim=2)], dim=1)  # (batch, 2 width)
        h = torch.relu(self.squeeze(self.dropout(h)))
        h = torch.cat([h, numbers], dim=1)  # (batch, 24 + n_numbers)
        for layer in self.head:
            h = self.dropout(torch.relu(layer(h)))
        logits: Tensor = self.last(h)
        return logits
