"""The part of an autoencoder's training that needs torch: network after network, a checkpoint after each epoch."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ecg_core.learning.checkpoint import (
    Arrays,
    Checkpoint,
    load_module,
    load_optimiser,
    module_arrays,
    optimiser_arrays,
)
from ecg_core.learning.loop import n_batches, overall, train
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.schedule import one_cycle
from ecg_core.networks.dense_autoencoder import DenseAutoencoder
from ecg_core.tasks.autoencoder.detector import HIDDEN, WEIGHT_DECAY, Rows
from ecg_core.tasks.autoencoder.options import AutoencoderOptions


class StageTrainer:
    """Trains the networks of a cross-validation one by one; picks up where the monitor's checkpoint left off."""

    def __init__(
        self, options: AutoencoderOptions, x: npt.NDArray[np.float32], n_stages: int, monitor: Monitor
    ) -> None:
        self.options, self.monitor, self.n_stages = options, monitor, n_stages
        self.x = torch.from_numpy(x)  # (n, n_inputs)
        self.resumed = monitor.load()
        self.stage = int(self.resumed.values["stage"]) if self.resumed else 0
        self.error = self.resumed.arrays["error"].copy() if self.resumed else np.zeros(len(x), np.float32)
        """(n,) reconstruction errors of held-out rows, filled stage by stage by the caller."""

    def run(self, stage: int, fitted: Rows, held_out: Rows) -> Arrays:
        """Train the network of `stage` on rows `fitted`, reporting the loss on `held_out`; return its weights."""
        options = self.options
        torch.manual_seed(options.seed)
        network = DenseAutoencoder(self.x.shape[1], HIDDEN, options.bottleneck)
        optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=WEIGHT_DECAY)
        done = 0
        if self.resumed and self.stage == stage:
            done = int(self.resumed.values["epoch"])
            load_module(network, self.resumed.arrays, "network.")
            load_optimiser(optimiser, self.resumed.arrays, "optimiser.")
        rows, others = torch.from_numpy(fitted), torch.from_numpy(held_out)
        per_epoch = n_batches(len(fitted), options.batch_size)
        step_number = done * per_epoch

        def step(batch: torch.Tensor) -> dict[str, float]:
            nonlocal step_number
            for group in optimiser.param_groups:
                group["lr"] = one_cycle(step_number, options.epochs * per_epoch, options.learning_rate)
            x = self.x[rows[batch]]  # (batch, n_inputs)
            loss = torch.nn.functional.mse_loss(network(x), x)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            step_number += 1
            return {"train_loss": loss.item()}

        def validate() -> dict[str, float]:
            if not len(others):
                return {}
            with torch.no_grad():
                parts = [(network(self.x[some]) - self.x[some]).square().mean(1) for some in torch.split(others, 8192)]
            return {"validation_loss": float(torch.cat(parts).mean())}

        def after_epoch(row: dict[str, Any]) -> None:
            shown = overall(row, stage, self.n_stages)
            arrays = module_arrays(network, "network.") | optimiser_arrays(optimiser, "optimiser.")
            values = {"stage": stage, "epoch": row["epoch"], "done": shown["done"]}
            self.monitor.epoch(shown)
            self.monitor.save(Checkpoint({**arrays, "error": self.error}, values))

        train(
            step,
            len(fitted),
            epochs=options.epochs,
            batch_size=options.batch_size,
            seed=options.seed * 101 + stage,
            done=done,
            validate=validate,
            after_epoch=after_epoch,
            should_stop=self.monitor.should_stop,
        )
        return module_arrays(network)
