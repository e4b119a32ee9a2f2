"""Draws from a mixture as a training makes them: one near each row of a batch. Needs torch."""

import torch
from torch import Tensor

from ecg_core.tasks.gan.mixture import BLUR, SHARP, Mixture


class MixtureDraws:
    """`Mixture.draw` and `Mixture.at` for the training rows themselves."""

    def __init__(self, mixture: Mixture) -> None:
        self.component = torch.from_numpy(mixture.component)  # (n_rows,)
        self.leading = torch.from_numpy(mixture.leading)
        self.mean, self.factors = torch.from_numpy(mixture.mean), torch.from_numpy(mixture.factors)

    def near(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """A draw from the form of each row (B,), with its leading coordinates blurred: points (B, d) and components
        (B,). What is made of it is then compared with a recorded row of its own form."""
        component = self.component[rows]
        z = torch.randn(len(rows), self.factors.shape[1])
        kept = self.leading.shape[1]
        z = torch.cat([SHARP * self.leading[rows] + BLUR * z[:, :kept], z[:, kept:]], dim=1)
        return self.mean[component] + (z[:, None] @ self.factors[component])[:, 0], component
