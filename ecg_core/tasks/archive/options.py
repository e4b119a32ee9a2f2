"""What can be chosen before an archive is scored."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ecg_core.data.importing.inspected import Choice
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
    rate: Annotated[
        float,
        Option("Samples a second of tables that do not say it, in Hz; 0: nobody knows.", 0, 1e6, label="Rate (Hz)"),
    ] = 0.0
    unit: Annotated[
        Literal["", "V", "mV", "uV"],
        Option("Unit of values where a file does not say it.", words={"": "As the file says", "uV": "µV"}),
    ] = ""
    limit: Annotated[
        float,
        Option("Seconds after which a recording, or a zip, is given up; 0: never.", 0, 1e6, label="Time limit (s)"),
    ] = LIMIT_S

    @property
    def choice(self) -> Choice:
        """Rate and unit of files that do not say them."""
        return Choice(self.rate or None, self.unit or None)

    @property
    def names(self) -> tuple[str, ...]:
        """Each model once, in the order given."""
        return places_in(self.model)
