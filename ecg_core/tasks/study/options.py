"""What can be chosen before a study: several ways of training one classifier, compared on the same unseen records."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from ecg_core.errors import RunError
from ecg_core.learning.options import Option, Options
from ecg_core.tasks.classifier.options import ClassifierOptions

Fields = dict[str, Any]
"""Fields of a training's options, and what they are set to."""
PLAIN = "none"
WAYS: dict[str, Fields] = {
    PLAIN: {},
    "class-weights": {"balance": "class-weights"},
    "balanced-batches": {"balance": "balanced-batches"},
    "oversampling": {"balance": "oversampling"},
    "augmentation": {"augment": True, "parts": True},
    "smote": {"added": "smote"},
    "gan": {"added": "gan"},
}
"""What a way of training changes in the plainest one. Several are joined by +."""
USUAL = (
    "none",
    "class-weights",
    "balanced-batches",
    "oversampling",
    "augmentation",
    "smote",
    "gan",
    "class-weights+augmentation",
    "gan+class-weights+augmentation",
)
USUAL_CHOICES = " ".join(USUAL)
HIGHEST_SEED = 2**30

ChoicesField = Annotated[
    str,
    Option(
        "Ways of training, separated by spaces; `none` is always among them, the others are compared with it.",
        label="Ways of training",
    ),
]
SeedsField = Annotated[int, Option("Trainings of each way, from different starts.", 2, 50)]
EpochsField = Annotated[int, Option("Of each training.", 1, 100)]
StepsField = Annotated[int, Option("The same for every way.", 10, 10_000)]
AddedRatioField = Annotated[
    float,
    Option(
        "Ways that add beats: S, V and F are brought to this many for one N beat.",
        0.05,
        1.0,
        0.05,
        label="Beats added, for one N beat",
    ),
]
FirstSeedField = Annotated[int, Option("First seed; the others follow it.", 0, HIGHEST_SEED)]


def ways_of(choices: str) -> tuple[str, ...]:
    """Each way once, the plainest first. Raises RunError if none is named."""
    if not choices.split():
        raise RunError("choices is empty: name ways of training, separated by spaces.")
    return tuple(dict.fromkeys([PLAIN, *choices.split()]))


def changed_by(way: str, ways: Mapping[str, Fields]) -> Fields:
    """What a way, which may be some of `ways` joined by +, changes. Raises RunError for one there is not, or two that
    change the same."""
    changed: Fields = {}
    for one in way.split("+"):
        if one not in ways:
            raise RunError(f"Unknown way of training {one!r}: choose among {', '.join(ways)}, or join some by +.")
        if clash := set(ways[one]) & set(changed):
            raise RunError(f"{way}: two of these set {', '.join(sorted(clash))}. Choose one of them.")
        changed |= ways[one]
    return changed


@dataclass(frozen=True)
class StudyOptions(Options):
    """Options of one study. Same network, same steps, same seeds; only what `choices` name differs."""

    OF: ClassVar[str] = "a study"

    choices: ChoicesField = USUAL_CHOICES
    seeds: SeedsField = 5
    epochs: EpochsField = 8
    steps_per_epoch: StepsField = 120
    ratio: AddedRatioField = 0.3
    gans: Annotated[str, Option("The GANs of the way `gan`, as in `train classifier`. Empty: the shipped ones.")] = ""
    seed: FirstSeedField = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for choice in self.ways:
            self.of_way(choice, 0)

    @property
    def ways(self) -> tuple[str, ...]:
        """Each way once, the plainest first."""
        return ways_of(self.choices)

    def of_way(self, way: str, k: int) -> ClassifierOptions:
        """Options of the k-th training of a way. Raises RunError for a way there is not."""
        plain = ClassifierOptions(
            balance="none", augment=False, parts=False, members=1, ratio=self.ratio, gans=self.gans, epochs=self.epochs,
            steps_per_epoch=self.steps_per_epoch, seed=self.seed + k,
        )  # fmt: skip
        return replace(plain, **changed_by(way, WAYS))
