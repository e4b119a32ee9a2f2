"""What can be chosen before synthetic beats are judged."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ecg_core.learning.options import Option, Options


@dataclass(frozen=True)
class FidelityOptions(Options):
    """Options of one judgement."""

    OF: ClassVar[str] = "a judgement of synthetic beats"

    models: Annotated[
        str,
        Option("The beat GANs to judge, one a class: run ids or model folders, separated by commas.", label="GANs"),
    ] = "models/gan-S, models/gan-V, models/gan-F"
    seed: Annotated[int, Option("Of every draw.", 0, 2**31 - 1)] = 1

    @property
    def places(self) -> tuple[str, ...]:
        """Each model once, in the order given."""
        return tuple(dict.fromkeys(self.models.replace(",", " ").split()))
