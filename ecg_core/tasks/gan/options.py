"""What can be chosen before a GAN is trained: one that makes beats, or one that makes ECG images."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ecg_core.beats.images import ImageConfig
from ecg_core.learning.options import Option, Options
from ecg_core.tasks.image_classifier.options import FormField, GroundField, LeadsField, SizeField

BeatClassName = Literal["S", "V", "F", "N", "Q"]
STEPS_PER_EPOCH = 100
"""An epoch is this many steps, whatever the class holds: 414 beats and 45,000 then train alike."""
FEWEST_BEATS = 100
FEWEST_IMAGES = 100
HIGHEST_SEED = 2**31 - 1

EPOCHS = Option("Of 100 steps each, however many beats or images the class has.", 1, 1000)
SEED = Option("The same seed and options give the same GAN.", 0, HIGHEST_SEED)
RATE = Option("Of the generator. Lower it if a training stops because a loss is not a number.", 1e-5, 1e-2, 1e-4)

PER_COMPONENT = Option(
    "The generator starts from a mixture of average beats, one for about so many recorded ones. Fewer copy more.",
    10,
    10_000,
)


@dataclass(frozen=True)
class GanOptions(Options):
    """Options of one beat GAN; every default was chosen on DS1."""

    OF: ClassVar[str] = "a beat GAN"

    beat_class: Annotated[
        BeatClassName, Option("AAMI class whose beats the GAN learns: one GAN a class.", label="Class")
    ] = "V"
    epochs: Annotated[int, EPOCHS] = 60
    batch_size: Annotated[int, Option("Recorded beats, and as many synthetic ones, in each step.", 16, 512)] = 64
    learning_rate: Annotated[float, RATE] = 5e-4
    penalty: Annotated[
        float,
        Option(
            "Weight of the discriminator's gradient penalties: holds it back. Too little, and it wins early; too much, "
            "and it learns little.",
            0,
            100,
            0.01,
            label="Gradient penalty",
        ),
    ] = 0.1
    beats_per_component: Annotated[int, PER_COMPONENT] = 20
    held_out: Annotated[
        float,
        Option(
            "Share of the recorded beats the GAN does not learn from: half of them help to choose which of its beats "
            "are kept, on the other half it is judged.",
            0,
            0.8,
            0.05,
            label="Beats held out",
        ),
    ] = 0.4
    accepted: Annotated[
        float,
        Option("Share of the beats it makes that is kept; 1 keeps all.", 0.02, 1, 0.01, label="Beats kept"),
    ] = 0.25
    seed: Annotated[int, SEED] = 0


@dataclass(frozen=True)
class ImageGanOptions(Options):
    """Options of one image GAN."""

    OF: ClassVar[str] = "an image GAN"

    label: Annotated[
        str,
        Option("Class whose images the GAN learns: an AAMI class, or a sub-folder of an image folder.", label="Class"),
    ] = "V"
    size: SizeField = 64
    ground: GroundField = "plain"
    leads: LeadsField = "both"
    form: FormField = "context"
    epochs: Annotated[int, EPOCHS] = 12
    batch_size: Annotated[int, Option("Recorded images, and as many synthetic ones, in each step.", 8, 256)] = 32
    learning_rate: Annotated[float, RATE] = 2e-4
    penalty: Annotated[
        float,
        Option(
            "Weight of the discriminator's gradient penalties; below about 10 a generator of pixels goes blank.",
            0,
            1000,
            1.0,
            label="Gradient penalty",
        ),
    ] = 100.0
    beats_per_component: Annotated[int, PER_COMPONENT] = 20
    held_out: Annotated[
        float,
        Option(
            "Images of beats only. Share of the recorded images the GAN does not learn from: on these it is judged.",
            0,
            0.8,
            0.05,
            label="Images held out",
        ),
    ] = 0.2
    seed: Annotated[int, SEED] = 0

    @property
    def drawing(self) -> ImageConfig:
        """How it has beats drawn."""
        return ImageConfig(self.size, self.ground, self.leads, self.form)
