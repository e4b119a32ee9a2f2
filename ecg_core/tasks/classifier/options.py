"""What can be chosen before a classifier is trained."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ecg_core.learning.options import Options

Task = Literal["four classes", "five classes", "normal or abnormal"]
Balance = Literal["none", "class-weights", "balanced-batches", "oversampling"]
Added = Literal["none", "smote", "gan"]
TASKS: dict[str, tuple[str, ...]] = {
    "four classes": ("N", "S", "V", "F"),
    "five classes": ("N", "S", "V", "F", "Q"),
    "normal or abnormal": ("normal", "abnormal"),
}
"""What is told apart -> names of the classes, in order."""


@dataclass(frozen=True)
class ClassifierOptions(Options):
    """Options of one beat classifier; every default was chosen on DS1."""

    OF: ClassVar[str] = "a classifier"
    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "ratio": (0.05, 1.0),
        "most_normal": (50, 100_000),
        "epochs": (1, 200),
        "steps_per_epoch": (0, 100_000),
        "batch_size": (16, 4096),
        "learning_rate": (1e-5, 1e-1),
        "folds": (2, 10),
        "members": (1, 5),
        "seed": (0, 2**31 - 1),
    }

    classes: Task = "four classes"
    """N, S, V and F; these and Q (8 beats in DS1: it can be named, not judged); or N against S, V and F together."""
    escape: Literal["N", "S"] = "N"
    """Class of escape beats `e` and `j`: N as EC57 has them, or S as some papers do."""
    balance: Balance = "class-weights"
    """What makes up for rare classes: nothing, weights in the loss (square root of the inverse share), batches with as
    many beats of each class, or rare beats repeated."""
    added: Added = "none"
    """Synthetic beats to add: none, SMOTE's interpolations, or those of a GAN for each class."""
    ratio: float = 0.3
    """With synthetic beats or oversampling: S, V and F are brought to this many for one N beat trained on."""
    gans: str = ""
    """The GANs to add beats of: run ids or model folders, separated by spaces. Empty: the shipped ones."""
    augment: bool = True
    """Vary amplitude and noise of every training beat anew each time it is shown."""
    parts: bool = True
    """Show each recording in quarters as well, each with its own median beat and rhythm: more recordings to learn
    from, though not more patients."""
    rhythm: bool = True
    """Join what the RR intervals say to what the network makes of the signal."""
    most_normal: int = 500
    """Most N beats of one recording (drawn at random): they are alike, and nine of ten beats are N."""
    epochs: int = 8
    steps_per_epoch: int = 0
    """Steps of one epoch; 0: as many as show every row once. A study fixes it, so that all ways of training get the
    same number of steps."""
    batch_size: int = 256
    learning_rate: float = 6e-3
    folds: int = 5
    """Groups of patients; each is classified by networks that have not seen it, for validation."""
    members: int = 3
    """Final networks, trained from different starts, whose probabilities are averaged: on DS1 three are worth 0.03 of
    macro-F1. Validation is by one network for each group."""
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes, in order."""
        return TASKS[self.classes]
