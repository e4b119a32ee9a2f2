"""What can be chosen before synthetic beats, or synthetic images, are judged."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ecg_core.learning.options import Option, Options

SeedField = Annotated[int, Option("Of every draw.", 0, 2**31 - 1)]


@dataclass(frozen=True)
class FidelityOptions(Options):
    """Options of one judgement."""

    OF: ClassVar[str] = "a judgement of synthetic beats"

    models: Annotated[
        str,
        Option("The beat GANs to judge, one a class: run ids or model folders, separated by commas.", label="GANs"),
    ] = "models/gan-S, models/gan-V, models/gan-F"
    unseen: Annotated[
        bool,
        Option(
            "Also against the patients of the test records, and whether a classifier that learns from synthetic beats "
            "finds the class in them. Without it no test record is looked at.",
            label="Test records too",
        ),
    ] = True
    seed: SeedField = 1

    @property
    def places(self) -> tuple[str, ...]:
        """Each model once, in the order given."""
        return places_in(self.models)


@dataclass(frozen=True)
class ImageFidelityOptions(Options):
    """Options of one judgement of images."""

    OF: ClassVar[str] = "a judgement of synthetic images"

    models: Annotated[
        str,
        Option("The image GANs to judge, one a class: run ids or model folders, separated by commas.", label="GANs"),
    ] = "models/image-gan-S, models/image-gan-V, models/image-gan-F"
    seed: SeedField = 1

    @property
    def places(self) -> tuple[str, ...]:
        """Each model once, in the order given."""
        return places_in(self.models)


def places_in(models: str) -> tuple[str, ...]:
    """Run ids or model folders in a text that separates them by commas or blanks; each once, in the order given."""
    return tuple(dict.fromkeys(models.replace(",", " ").split()))
