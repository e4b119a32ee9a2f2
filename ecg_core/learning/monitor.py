"""What a training reports to, and asks whether to go on. The run folder implements it; by default nobody listens."""

import numpy as np
import numpy.typing as npt

from ecg_core.learning.checkpoint import Checkpoint
from ecg_core.learning.progress import EpochRow


class Monitor:
    """Listens to a training. Subclasses override what they need."""

    def phase(self, name: str, done: int, of: int) -> None:
        """Work before or after the epochs: `done` of `of` pieces of the phase called `name`."""

    def epoch(self, row: EpochRow) -> None:
        """An epoch has ended."""

    def frame(self, epoch: int, samples: npt.NDArray[np.generic]) -> None:
        """What a generator makes of the same noise after this epoch: one frame of a film. Comes before `epoch`."""

    def should_stop(self) -> bool:
        """Whether somebody asked to stop."""
        return False

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint, replacing the one before. Comes after `epoch`; its value `done` is that row's."""

    def load(self) -> Checkpoint | None:
        """The checkpoint to go on from, if there is one."""
        return None
