"""What can be chosen before an image classifier is trained."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ecg_core.learning.options import Options
from ecg_core.tasks.classifier.options import TASKS, Balance, Task


@dataclass(frozen=True)
class ImageClassifierOptions(Options):
    """Options of one image classifier."""

    OF: ClassVar[str] = "an image classifier"
    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "ratio": (0.05, 1.0),
        "most_normal": (50, 100_000),
        "epochs": (1, 200),
        "steps_per_epoch": (0, 100_000),
        "batch_size": (16, 1024),
        "learning_rate": (1e-5, 1e-1),
        "folds": (2, 10),
        "members": (1, 5),
        "seed": (0, 2**31 - 1),
    }

    classes: Task = "four classes"
    """Images of beats only; an image folder has the classes of its sub-folders."""
    size: Literal[64, 128] = 64
    """Pixels a side."""
    ground: Literal["plain", "paper"] = "plain"
    """Images of beats: on plain or on ECG paper. An image folder: grey or in colour."""
    leads: Literal["both", "first", "second"] = "both"
    """Images of beats only."""
    balance: Balance = "class-weights"
    added: Literal["none", "gan"] = "none"
    """Synthetic images to add: none, or those of an image GAN for each class."""
    ratio: float = 0.3
    gans: str = ""
    """The image GANs to add images of: run ids or model folders, separated by spaces. Empty: the shipped one."""
    most_normal: int = 500
    """Images of beats: most N beats of one recording."""
    epochs: int = 6
    steps_per_epoch: int = 0
    """Steps of one epoch; 0: as many as show every image once."""
    batch_size: int = 128
    learning_rate: float = 4e-3
    folds: int = 5
    """Groups left out in turn for validation: of patients, or of images where a folder does not say whose they are."""
    members: int = 1
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes of images of beats, in order."""
        return TASKS[self.classes]
