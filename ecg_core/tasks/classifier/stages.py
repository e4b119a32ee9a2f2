"""Training the networks of a classifier one by one: those that validate, then the final ones.

What needs torch and knows neither beats nor images; a checkpoint after each epoch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ecg_core.evaluation.classification import figures
from ecg_core.learning.checkpoint import (
    Arrays,
    Checkpoint,
    load_module,
    load_optimiser,
    module_arrays,
    optimiser_arrays,
)
from ecg_core.learning.loop import n_batches, overall, train
from ecg_core.learning.model_folder import under
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.schedule import one_cycle
from ecg_core.networks.numpy_layers import folded
from ecg_core.tasks.classifier.balancing import Labels, TrainingRows

WEIGHT_DECAY = 1e-2
LABEL_SMOOTHING = 0.02
JUDGED_AT_ONCE = 2048


class LoopOptions(Protocol):
    """The options that say how long and how fast to train, whatever is classified."""

    @property
    def epochs(self) -> int: ...
    @property
    def steps_per_epoch(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True)
class Lesson:
    """What one network learns from, and what it is judged by on the way."""

    build: Callable[[], nn.Module]
    rows: TrainingRows
    show: Callable[[Tensor], tuple[Tensor, ...]]
    """Rows of `rows.inputs` as the network is shown them this time."""
    judge: Callable[[slice], tuple[Tensor, ...]]
    """Some rows left out, as they are."""
    judge_labels: Labels


class StageTrainer:
    """Trains network after network; picks up where the monitor's checkpoint left off."""

    def __init__(self, options: LoopOptions, shape: tuple[int, int], n_stages: int, monitor: Monitor) -> None:
        self.options, self.monitor, self.n_stages = options, monitor, n_stages
        self.resumed = monitor.load()
        arrays = self.resumed.arrays if self.resumed else {}
        self.stage = int(self.resumed.values["stage"]) if self.resumed else 0
        self.probability: npt.NDArray[np.float32] = (
            arrays["probability"].copy() if self.resumed else np.zeros(shape, np.float32)
        )
        """`shape`: probabilities of held-out rows, filled stage by stage by the caller."""
        n_finished = int(self.resumed.values["finished"]) if self.resumed else 0
        self.finished: list[Arrays] = [under(arrays, f"finished.{k}.") for k in range(n_finished)]
        """Folded weights of the final networks done; the caller adds to them."""

    def run(self, stage: int, lesson: Lesson) -> Arrays:
        """Train the network of `stage`; return its folded weights."""
        options, rows = self.options, lesson.rows
        torch.manual_seed(options.seed * 101 + stage)
        network = lesson.build()
        optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=WEIGHT_DECAY)
        done = 0
        if self.resumed and self.stage == stage:
            done = int(self.resumed.values["epoch"])
            load_module(network, self.resumed.arrays, "network.")
            load_optimiser(optimiser, self.resumed.arrays, "optimiser.")
        labels, shown = torch.from_numpy(rows.labels), torch.from_numpy(rows.shown)
        class_weights = torch.from_numpy(rows.class_weights)
        chances = torch.from_numpy(rows.chances()) if rows.by_class else None
        n = options.steps_per_epoch * options.batch_size or len(shown)
        per_epoch = n_batches(n, options.batch_size)
        step_number = done * per_epoch

        def step(batch: Tensor) -> dict[str, float]:
            nonlocal step_number
            network.train()
            for group in optimiser.param_groups:
                group["lr"] = one_cycle(step_number, options.epochs * per_epoch, options.learning_rate)
            drawn = batch % len(shown) if chances is None else torch.multinomial(chances, len(batch), replacement=True)
            chosen = shown[drawn]
            loss = nn.functional.cross_entropy(
                network(*lesson.show(chosen)), labels[chosen], class_weights, label_smoothing=LABEL_SMOOTHING
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            step_number += 1
            return {"train_loss": loss.item()}

        def validate() -> dict[str, float]:
            return _judged(network, lesson, class_weights) if len(lesson.judge_labels) else {}

        def after_epoch(row: dict[str, Any]) -> None:
            told = overall(row, stage, self.n_stages)
            arrays = module_arrays(network, "network.") | optimiser_arrays(optimiser, "optimiser.")
            for k, weights in enumerate(self.finished):
                arrays |= {f"finished.{k}.{name}": array for name, array in weights.items()}
            values = {"stage": stage, "epoch": row["epoch"], "done": told["done"], "finished": len(self.finished)}
            self.monitor.epoch(told)
            self.monitor.save(Checkpoint({**arrays, "probability": self.probability}, values))

        train(
            step,
            n,
            epochs=options.epochs,
            batch_size=options.batch_size,
            seed=options.seed * 101 + stage,
            done=done,
            validate=validate,
            after_epoch=after_epoch,
            should_stop=self.monitor.should_stop,
        )
        return folded(module_arrays(network))


def _judged(network: nn.Module, lesson: Lesson, class_weights: Tensor) -> dict[str, float]:
    """Loss and macro-F1 of rows the network was not trained on."""
    network.eval()
    with torch.no_grad():
        starts = range(0, len(lesson.judge_labels), JUDGED_AT_ONCE)
        parts = [network(*lesson.judge(slice(first, first + JUDGED_AT_ONCE))) for first in starts]
    logits = torch.cat(parts)
    loss = nn.functional.cross_entropy(logits, torch.from_numpy(lesson.judge_labels), class_weights)
    confusion = np.zeros((logits.shape[1],) * 2, np.int64)
    np.add.at(confusion, (lesson.judge_labels, logits.argmax(dim=1).numpy()), 1)
    return {"validation_loss": loss.item(), "macro_f1": float(figures(confusion).macro_f1)}
