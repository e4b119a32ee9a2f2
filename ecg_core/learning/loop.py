"""The training loop. Nothing in it knows what is being trained: autoencoder, GAN and classifier all pass through here.

A task brings `step`, one optimiser step on one batch that returns its losses, and `validate`, losses over the
validation part. An epoch's order of batches and everything else random depend on (seed, epoch) alone, so a run
continued after epoch k goes on exactly as an unbroken one.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median

import torch

from ecg_core.errors import RunError
from ecg_core.learning.progress import EpochRow

Losses = Mapping[str, float]


class Stopped(Exception):
    """Training was asked to stop; the last finished epoch stands."""


def batches(n: int, batch_size: int, generator: torch.Generator) -> Iterator[torch.Tensor]:
    """Shuffled row numbers in batches of `batch_size`; a last batch of one row is left out (no batch statistics)."""
    order = torch.randperm(n, generator=generator)
    for batch in torch.split(order, batch_size):
        if len(batch) > 1 or n == 1:
            yield batch


def n_batches(n: int, batch_size: int) -> int:
    """How many batches `batches` gives: a schedule that counts others would be out of step after a resume."""
    return max(1, n // batch_size + (n % batch_size > 1))


def train(
    step: Callable[[torch.Tensor], Losses],
    n: int,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    done: int = 0,
    validate: Callable[[], Losses] = dict,
    after_epoch: Callable[[EpochRow], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Run epochs `done + 1` to `epochs`, calling `after_epoch` with a row of mean losses after each.

    Raises
    ------
    Stopped
        when `should_stop` says so between two batches; the unfinished epoch leaves no row.
    RunError
        when a loss is not finite; the epoch leaves no row, so whatever `after_epoch` saved last is good.
    """
    durations: list[float] = []
    for epoch in range(done + 1, epochs + 1):
        started = time.monotonic()
        torch.manual_seed(seed * 1_000_003 + epoch)
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        sums: dict[str, float] = {}
        rows = 0
        for batch in batches(n, batch_size, generator):
            for name, value in step(batch).items():
                sums[name] = sums.get(name, 0.0) + value * len(batch)
            rows += len(batch)
            if should_stop():
                raise Stopped
        losses = {name: total / rows for name, total in sums.items()} | dict(validate())
        for name, value in losses.items():
            if not math.isfinite(value):
                raise RunError(
                    f"{name} is not a number in epoch {epoch}: training stopped, the checkpoint of epoch {epoch - 1} "
                    "is kept. Try a lower learning rate."
                )
        durations.append(time.monotonic() - started)
        usual = median(durations)  # one slow epoch must not turn seconds into minutes
        left_s = usual * (epochs - epoch)
        after_epoch(EpochRow(epoch, epochs, epoch, epochs, losses, durations[-1], usual, left_s))
