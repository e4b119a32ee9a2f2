"""The training of a GAN of either kind: epochs of a hundred steps, a checkpoint and now and then a frame after each."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ecg_core.errors import RunError
from ecg_core.learning.checkpoint import Arrays, Checkpoint
from ecg_core.learning.loop import train
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow
from ecg_core.tasks.gan.adversarial import Adversaries, Items
from ecg_core.tasks.gan.options import STEPS_PER_EPOCH, GanOptions, ImageGanOptions

FRAMES = 10
"""Frames of a film of samples, closer together at the start, where most happens."""


def frame_epochs(epochs: int) -> set[int]:
    """After which epochs a frame is kept, besides the one before the first: about ten, evenly in ln of the epoch, the
    last always among them."""
    return {round(float(e)) for e in np.geomspace(1, epochs, FRAMES)}


def train_gan(
    adversaries: Adversaries,
    n: int,
    real: Callable[[Tensor], Items],
    make: Callable[[nn.Module, Tensor], Items],
    frame: Callable[[], npt.NDArray[Any]],
    options: GanOptions | ImageGanOptions,
    monitor: Monitor,
    kept: Arrays,
) -> None:
    """Train for `options.epochs` epochs, going on from the monitor's checkpoint if there is one.

    `n` real items; `real(rows)` gives those of some row numbers, `make(generator, rows)` as many made ones to be
    compared with them,
    `frame()` what the averaged generator now makes of fixed noise. `kept` are arrays that every checkpoint must hold
    besides the networks. Raises as `loop.train`.
    """
    resumed = monitor.load()
    done = 0
    if resumed:
        done = int(resumed.values["done"])
        adversaries.load(resumed.arrays, done * STEPS_PER_EPOCH)
    else:
        monitor.frame(0, frame())  # what it starts from, untrained
    frames = frame_epochs(options.epochs)

    def step(batch: Tensor) -> dict[str, float]:
        rows = torch.randint(n, (len(batch),))  # every row as likely, whatever n; the loop seeds it for each epoch
        return adversaries.step(real(rows), lambda generator: make(generator, rows))

    def after_epoch(row: EpochRow) -> None:
        arrays = adversaries.arrays()
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise RunError(
                f"A weight is not a number after epoch {row.epoch}: training stopped, the checkpoint of epoch "
                f"{row.epoch - 1} is kept. Try a lower learning rate."
            )
        if row.epoch in frames:
            monitor.frame(row.epoch, frame())
        monitor.epoch(row)
        monitor.save(Checkpoint({**kept, **arrays}, {"done": row.epoch}))

    train(
        step,
        STEPS_PER_EPOCH * options.batch_size,
        epochs=options.epochs,
        batch_size=options.batch_size,
        seed=options.seed,
        done=done,
        after_epoch=after_epoch,
        should_stop=monitor.should_stop,
    )
