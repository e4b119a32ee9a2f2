"""What can be chosen before a beat classifier is trained."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ecg_core.beats.classes import CLASSES, SCORED
from ecg_core.learning.options import Option, Options

ClassSet = Literal["four classes", "five classes", "normal or abnormal"]
Balance = Literal["none", "class-weights", "balanced-batches", "oversampling"]
Added = Literal["none", "smote", "gan"]
CLASS_SETS: dict[str, tuple[str, ...]] = {
    "four classes": SCORED,
    "five classes": CLASSES,
    "normal or abnormal": ("normal", "abnormal"),
}
"""What is told apart -> names of the classes, in order."""
CLASS_SET_WORDS = {
    "four classes": "N, S, V, F",
    "five classes": "N, S, V, F and Q (Q is never scored: 8 beats to learn from)",
    "normal or abnormal": "Normal or abnormal",
}
BALANCE_WORDS = {
    "none": "Nothing",
    "class-weights": "Class weights in the loss",
    "balanced-batches": "Balanced batches",
    "oversampling": "Rare beats repeated",
}
HIGHEST_SEED = 2**31 - 1

# Fields that image classifiers have too, each declared once.
BalanceField = Annotated[
    Balance,
    Option(
        "What makes up for rare classes: nothing, weights in the loss (square root of the inverse share), batches with "
        "as many beats of each class, or rare beats repeated.",
        label="Make up for rare classes by",
        words=BALANCE_WORDS,
    ),
]
RatioField = Annotated[
    float,
    Option(
        "With synthetic beats or oversampling: S, V and F are brought to this many for one N beat trained on.",
        0.05,
        1.0,
        0.05,
        label="Bring S, V and F to, for one N beat learned from",
    ),
]
MostNormalField = Annotated[
    int,
    Option(
        "Most N beats of one recording (drawn at random): they are alike, and nine of ten beats are N.",
        50,
        100_000,
        label="At most this many N beats per record",
    ),
]
EpochsField = Annotated[int, Option("Passes over the training rows, for each network.", 1, 200)]
StepsField = Annotated[
    int,
    Option(
        "Steps of one epoch; 0: as many as show every row once. A study fixes it, so that all ways of training get the "
        "same number of steps.",
        0,
        100_000,
    ),
]
BatchField = Annotated[int, Option("Rows in one step.", 16, 4096)]
RateField = Annotated[float, Option("At its highest. Lower it if a loss is not a number.", 1e-5, 1e-1, 1e-3)]
FoldsField = Annotated[
    int,
    Option(
        "Groups of patients; each is classified by networks that have not seen it: that is the validation. Images of a "
        "folder are grouped at random where it does not say whose they are.",
        2,
        48,
        label="Patient groups",
    ),
]
MembersField = Annotated[
    int,
    Option(
        "Final networks, trained from different starts, whose probabilities are averaged: on DS1 three are worth 0.03 "
        "of macro-F1. Validation is by one network for each group.",
        1,
        5,
        label="Final networks",
    ),
]
SeedField = Annotated[int, Option("The same seed and options give the same result.", 0, HIGHEST_SEED)]


@dataclass(frozen=True)
class ClassifierOptions(Options):
    """Options of one beat classifier; every default was chosen on DS1."""

    OF: ClassVar[str] = "a classifier"

    classes: Annotated[
        ClassSet,
        Option(
            "N, S, V and F; these and Q (8 beats in DS1: it can be named, not judged); or N against S, V and F "
            "together.",
            label="Tell apart",
            words=CLASS_SET_WORDS,
        ),
    ] = "four classes"
    escape: Annotated[
        Literal["N", "S"],
        Option(
            "Class of escape beats `e` and `j`: N as EC57 has them, or S as some papers do.",
            label="Escape beats (e, j) count as",
        ),
    ] = "N"
    balance: BalanceField = "class-weights"
    added: Annotated[
        Added,
        Option(
            "Synthetic beats to add: none, SMOTE's interpolations, or those of a GAN for each class.",
            label="Add synthetic beats",
            words={"none": "Nothing", "smote": "SMOTE: between two beats of a class", "gan": "Beats of the GANs"},
        ),
    ] = "none"
    ratio: RatioField = 0.3
    gans: Annotated[
        str,
        Option(
            "The GANs to add beats of: run ids or model folders, separated by spaces. Empty: the shipped ones.",
            label="GANs, one a class",
        ),
    ] = ""
    augment: Annotated[
        bool,
        Option(
            "Vary amplitude and noise of every training beat anew each time it is shown.",
            label="Vary amplitude and noise",
        ),
    ] = True
    parts: Annotated[
        bool,
        Option(
            "Show each recording in quarters as well, each with its own median beat and rhythm: more recordings to "
            "learn from, though not more patients.",
            label="Also train on each quarter of a recording",
        ),
    ] = True
    rhythm: Annotated[
        bool,
        Option(
            "Join what the RR intervals say to what the network makes of the signal: how early a beat comes, in units "
            "of the recording's own RR spread. S beats often look normal: without it few are found. Uses the whole "
            "recording (off-line, as in a Holter report).",
            label="Look at the rhythm",
        ),
    ] = True
    steps: Annotated[
        bool,
        Option(
            "After the network, read each recording as a whole: group its beats by shape, tell V and F by shape, read "
            "the rhythm without them, look for atrial fibrillation, then tell S by prematurity and P wave. For N, S, "
            "V and F only.",
            label="Then read the recording as a whole",
        ),
    ] = True
    most_normal: MostNormalField = 500
    epochs: EpochsField = 8
    steps_per_epoch: StepsField = 0
    batch_size: BatchField = 256
    learning_rate: RateField = 6e-3
    folds: FoldsField = 5
    members: MembersField = 3
    seed: SeedField = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes, in order."""
        return CLASS_SETS[self.classes]

    @property
    def reads_whole(self) -> bool:
        """Whether the network is followed by the steps that read a recording as a whole."""
        return self.steps and self.classes == "four classes"
