"""Held-out groups, then final: the one way networks are trained here whose figures are to be believed.

First one network for each group of patients, trained without it, says what it makes of that group: together these stand
for unseen patients. Then the final networks are trained on all. Network after network, a checkpoint after each epoch; a
run that was killed goes on in the middle of the network it was at. Where somebody says by how many workers, or on which
cluster (`parallel.workers`), networks are trained side by side, with a checkpoint after each network in order: either
way goes on where the other was, and both end with the same weights. Needs torch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
from ecg_core.learning.loop import Stopped, n_batches, train
from ecg_core.learning.model_folder import under
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow
from ecg_core.learning.schedule import one_cycle
from ecg_core.parallel.spread import in_order
from ecg_core.parallel.workers import chosen_workers, were_chosen

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

    def keep(stage: int, state: Arrays, row: EpochRow) -> None:
        told = row.of_stage(stage, len(stages))
        for k, weights in enumerate(final):
            state |= {f"finished.{k}.{key}": array for key, array in weights.items()}
        monitor.epoch(told)
        counts = {"stage": stage, "epoch": row.epoch, "done": told.done, "finished": len(final)}
        monitor.save(Checkpoint({**state, name: values}, counts))

    def finished(stage: int, weights: Arrays, judged: npt.NDArray[np.float32] | None) -> None:
        rows = stages[stage]
        if rows is None:
            final.append(weights)
        else:
            values[rows] = judged

    work = _Work(lesson_of, schedule, judge, export)
    here = len(stages) if not were_chosen() else first + bool(resumed)  # a network that was begun ends where it began
    for stage in range(first, here):
        begun = resumed if stage == first else None
        finished(stage, *work.carried_out(stage, stages[stage], begun, partial(keep, stage), monitor))
    for stage, done in enumerate(_spread(work, stages, here, monitor), start=here):
        if stages[stage] is None:
            lesson_of(stage, None)  # who brings lessons may note what a final network learned from
        for row in done.rows[:-1]:
            monitor.epoch(row.of_stage(stage, len(stages)))
        if done.rows:
            keep(stage, done.state, done.rows[-1])
        finished(stage, done.weights, done.judged)
    return CrossFitted(final, values)


@dataclass(frozen=True)
class _Done:
    """What came of one network that another process has trained."""

    weights: Arrays
    judged: npt.NDArray[np.float32] | None
    rows: list[EpochRow]
    state: Arrays
    """Of network and optimiser after the last epoch, as a checkpoint has them."""


@dataclass(frozen=True)
class _Work:
    """How each network is trained and judged."""

    lesson_of: Callable[[int, Rows | None], Lesson]
    schedule: Schedule
    judge: Callable[[int, Arrays, Rows], npt.NDArray[np.float32]]
    export: Callable[[Arrays], Arrays]

    def carried_out(
        self, stage: int, rows: Rows | None, resumed: Checkpoint | None, keep: Callable[[Arrays, EpochRow], None],
        monitor: Monitor,
    ) -> tuple[Arrays, npt.NDArray[np.float32] | None]:  # fmt: skip
        """Exported weights, and what they make of the rows left out."""

        def after(network: nn.Module, optimiser: torch.optim.Optimizer, row: EpochRow) -> None:
            keep(module_arrays(network, "network.") | optimiser_arrays(optimiser, "optimiser."), row)

        lesson = self.lesson_of(stage, rows)
        weights = self.export(_train_one(lesson, self.schedule, stage, resumed, after, monitor))
        return weights, None if rows is None else self.judge(stage, weights, rows)


def _elsewhere(work: _Work, stage: int, rows: Rows | None) -> _Done:
    torch.set_num_threads(1)
    told: list[EpochRow] = []
    last: Arrays = {}

    def keep(state: Arrays, row: EpochRow) -> None:
        told.append(row)
        last.clear()
        last.update(state)

    weights, judged = work.carried_out(stage, rows, None, keep, Monitor())
    return _Done(weights, judged, told, last)


def _spread(work: _Work, stages: Sequence[Rows | None], first: int, monitor: Monitor) -> Iterator[_Done]:
    """The networks from `first` on, in order, each trained by a process of its own, some at a time."""
    if first >= len(stages):
        return
    items = [(work, stage, stages[stage]) for stage in range(first, len(stages))]
    for done in in_order(_elsewhere, items, chosen_workers()):
        yield done
        if monitor.should_stop():
            raise Stopped


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
