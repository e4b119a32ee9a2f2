"""What an archive's folder says of itself: which models scored it, by the SHA-256 of their weights."""

from dataclasses import dataclass, replace
from typing import Self

from ecg_core.data.importing.inspected import Unit
from ecg_core.errors import RunError
from ecg_core.typed_json import JsonObject, from_json, to_json

MANIFEST = "archive.json"
FORMAT = 2
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

    def after(self, there: "Manifest") -> "Manifest":
        """The same for an archive that is there: what nobody says now stays as it was said before."""
        return replace(self, rate=self.rate or there.rate, unit=self.unit or there.unit)

    def differs(self, there: "Manifest") -> str:
        """How it differs, to a reader, from that of an archive that is there; empty if rows of both can be mixed.

        A rate or unit that nobody had said is no difference: recordings that need one had failed.
        """
        mine = self.after(there)
        if self.format != there.format:
            return "was scored by another version of the workbench, whose rows hold something else"
        if self.models != there.models:
            return f"was scored by {there.by}, not by {self.by}"
        if self.any_leads != there.any_leads:
            return "was scored without --any-leads" if self.any_leads else "was scored with --any-leads"
        if there.rate not in (None, mine.rate):
            return f"took tables to have {there.rate:g} samples a second, not {mine.rate:g}"
        return f"took values to be in {there.unit}, not {mine.unit}" if there.unit not in (None, mine.unit) else ""

    @property
    def by(self) -> str:
        """Its models in a sentence."""
        return " and ".join(f"{one.name} ({one.sha256[:8]})" for one in self.models) or "no model"

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str) -> Self:
        """Raises RunError, naming `what` and the field, for anything that is no manifest."""
        return from_json(cls, value, what, RunError)
