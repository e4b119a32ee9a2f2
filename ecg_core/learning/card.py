"""What there is to be said of a trained model: its card.

The card is read from a file that anybody may have written, so it is checked here, once, field by field; what is left in
it untyped (`options`, `figures`, `about`) is checked by the task that knows its kind.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ecg_core.beats.config import BeatConfig
from ecg_core.data.labels import REFERENCE
from ecg_core.data.patients import Patients, mitdb_patients
from ecg_core.errors import ModelError
from ecg_core.typed_json import JsonObject, from_json, to_json, without_empty

FS_HZ = (20.0, 2_000.0)
LONGEST_S = 5.0
MOST_LEADS = 16
LARGEST = 1e12


@dataclass(frozen=True)
class SplitUsed:
    """The records a training used, and those it is to be judged on."""

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class DataUsed:
    """The data a model was trained on."""

    label: str
    data_hash: str
    simulated: bool = False


@dataclass(frozen=True)
class Preparation:
    """How the beats a model was trained on were prepared. It scores no others."""

    config: BeatConfig
    hash: str
    leads: Mapping[str, tuple[str, ...]]
    """Training record -> names of its leads, empty for one that it does not have."""
    one_lead: bool = False
    """Whether the first lead is enough: trained with the second hidden now and then."""

    def lead_names(self) -> tuple[str, ...]:
        """What to call the leads: a name all training records share, else lead1, lead2."""
        places = list(zip(*self.leads.values(), strict=False))
        names = [str(place[0]) if len(set(place)) == 1 else f"lead{k + 1}" for k, place in enumerate(places)]
        plain = all(name[:1].isalnum() and name.isprintable() and name == " ".join(name.split()) for name in names)
        if plain and len(set(names)) == len(names) == self.config.n_leads:
            return tuple(names)
        return tuple(f"lead{k + 1}" for k in range(self.config.n_leads))


@dataclass(frozen=True)
class Card:
    """A model's card."""

    kind: str
    created: str
    """ISO 8601, UTC."""
    split: SplitUsed
    options: JsonObject
    seed: int
    data: DataUsed
    versions: Mapping[str, str]
    command: str
    """Trains the same again."""
    figures: JsonObject = field(default_factory=dict)
    """Part, or `fidelity`, -> report, as JSON has it."""
    preparation: Preparation | None = None
    """None for a model of an image folder."""
    patients: Patients | None = None
    """Whose the training records are; None in cards from before patients were known."""
    layer: str = REFERENCE
    """The label layer that was learned from."""
    corrections: Mapping[str, str] = field(default_factory=dict)
    """Training record -> SHA-256 over the decisions of people that its labels were corrected by."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Training record -> why it was left out."""
    run: str = ""
    """The run a promoted model comes from."""
    weights_sha256: str = field(default="", compare=False)
    """Of the file of weights beside it; empty in cards from before it was kept. Set as both are written."""
    about: JsonObject = field(default_factory=dict)
    """What only its kind of model has: `threshold`, `classes`, `beats`, ..."""

    def patient_of(self, record: str) -> str:
        """The patient of a training record."""
        return (self.patients or mitdb_patients()).of(record)

    def to_json(self) -> JsonObject:
        """As `card.json` has it: the preparation and what only the kind has lie flat beside the rest."""
        value: JsonObject = {
            "kind": self.kind,
            "created": self.created,
            "split": to_json(self.split),
            "options": self.options,
            "seed": self.seed,
            "data": to_json(self.data),
        }
        if self.preparation:
            value |= {
                "preprocessing": to_json(self.preparation.config.parameters),
                "preprocessing_hash": self.preparation.hash,
                "leads": {name: list(leads) for name, leads in self.preparation.leads.items()},
                **({"one_lead": True} if self.preparation.one_lead else {}),
            }
        if self.patients is not None:
            value["patients"] = dict(self.patients.by_record)
        if self.layer != REFERENCE:
            value["layer"] = self.layer
        rest = {
            "corrections": dict(self.corrections),
            "unreadable": dict(self.unreadable),
            "run": self.run,
            "weights_sha256": self.weights_sha256,
        }
        value |= {"versions": dict(self.versions), "command": self.command, "figures": self.figures}
        return without_empty({**value, **self.about, **rest}, "corrections", "unreadable", "run", "weights_sha256")

    @classmethod
    def from_json(cls, value: object, what: str) -> "Card":
        """Raises ModelError, naming `what` and the field, for a card that lacks something or holds nonsense."""
        if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
            raise ModelError(f"{what} does not say what kind of model it is: the model is damaged.")
        nested = {name: one for name, one in value.items() if name not in FLAT and name != "patients"}
        if (config := value.get("preprocessing")) is not None:
            nested["preparation"] = {
                "config": config,
                "hash": value.get("preprocessing_hash"),
                "leads": value.get("leads"),
                "one_lead": value.get("one_lead", False),
            }
        known = {one.name for one in fields(cls)}
        nested["about"] = {name: one for name, one in nested.items() if name not in known}
        if "patients" in value:
            nested["patients"] = {"by_record": value["patients"]}
        card = from_json(cls, nested, what, ModelError)
        if card.preparation:
            _check(card.preparation, what)
        return card


FLAT = ("preprocessing", "preprocessing_hash", "leads", "one_lead")
"""Fields of the file that make up the preparation."""


def _check(preparation: Preparation, what: str) -> None:
    """Refuse a preparation nobody can have meant, before anything is sized by it."""
    config = preparation.config
    low, high = config.band_hz
    fine: dict[str, bool] = {
        "fs": FS_HZ[0] <= config.fs <= FS_HZ[1],
        "before_s": 0 < config.before_s <= LONGEST_S,
        "after_s": 0 < config.after_s <= LONGEST_S,
        "band_hz": 0 < low < high,
        "n_leads": 1 <= config.n_leads <= MOST_LEADS,
    }
    for name, good in fine.items():
        if not good:
            raise ModelError(f"{what} is damaged: preprocessing.{name} is {getattr(config, name)!r}.")
    short = [name for name, leads in preparation.leads.items() if len(leads) != config.n_leads]
    if short:
        raise ModelError(f"{what} is damaged: leads of record {short[0]} are not {config.n_leads}.")


def count_of(card: Card, name: str) -> str:
    """A whole number that only this kind of model has, for a list of models; a question mark if it has none."""
    value: Any = card.about.get(name)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else "?"


def number_of(card: Card, name: str, what: str) -> float:
    """A finite number that only this kind of model has. Raises ModelError if it is missing or none."""
    value: Any = card.about.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelError(f"{what} is damaged: {name} is {value!r}, expected a number.")
    if not math.isfinite(number := float(min(max(value, -LARGEST), LARGEST))) or abs(number) == LARGEST:
        raise ModelError(f"{what} is damaged: {name} is {value!r}, expected a finite number.")
    return number
