"""A small convolutional network trained to tell two sets of images apart; the only module of the evaluation with torch.

Lopez-Paz D, Oquab M. Revisiting classifier two-sample tests (2017), arXiv:1610.06545.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from torch import Tensor, nn

from ecg_core.errors import DataError
from ecg_core.evaluation.trace_reading import ink_of

Pixels = npt.NDArray[np.uint8]
FOLDS = 3
FEWEST = 10
"""Images a side that a test in three folds needs."""
WIDTHS = (16, 24, 32, 48)
"""Channels of the convolutions, each of which halves the side."""
STEPS = 700
"""Of training, however many images there are: 17 passes over 1,000 of either side."""
BATCH_SIZE = 32
AT_ONCE = 256
"""Images scored together."""
HIGHEST_RATE = 4e-3
WEIGHT_DECAY = 1e-3


class ImageJudge(nn.Module):
    """Ink (batch, 1, height, width), 0 to 1, to one logit (batch,): is it of the second set?

    Four convolutions of 3 x 3 and stride 2 with normalisation, mean and maximum over what is left, one linear layer.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for n_in, n_out in zip((1, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(n_in, n_out, 3, 2, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()]
        self.convolutions = nn.Sequential(*layers)
        self.last = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * WIDTHS[-1], 1))

    def forward(self, ink: Tensor) -> Tensor:
        h = self.convolutions(ink)  # (batch, 48, height / 16, width / 16)
        logits: Tensor = self.last(torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], dim=1))[:, 0]
        return logits


def images_auc(real: Pixels, fake: Pixels, seed: int) -> float:
    """Classifier two-sample test on images: ROC AUC with which a trained network tells the two sets apart.

    0.5: it cannot; 1: it always can. Three folds over images, not over recordings, a network for each; the figure is
    the mean of the folds' AUC. The network sees every pixel's ink, so haze, gaps and the edge of the stroke tell as
    well as the shape, and so does the place: a pixel up or down is 0.17 mV in an image of 64 px with two leads, and
    recorded baselines and R peaks keep to their row and column. (Moved about by two pixels in training, the network
    no longer sees what a classifier of the trace finds.)

    Parameters
    ----------
    real, fake : (n, size, size) uint8 grey or (n, size, size, 3) uint8 RGB, at least 10 of each; of the larger set as
        many are drawn as the other has
    seed : of the draw, the folds, the weights and the order of training

    Raises
    ------
    DataError : fewer than 10 images on a side
    """
    n = min(len(real), len(fake))
    if n < FEWEST:
        raise DataError(
            f"{len(real)} and {len(fake)} images: at least {FEWEST} of each are needed for a two-sample test."
        )
    rng = np.random.default_rng(seed)
    sides = [side[np.sort(rng.choice(len(side), n, replace=False))] for side in (real, fake)]
    x = torch.from_numpy(np.concatenate([ink_of(side) for side in sides]))[:, None]  # (2 n, 1, size, size)
    y = np.repeat([0, 1], n)
    found = []
    with torch.random.fork_rng():
        for k, (learn, judge) in enumerate(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(y, y)):
            torch.manual_seed(seed + k)
            network = _trained(x[learn], torch.from_numpy(y[learn]).float())
            found.append(float(roc_auc_score(y[judge], _scores(network, x[judge]))))
    return float(np.mean(found))


def _trained(x: Tensor, y: Tensor) -> ImageJudge:
    network = ImageJudge().train()
    optimizer = torch.optim.AdamW(network.parameters(), HIGHEST_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, HIGHEST_RATE, total_steps=STEPS)
    loss = nn.BCEWithLogitsLoss()
    for rows in islice(_batches(len(x)), STEPS):
        optimizer.zero_grad()
        loss(network(x[rows]), y[rows]).backward()
        optimizer.step()
        schedule.step()
    return network.eval()


def _batches(n: int) -> Iterator[Tensor]:
    """Rows of n images in batches, in a new order each time round, without end."""
    while True:
        yield from torch.randperm(n).tensor_split(-(-n // BATCH_SIZE))


@torch.no_grad()
def _scores(network: ImageJudge, x: Tensor) -> npt.NDArray[np.float32]:
    scores: npt.NDArray[np.float32] = torch.cat(
        [network(part) for part in x.tensor_split(-(-len(x) // AT_ONCE))]
    ).numpy()
    return scores
