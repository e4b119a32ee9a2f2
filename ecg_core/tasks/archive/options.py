"""What can be chosen before an archive is scored."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ecg_core.learning.options import Option, Options
from ecg_core.tasks.fidelity.options import places_in

LIMIT_S = 3600.0


@dataclass(frozen=True)
class ArchiveOptions(Options):
    """Options of one scoring."""

    OF: ClassVar[str] = "the scoring of an archive"

    out: Annotated[str, Option("The folder of the archive; what is scored there already is passed over.")] = ""
    model: Annotated[
        str,
        Option(
            "At most one beat classifier and one autoencoder: run ids or model folders, separated by commas.",
            label="Models",
        ),
    ] = "models/classifier, models/autoencoder"
    any_leads: Annotated[
        bool,
        Option(
            "Score recordings on leads the models were not trained on. Their rows say so, and their figures may be "
            "further off.",
            label="Any leads",
        ),
    ] = False
    limit: Annotated[
        float,
        Option("Seconds after which a recording, or a zip, is given up; 0: never.", 0, 1e6, label="Time limit (s)"),
    ] = LIMIT_S

    @property
    def names(self) -> tuple[str, ...]:
        """Each model once, in the order given."""
        return places_in(self.model)
