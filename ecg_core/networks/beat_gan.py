"""A generator and a critic for beats of all leads with their rhythm, convolutional in time.

The generator does not start from shapeless noise: it is given a draw from a mixture of Gaussians fitted to the beats
(`tasks.gan.mixture`, after DeLiGAN, doi 10.1109/CVPR.2017.525) and adds what Gaussians cannot hold. What it adds passes
a fixed low-pass, since recorded beats end at 40 Hz and a generator's upsampling leaves traces above
(Durall 2020, arXiv:2003.01826), and then loses its part in given directions of shape, which the mixture has right: it
works on texture only.

    start   (B, n_leads, n_points) and (B, 4), noise (B, 16), number of the mixture's component (B,)
    patches (B, 4 n_leads, n_points / 4): four neighbouring points become channels, a quarter of the convolutions
    added   (B, n_leads, n_points), zero before the first step

The critic looks at the beat and its curvature, each time displaced, scaled and perhaps inverted by chance (Zhao 2020,
"Differentiable augmentation for data-efficient GAN training", arXiv:2006.10738), as it would otherwise learn a few
hundred beats by heart; and at the beat's texture (`Texture`), where synthetic beats give themselves away first. It
knows the component a beat belongs to (Miyato, Koyama 2018, "cGANs with projection discriminator", arXiv:1802.05637), so
that a texture of one patient's form on another's is found out.
"""

from itertools import pairwise

import numpy as np
import torch
from scipy.signal import firwin
from torch import Tensor, nn
from torch.nn.functional import conv1d, leaky_relu, pad

from ecg_core.networks.beat_gan_numpy import DILATION, GAIN, N_NOISE, N_RHYTHM, PATCH
from ecg_core.networks.numpy_layers import LEAKY_SLOPE
from ecg_core.networks.spread import with_spread

WIDTH = 64
COMPONENT_WIDTH = 16
GROUP = 8  # beats whose spread the critic sees together
TAPS, CUT = 21, 0.4  # of the low-pass; its cut-off in shares of half the sampling rate (36 Hz at 180)
CURVATURE_GAIN = 5.0  # brings curvature to the size of the signal
LARGEST_SHIFT = 6  # points
SCALE_SPREAD = 0.15  # ln
RHYTHM_NOISE = 0.1
BANDS, SIXTHS = 12, 6  # of the texture
SMALLEST = 1e-6

Directions = tuple[Tensor, Tensor]


def low_pass() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The fixed filter on what the generator adds, (21,)."""
    return np.asarray(firwin(TAPS, CUT), np.float32)


def to_patches(x: Tensor) -> Tensor:
    """(B, n_leads, n_points) to (B, 4 n_leads, n_points / 4)."""
    b, leads, points = x.shape
    return x.reshape(b, leads, points // PATCH, PATCH).permute(0, 1, 3, 2).reshape(b, leads * PATCH, points // PATCH)


def from_patches(h: Tensor, leads: int) -> Tensor:
    """The way back from `to_patches`."""
    b, _, length = h.shape
    return h.reshape(b, leads, PATCH, length).permute(0, 1, 3, 2).reshape(b, leads, length * PATCH)


class BeatGenerator(nn.Module):
    """Adds to a draw from the mixture; untrained it adds nothing.

    `shape`: directions (k, n_leads n_points) to read what is added by and to write it with; that part is taken out.
    Both are fixed, so no part of the state.
    """

    def __init__(
        self, n_leads: int, n_components: int, shape: Directions | None = None, n_rhythm: int = N_RHYTHM
    ) -> None:
        super().__init__()
        self.n_leads = n_leads
        self.shape = shape
        self.component = nn.Embedding(n_components, COMPONENT_WIDTH)
        n_context = N_NOISE + COMPONENT_WIDTH + n_rhythm
        self.modulate = nn.Linear(n_context, 2 * WIDTH)  # FiLM: Perez 2018, arXiv:1709.07871
        self.first = nn.Conv1d(PATCH * n_leads, WIDTH, 5, padding=2)
        self.second = nn.Conv1d(WIDTH, WIDTH, 5, padding=2)
        self.third = nn.Conv1d(WIDTH, WIDTH, 5, padding=2 * DILATION, dilation=DILATION)
        self.last = nn.Conv1d(WIDTH, PATCH * n_leads, 3, padding=1)
        self.rhythm = nn.Linear(n_context, 32)
        self.rhythm_last = nn.Linear(32, n_rhythm)
        for parameter in (*self.last.parameters(), *self.rhythm_last.parameters()):
            nn.init.zeros_(parameter)
        self.filter = torch.from_numpy(low_pass()).repeat(n_leads, 1, 1)  # fixed, so no part of the state

    def forward(self, start: Tensor, rhythm: Tensor, component: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Beats (B, n_leads, n_points) and rhythm (B, 4), in the units of the start."""
        context = torch.cat([noise, self.component(component), rhythm], 1)  # (B, 36)
        gain, offset = self.modulate(context)[:, :, None].chunk(2, 1)  # (B, 64, 1) each
        h = leaky_relu(self.first(to_patches(start)) * (1 + GAIN * gain) + offset, LEAKY_SLOPE)  # (B, 64, n_points / 4)
        h = h + leaky_relu(self.second(h), LEAKY_SLOPE)
        h = h + leaky_relu(self.third(h), LEAKY_SLOPE)
        added = from_patches(self.last(h), self.n_leads)  # (B, n_leads, n_points)
        added = conv1d(pad(added, (TAPS // 2, TAPS // 2), mode="replicate"), self.filter, groups=self.n_leads)
        if self.shape is not None:
            read, write = self.shape
            flat = added.flatten(1)
            added = (flat - flat @ read.T @ write).view_as(added)
        return start + added, rhythm + self.rhythm_last(leaky_relu(self.rhythm(context), LEAKY_SLOPE))


class BeatCritic(nn.Module):
    """How real a beat, its texture and its rhythm look: one number a beat, higher for real."""

    def __init__(self, n_leads: int, n_points: int, n_components: int) -> None:
        super().__init__()
        self.component = nn.Embedding(n_components, 64)
        nn.init.zeros_(self.component.weight)
        self.first = nn.Conv1d(2 * PATCH * n_leads, 32, 3, padding=1)
        self.second = nn.Conv1d(32, 64, 5, stride=2, padding=2)
        self.third = nn.Conv1d(64, 64, 5, stride=2, padding=2)
        self.texture = nn.Linear(n_textures(n_leads, n_points), 96)
        self.texture_2 = nn.Linear(96, 64)
        self.texture_last = nn.Linear(64, 1)
        length = (n_points // PATCH + 3) // 4  # two halvings, rounded up
        self.dense = nn.Linear(64 * length + 1 + N_RHYTHM + 64, 128)
        self.dense_2 = nn.Linear(128, 64)
        self.last = nn.Linear(64, 1)

    def forward(self, beats: Tensor, rhythm: Tensor, textures: Tensor, component: Tensor) -> Tensor:
        """(B, n_leads, n_points), (B, 4), (B, n_textures) and component numbers (B,) to (B,); B a multiple of 8, or the
        batch is one group."""
        x, rhythm = by_chance(beats), rhythm + RHYTHM_NOISE * torch.randn_like(rhythm)
        curvature = x.diff(dim=2).diff(dim=2)
        h = torch.cat([to_patches(x), to_patches(pad(curvature, (1, 1)) * CURVATURE_GAIN)], 1)
        for convolve in (self.first, self.second, self.third):
            h = leaky_relu(convolve(h), LEAKY_SLOPE)
        t = leaky_relu(self.texture_2(leaky_relu(self.texture(textures), LEAKY_SLOPE)), LEAKY_SLOPE)  # (B, 64)
        h = torch.cat([with_spread(h.flatten(1), GROUP), rhythm, t], 1)
        h = leaky_relu(self.dense_2(leaky_relu(self.dense(h), LEAKY_SLOPE)), LEAKY_SLOPE)
        of_form = (self.component(component) * h).sum(1)
        score: Tensor = (self.last(h) + self.texture_last(t))[:, 0] + of_form
        return score


class Texture(nn.Module):
    """How rough beats are: ln energy in bands of their spectrum, and of slope and curvature in each sixth of the beat.

    Standardised by the training beats. The critic gets it beside the beats, not from them, because the gradient of a
    logarithm of almost nothing is almost infinite, and its penalty would then be all the critic hears of.
    """

    def __init__(self, training: Tensor) -> None:
        super().__init__()
        points = training.shape[2]
        edges = band_edges(points)
        lines = torch.arange(points // 2 + 1)
        bands = torch.stack([((lines >= a) & (lines < b)) / (b - a) for a, b in pairwise(edges)])
        self.bands = bands.float()  # (n_bands, n_lines)
        self.window = torch.hann_window(points, periodic=False)
        found = self._raw(training)
        self.centre, self.spread = found.mean(0), found.std(0) + SMALLEST

    def forward(self, beats: Tensor) -> Tensor:
        """(B, n_leads, n_points) to (B, n_textures)."""
        return (self._raw(beats) - self.centre) / self.spread

    def _raw(self, beats: Tensor) -> Tensor:
        slope = beats.diff(dim=2)
        lines = torch.fft.rfft(beats * self.window, dim=2)
        energy = (lines.real.square() + lines.imag.square()) @ self.bands.T  # (B, n_leads, n_bands)
        rough = (part for kind in (slope, slope.diff(dim=2)) for part in kind.tensor_split(SIXTHS, 2))
        parts = [energy.flatten(1), *(part.square().mean(2) for part in rough)]
        return torch.cat([(part + SMALLEST).log() / 2 for part in parts], 1)


def band_edges(n_points: int) -> list[int]:
    """Edges of the texture's bands in lines of a beat's spectrum, evenly in ln of frequency."""
    return sorted({round(float(edge)) for edge in np.geomspace(1, n_points // 2 + 1, BANDS + 1)})


def n_textures(n_leads: int, n_points: int) -> int:
    """How many numbers `Texture` gives."""
    return n_leads * (len(band_edges(n_points)) - 1 + 2 * SIXTHS)


def by_chance(beats: Tensor) -> Tensor:
    """Each beat moved by up to 6 points, each lead scaled by about 15 % and inverted or not; (B, n_leads, n_points)."""
    b, leads, points = beats.shape
    scale = torch.exp(SCALE_SPREAD * torch.randn(b, leads, 1)) * torch.where(torch.rand(b, leads, 1) < 0.5, -1.0, 1.0)
    shift = torch.randint(-LARGEST_SHIFT, LARGEST_SHIFT + 1, (b, 1))
    at = (torch.arange(points)[None] + shift).clamp(0, points - 1)  # (B, n_points)
    return beats.gather(2, at[:, None].expand(b, leads, points)) * scale
