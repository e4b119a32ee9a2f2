"""What the networks of an autoencoder learn from. Needs torch."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ecg_core.learning.crossfit import Lesson, Rows, no_figures
from ecg_core.networks.dense_autoencoder import DenseAutoencoder
from ecg_core.tasks.autoencoder.options import AutoencoderOptions

HIDDEN = (128, 64)
SECOND_LEAD_DROP = 0.3
"""Share of beats whose second lead is hidden while training, so that recordings of one lead are scored too."""
JUDGED_AT_ONCE = 8192


def reconstruction_lesson(
    options: AutoencoderOptions, variants: Sequence[npt.NDArray[np.float32]], learned: Rows, held_out: Rows | None
) -> Lesson:
    """Draw rows `learned` of any of the `variants`, (n, n_leads, n_points) each, as they are; judged on rows `held_out`
    of the first."""
    n_leads, n_points = variants[0].shape[1:]
    every = [torch.from_numpy(inputs.reshape(len(inputs), -1)) for inputs in variants]
    x = every[0]
    rows = torch.from_numpy(learned)

    def loss(network: nn.Module, batch: Tensor) -> Tensor:
        shown = every[int(torch.randint(len(every), ()))][rows[batch]]  # (batch, n_leads n_points)
        if n_leads > 1:
            shown[torch.rand(len(shown)) < SECOND_LEAD_DROP, n_points:] = 0
        return nn.functional.mse_loss(network(shown), shown)

    def validate(network: nn.Module) -> dict[str, float]:
        assert held_out is not None
        with torch.no_grad():
            parts = [
                (network(x[some]) - x[some]).square().mean(1)
                for some in torch.split(torch.from_numpy(held_out), JUDGED_AT_ONCE)
            ]
        return {"validation_loss": float(torch.cat(parts).mean())}

    return Lesson(
        build=lambda: DenseAutoencoder(x.shape[1], HIDDEN, options.bottleneck),
        seed=options.seed,
        n_rows=len(learned),
        loss=loss,
        validate=validate if held_out is not None and len(held_out) else no_figures,
    )
