"""What was asked of a run: its config, written once when it starts and checked whenever it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ecg_core.data.labels import REFERENCE
from ecg_core.data.patients import Patients
from ecg_core.errors import RunError
from ecg_core.learning.card import SplitUsed
from ecg_core.tasks.material import Material, SourceUsed, material_of
from ecg_core.typed_json import JsonObject, from_json


@dataclass(frozen=True)
class RunConfig:
    """A run's `config.json`."""

    kind: str
    created: str
    """ISO 8601, UTC."""
    options: JsonObject
    source: SourceUsed
    split: SplitUsed
    command: str = ""
    """Runs the same again."""
    patients: Mapping[str, str] | None = None
    """Record -> patient; None in runs from before patients were known."""
    layer: str = REFERENCE

    @property
    def started(self) -> datetime:
        """When it was created, with its time zone."""
        return datetime.fromisoformat(self.created)

    @property
    def material(self) -> Material:
        """What it works on."""
        patients = None if self.patients is None else Patients(dict(self.patients))
        return material_of(self.source, self.split, patients, self.layer)

    @classmethod
    def from_json(cls, value: object, what: str) -> "RunConfig":
        """Raises RunError, naming `what` and the field, for anything that is no such config."""
        config = from_json(cls, value, what, RunError)
        try:
            naive = config.started.tzinfo is None
        except ValueError:
            naive = True
        if naive:
            raise RunError(f"{what} is damaged: created is {config.created[:40]!r}, expected a time with its zone.")
        return config
