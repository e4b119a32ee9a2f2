"""What can be chosen before a study of few beats: what helps when a class has little to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from ecg_core.beats.balance import FILLED
from ecg_core.errors import RunError
from ecg_core.learning.options import Option, Options
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.gan.options import STEPS_PER_EPOCH, BeatClassName, GanOptions
from ecg_core.tasks.study.options import (
    WAYS,
    ChoicesField,
    EpochsField,
    FirstSeedField,
    SeedsField,
    StepsField,
    changed_by,
    ways_of,
)

FEWEST, MOST = 8, 10_000
"""Recorded beats; a GAN starts from the mean of eight at least."""
USUAL_OF_FEW = ("none", "oversampling", "gan")
USUAL_FEW_CHOICES = " ".join(USUAL_OF_FEW)


@dataclass(frozen=True)
class FewBeatsOptions(Options):
    """Options of one study of few beats. Same network, same steps, same seeds, same few beats for all ways."""

    OF: ClassVar[str] = "a study of few beats"

    classes: Annotated[
        str, Option("Classes of which only few beats are kept, each in trainings of its own, separated by spaces.")
    ] = "V S"
    numbers: Annotated[
        str,
        Option(
            "How many recorded beats of the class are learned from, separated by spaces.", label="Recorded beats kept"
        ),
    ] = "10 30 100 300"
    choices: ChoicesField = USUAL_FEW_CHOICES
    filled: Annotated[
        int,
        Option(
            "Ways that add beats bring the class to so many, recorded and added. The limit of ten for one recorded "
            "beat, which balancing has elsewhere, does not hold here: it would add next to nothing.",
            20,
            100_000,
            label="Beats of the class with those added",
        ),
    ] = 1000
    seeds: SeedsField = 5
    epochs: EpochsField = 4
    steps_per_epoch: StepsField = 125
    gan_epochs: Annotated[
        int,
        Option(
            "Of 100 steps each: the way `gan` trains one on each choice of few beats, and on nothing else.",
            1,
            1000,
            label="Epochs of each GAN",
        ),
    ] = 4
    seed: FirstSeedField = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, asked in (("classes", self.classes), ("numbers", self.numbers)):
            if not asked.split():
                raise RunError(f"{name} is empty: name at least one, separated by spaces.")
        if wrong := [name for name in self.class_names if name not in FILLED]:
            raise RunError(f"Few beats of class {', '.join(wrong)}: choose among {', '.join(FILLED)}.")
        unusable = [one for one in self.numbers.split() if not one.isdecimal() or not FEWEST <= int(one) <= MOST]
        if unusable:
            raise RunError(
                f"numbers has {', '.join(unusable)}: choose whole numbers from {FEWEST} to {MOST:,}, separated by "
                "spaces."
            )
        if self.filled <= max(self.counts):
            raise RunError(
                f"filled is {self.filled:,}: with {max(self.counts):,} recorded beats nothing would be added. Choose "
                "more."
            )
        for choice in self.ways:
            self.of_way(choice, 0)

    @property
    def class_names(self) -> tuple[BeatClassName, ...]:
        """Each class once."""
        return _once(self.classes.split())

    @property
    def counts(self) -> tuple[int, ...]:
        """Each number of recorded beats once, in ascending order."""
        return tuple(sorted({int(one) for one in self.numbers.split()}))

    @property
    def gan_steps(self) -> int:
        """Of each GAN."""
        return self.gan_epochs * STEPS_PER_EPOCH

    @property
    def ways(self) -> tuple[str, ...]:
        """Each way once, the plainest first."""
        return ways_of(self.choices)

    def of_way(self, way: str, k: int) -> ClassifierOptions:
        """Options of the k-th training of a way. Raises RunError for a way there is not."""
        plain = ClassifierOptions(
            balance="none", augment=False, parts=False, members=1, epochs=self.epochs,
            steps_per_epoch=self.steps_per_epoch, seed=self.seed + k,
        )  # fmt: skip
        return replace(plain, **changed_by(way, WAYS))

    def of_gan(self, beat_class: BeatClassName, k: int) -> GanOptions:
        """Options of the k-th GAN of a class: it learns from every beat it is given, and all it makes is kept."""
        return GanOptions(beat_class=beat_class, epochs=self.gan_epochs, held_out=0.0, accepted=1.0, seed=self.seed + k)


def _once(names: Sequence[str]) -> tuple[BeatClassName, ...]:
    return tuple(dict.fromkeys(names))  # type: ignore[arg-type] # those that are no class are refused
