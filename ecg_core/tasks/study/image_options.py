"""What can be chosen before a study of images: several ways of training one image classifier, compared."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from ecg_core.learning.options import Option, Options
from ecg_core.tasks.image_classifier.options import FormField, ImageClassifierOptions
from ecg_core.tasks.study.options import (
    PLAIN,
    AddedRatioField,
    ChoicesField,
    EpochsField,
    Fields,
    FirstSeedField,
    SeedsField,
    StepsField,
    changed_by,
    ways_of,
)

AUGMENTATION = "augmentation"
IMAGE_WAYS: dict[str, Fields] = {
    PLAIN: {},
    "class-weights": {"balance": "class-weights"},
    "balanced-batches": {"balance": "balanced-batches"},
    "oversampling": {"balance": "oversampling"},
    AUGMENTATION: {},
    "gan": {"added": "gan"},
}
"""What a way of training changes in the options of the plainest one; augmentation changes the images instead. Several
are joined by +."""
USUAL_OF_IMAGES = (
    "none",
    "class-weights",
    "oversampling",
    "augmentation",
    "gan",
    "class-weights+augmentation",
    "gan+class-weights",
    "gan+class-weights+augmentation",
)
USUAL_IMAGE_CHOICES = " ".join(USUAL_OF_IMAGES)


@dataclass(frozen=True)
class ImageStudyOptions(Options):
    """Options of one study of images. Same network, same steps, same seeds; only what `choices` name differs."""

    OF: ClassVar[str] = "a study of images"

    choices: ChoicesField = USUAL_IMAGE_CHOICES
    form: FormField = "context"
    seeds: SeedsField = 5
    epochs: EpochsField = 6
    steps_per_epoch: StepsField = 125
    ratio: AddedRatioField = 0.3
    gans: Annotated[
        str, Option("The image GANs of the way `gan`, as in `train image-classifier`. Empty: the shipped ones.")
    ] = ""
    seed: FirstSeedField = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for choice in self.ways:
            self.of_way(choice, 0)

    @property
    def ways(self) -> tuple[str, ...]:
        """Each way once, the plainest first."""
        return ways_of(self.choices)

    def of_way(self, way: str, k: int) -> ImageClassifierOptions:
        """Options of the k-th training of a way. Raises RunError for a way there is not."""
        plain = ImageClassifierOptions(
            form=self.form, balance="none", members=1, ratio=self.ratio, gans=self.gans, epochs=self.epochs,
            steps_per_epoch=self.steps_per_epoch, seed=self.seed + k,
        )  # fmt: skip
        return replace(plain, **changed_by(way, IMAGE_WAYS))

    @staticmethod
    def varied(way: str) -> bool:
        """Whether a way shows varied images besides those of the beats as they are."""
        return AUGMENTATION in way.split("+")
