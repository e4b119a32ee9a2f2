"""A generator and a critic for ECG images of 64 or 128 pixels, convolutional, in the manner of DCGAN.

Radford, Metz, Chintala 2015, "Unsupervised representation learning with deep convolutional generative adversarial
networks" (arXiv:1511.06434), with what later work found steadier: upsampling and then convolving instead of transposed
convolution (Odena 2016, doi 10.23915/distill.00003), no batch normalisation in either network (it would tie the images
of a batch together and break the critic's gradient penalty), and the spread within a batch as an input of the critic
(Karras 2017, arXiv:1710.10196), so that a generator that always draws one image is found out.

    noise (B, 64)  ->  (B, 96, 4, 4)  ->  each stage doubles the side  ->  (B, channels, size, size)

Ink is 1 and ground -1, and nothing squashes the last layer: behind a tanh the generator, whose images are nearly all
ground, goes blank in the first hundred steps and has no slope to come back by.
"""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu, pixel_unshuffle

from ecg_core.networks.image_gan_numpy import FIRST_SIDE, N_NOISE
from ecg_core.networks.numpy_layers import LEAKY_SLOPE
from ecg_core.networks.spread import with_spread

GROUP = 4  # images whose spread the critic sees together
WIDTHS = {64: (96, 64, 48, 24, 12), 128: (96, 64, 48, 24, 16, 8)}
"""Channels at 4 pixels a side, at 8, and so on."""


class ImageGenerator(nn.Module):
    """Noise to images of `size` pixels with `channels` 1 (grey) or 3 (RGB), values about -1 to 1."""

    def __init__(self, size: int = 64, channels: int = 1) -> None:
        super().__init__()
        widths = WIDTHS[size]
        self.first = nn.Linear(N_NOISE, widths[0] * FIRST_SIDE**2)
        pairs = pairwise(widths)
        self.stages = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in pairs)
        self.last = nn.Conv2d(widths[-1], channels, 3, padding=1)

    def forward(self, noise: Tensor) -> Tensor:
        """(B, 64) standard normal to (B, channels, size, size)."""
        h = leaky_relu(self.first(noise), LEAKY_SLOPE).view(len(noise), -1, FIRST_SIDE, FIRST_SIDE)  # (B, 96, 4, 4)
        for stage in self.stages:
            h = leaky_relu(stage(interpolate(h, scale_factor=2.0)), LEAKY_SLOPE)  # twice the side, fewer channels
        drawn: Tensor = self.last(h)
        return drawn


class ImageCritic(nn.Module):
    """How real an image looks: one number an image, higher for real.

    With `n_components` it also knows which component of a mixture an image belongs to (Miyato, Koyama 2018, "cGANs with
    projection discriminator", arXiv:1802.05637).
    """

    def __init__(self, size: int = 64, channels: int = 1, n_components: int = 0) -> None:
        super().__init__()
        self.component = nn.Embedding(n_components, 96) if n_components else None
        if self.component is not None:
            nn.init.zeros_(self.component.weight)
        widths = [channels * 4, *(24, 48, 96, 96)[: {64: 3, 128: 4}[size]]]
        pairs = pairwise(widths)
        self.stages = nn.ModuleList(nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in pairs)
        self.dense = nn.Linear(widths[-1] * FIRST_SIDE**2 + 1, 96)
        self.last = nn.Linear(96, 1)

    def forward(self, images: Tensor, component: Tensor | None = None) -> Tensor:
        """(B, channels, size, size) and component numbers (B,) to (B,); B a multiple of 4, or the whole batch counts as
        one group."""
        h = pixel_unshuffle(images, 2)  # (B, 4 channels, size / 2, size / 2)
        for stage in self.stages:
            h = leaky_relu(stage(h), LEAKY_SLOPE)  # half the side, more channels
        h = leaky_relu(self.dense(with_spread(h.flatten(1), GROUP)), LEAKY_SLOPE)  # (B, 96)
        score: Tensor = self.last(h)[:, 0]
        if self.component is not None and component is not None:
            score = score + (self.component(component) * h).sum(1)
        return score
