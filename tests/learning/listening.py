"""A monitor for tests that train."""

from ecg_core.learning.checkpoint import Arrays, Checkpoint
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow


class Listener(Monitor):
    """Keeps rows and checkpoints, asks to stop after some epochs, and gives back the checkpoint it was made with."""

    def __init__(self, stop_after: int | None = None, resume: Checkpoint | None = None) -> None:
        self.stop_after, self.resume = stop_after, resume
        self.rows: list[EpochRow] = []
        self.kept: list[Checkpoint] = []

    def epoch(self, row: EpochRow) -> None:
        self.rows.append(row)

    def save(self, checkpoint: Checkpoint) -> None:
        arrays = {name: array.copy() for name, array in checkpoint.arrays.items()}
        self.kept.append(Checkpoint(arrays, dict(checkpoint.values)))

    def should_stop(self) -> bool:
        return self.stop_after is not None and len(self.rows) >= self.stop_after

    def load(self) -> Checkpoint | None:
        return self.resume

    def network(self, stage: int) -> Arrays:
        """Weights at the end of a stage."""
        last = [one for one in self.kept if one.values["stage"] == stage][-1]
        return {name: array for name, array in last.arrays.items() if name.startswith("network.")}

    @property
    def losses(self) -> list[float]:
        return [row.figures["train_loss"] for row in self.rows]
