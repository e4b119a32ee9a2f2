"""Held-out groups, then final: the one way networks are trained here whose figures are to be believed.

First one network for each group of patients, trained without it, says what it makes of that group: together these stand
for unseen patients. Then the final networks are trained on all. Network after network, a checkpoint after each epoch; a
run that was killed goes on in the middle of the network it was at. Needs torch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ecg_core.learning.checkpoint import (
    Arrays,
    Checkpoint,
    load_module,
    load_optimiser,
    module_arrays,
    optimiser_arrays,
)
from ecg_core.learning.loop import n_batches, train
from ecg_core.learning.model_folder import under
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow
from ecg_core.learning.schedule import one_cycle

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast every network trains."""

    epochs: int
    batch_size: int
    learning_rate: float
    """At its highest, see `schedule.one_cycle`."""
    weight_decay: float
    seed: int


@dataclass(frozen=True)
class Lesson:
    """What one network learns from, and what it is judged by on the way."""

    build: Callable[[], nn.Module]
    seed: int
    """Of the weights it starts with."""
    n_rows: int
    """Rows an epoch shows."""
    loss: Callable[[nn.Module, Tensor], Tensor]
    """Loss of the network on a batch of row numbers below `n_rows`."""
    validate: Callable[[nn.Module], Mapping[str, float]]
    """Figures on the rows left out; nothing for a final network, which leaves out none."""


@dataclass(frozen=True)
class CrossFitted:
    """What came of it."""

    final: list[Arrays]
    """Weights of the final networks."""
    held_out: npt.NDArray[np.float32]
    """What the networks that have not seen a row's patient make of it, a row each; 0 where no group holds the row."""


def crossfit(
    groups: Sequence[Rows],
    n_final: int,
    schedule: Schedule,
    lesson_of: Callable[[int, Rows | None], Lesson],
    judge: Callable[[int, Arrays, Rows], npt.NDArray[np.float32]],
    held_out: tuple[str, tuple[int, ...]],
    export: Callable[[Arrays], Arrays],
    monitor: Monitor,
) -> CrossFitted:
    """Train a network for each of `groups` (rows left out), then `n_final` networks on all rows.

    Parameters
    ----------
    lesson_of : lesson of a stage (from 0) that leaves out some rows; None for a final network
    judge : what exported weights of a stage make of some rows, (n_rows, ...)
    held_out : name in the checkpoint, and shape, of the array that `judge` fills
    export : from a trained network's state to the weights that are kept
    monitor : told of every epoch, keeps checkpoints, says whether to stop

    Raises
    ------
    Stopped, RunError : as `loop.train`
    """
    name, shape = held_out
    resumed = monitor.load()
    arrays = resumed.arrays if resumed else {}
    values = arrays[name].copy() if resumed else np.zeros(shape, np.float32)
    first = int(resumed.values["stage"]) if resumed else 0
    n_finished = int(resumed.values.get("finished", 0)) if resumed else 0
    final = [under(arrays, f"finished.{k}.") for k in range(n_finished)]
    stages: list[Rows | None] = [*groups, *[None] * n_final]
    for stage in range(first, len(stages)):
        rows = stages[stage]

        def keep(network: nn.Module, optimiser: torch.optim.Optimizer, row: EpochRow, stage: int = stage) -> None:
            told = row.of_stage(stage, len(stages))
            state = module_arrays(network, "network.") | optimiser_arrays(optimiser, "optimiser.")
            for k, weights in enumerate(final):
                state |= {f"finished.{k}.{key}": array for key, array in weights.items()}
            monitor.epoch(told)
            counts = {"stage": stage, "epoch": row.epoch, "done": told.done, "finished": len(final)}
            monitor.save(Checkpoint({**state, name: values}, counts))

        weights = export(
            _train_one(lesson_of(stage, rows), schedule, stage, resumed if stage == first else None, keep, monitor)
        )
        if rows is None:
            final.append(weights)
        else:
            values[rows] = judge(stage, weights, rows)
    return CrossFitted(final, values)


def _train_one(
    lesson: Lesson,
    schedule: Schedule,
    stage: int,
    resumed: Checkpoint | None,
    keep: Callable[[nn.Module, torch.optim.Optimizer, EpochRow], None],
    monitor: Monitor,
) -> Arrays:
    """Train one network, from the checkpoint if there is one; return its state."""
    torch.manual_seed(lesson.seed)
    network = lesson.build()
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
    done = 0
    if resumed:
        done = int(resumed.values["epoch"])
        load_module(network, resumed.arrays, "network.")
        load_optimiser(optimiser, resumed.arrays, "optimiser.")
    per_epoch = n_batches(lesson.n_rows, schedule.batch_size)
    step_number = done * per_epoch

    def step(batch: Tensor) -> dict[str, float]:
        nonlocal step_number
        network.train()
        for group in optimiser.param_groups:
            group["lr"] = one_cycle(step_number, schedule.epochs * per_epoch, schedule.learning_rate)
        loss = lesson.loss(network, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        step_number += 1
        return {"train_loss": loss.item()}

    train(
        step,
        lesson.n_rows,
        epochs=schedule.epochs,
        batch_size=schedule.batch_size,
        seed=schedule.seed * 101 + stage,
        done=done,
        validate=lambda: lesson.validate(network),
        after_epoch=lambda row: keep(network, optimiser, row),
        should_stop=monitor.should_stop,
    )
    return module_arrays(network)


def no_figures(_network: nn.Module) -> dict[str, Any]:
    """What a final network is judged by on the way: nothing."""
    return {}
