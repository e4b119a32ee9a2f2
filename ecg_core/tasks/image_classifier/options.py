"""What can be chosen before an image classifier is trained."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ecg_core.beats.images import FORMS, Form, ImageConfig
from ecg_core.data.image_patients import SaidBy
from ecg_core.learning.options import Option, Options
from ecg_core.tasks.classifier.options import (
    CLASS_SET_WORDS,
    CLASS_SETS,
    BalanceField,
    BatchField,
    ClassSet,
    EpochsField,
    FoldsField,
    MembersField,
    MostNormalField,
    RateField,
    RatioField,
    SeedField,
    StepsField,
)

Ground = Literal["plain", "paper"]
Leads = Literal["both", "first", "second"]
GROUND_WORDS = {"plain": "Plain", "paper": "ECG paper"}
COLOUR_WORDS = {"plain": "Grey", "paper": "Colour"}
"""What the same choice means for the images of a folder."""

# Fields that image GANs have too, each declared once.
SizeField = Annotated[Literal[64, 128], Option("Pixels a side.", label="Pixels a side")]
GroundField = Annotated[
    Ground,
    Option("Images of beats: on plain or on ECG paper. An image folder: grey or in colour.", words=GROUND_WORDS),
]
LeadsField = Annotated[
    Leads,
    Option("Images of beats only.", words={"both": "Both leads", "first": "First lead", "second": "Second lead"}),
]

FormField = Annotated[
    Form,
    Option(
        "Images of beats only: the beat alone, over the recording's usual beat, or so with bars on the rhythm.",
        label="Show",
        words=FORMS,
    ),
]


@dataclass(frozen=True)
class ImageClassifierOptions(Options):
    """Options of one image classifier."""

    OF: ClassVar[str] = "an image classifier"

    classes: Annotated[
        ClassSet,
        Option(
            "Images of beats only; an image folder has the classes of its sub-folders.",
            label="Tell apart",
            words=CLASS_SET_WORDS,
        ),
    ] = "four classes"
    size: SizeField = 64
    ground: GroundField = "plain"
    leads: LeadsField = "both"
    form: FormField = "context"
    balance: BalanceField = "class-weights"
    added: Annotated[
        Literal["none", "gan"],
        Option(
            "Synthetic images to add: none, or those of an image GAN for each class.",
            label="Add synthetic images",
            words={"none": "Nothing", "gan": "Images of the image GANs"},
        ),
    ] = "none"
    ratio: RatioField = 0.3
    gans: Annotated[
        str,
        Option(
            "The image GANs to add images of: run ids or model folders, separated by spaces. Empty: the shipped one.",
            label="GANs, one a class",
        ),
    ] = ""
    most_normal: MostNormalField = 500
    epochs: EpochsField = 6
    steps_per_epoch: StepsField = 0
    batch_size: BatchField = 128
    learning_rate: RateField = 4e-3
    folds: FoldsField = 5
    patients: Annotated[
        SaidBy,
        Option(
            "Image folders only: whose the images are is said by patients.csv in the folder, if there is one (image,"
            "patient), or by each file's name up to the first _.",
            label="Patients are named by",
            words={"csv": "patients.csv, if there", "name": "File names, up to the first _"},
        ),
    ] = "csv"
    members: MembersField = 3
    seed: SeedField = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes of images of beats, in order."""
        return CLASS_SETS[self.classes]

    @property
    def drawing(self) -> ImageConfig:
        """How it has beats drawn."""
        return ImageConfig(self.size, self.ground, self.leads, self.form)
