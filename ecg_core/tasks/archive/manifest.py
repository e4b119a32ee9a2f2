"""What an archive's folder says of itself: which models scored it, by the SHA-256 of their weights."""

from dataclasses import dataclass
from typing import Self

from ecg_core.data.importing.inspected import Unit
from ecg_core.errors import RunError
from ecg_core.typed_json import JsonObject, from_json, to_json

MANIFEST = "archive.json"
FORMAT = 1
"""Raise when a row comes to hold something else: what was scored before is then scored again elsewhere."""


@dataclass(frozen=True)
class ModelUsed:
    """A model of an archive."""

    name: str
    kind: str
    sha256: str
    """Of its weights."""


@dataclass(frozen=True)
class Manifest:
    """Everything but the recordings that a row depends on."""

    models: tuple[ModelUsed, ...]
    any_leads: bool
    """Whether leads were scored that a model was not trained on."""
    rate: float | None = None
    """Hz, said of tables that do not say it."""
    unit: Unit | None = None
    """Of values, said where files do not."""
    format: int = FORMAT

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str) -> Self:
        """Raises RunError, naming `what` and the field, for anything that is no manifest."""
        return from_json(cls, value, what, RunError)
