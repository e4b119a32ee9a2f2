"""A trained model as a folder: arrays in `model.safetensors`, everything to be said of it in `card.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecg_core.beats.config import BeatConfig
from ecg_core.errors import ModelError, RunError
from ecg_core.files import read_json, write_json
from ecg_core.learning.checkpoint import Arrays, Checkpoint, read_checkpoint, write_checkpoint

WEIGHTS, CARD = "model.safetensors", "card.json"


def write_model(folder: Path, kind: str, arrays: Arrays, card: dict[str, Any], **values: Any) -> None:
    """Write both files; the card last, so that a folder with a card is complete. `values` go beside the arrays."""
    write_checkpoint(folder / WEIGHTS, Checkpoint(arrays, {"kind": kind, **values}))
    write_json(folder / CARD, {"kind": kind, **card})


def load_card(folder: Path) -> dict[str, Any]:
    """The card of a model folder. Raises ModelError if it is missing or damaged."""
    path = folder / CARD
    try:
        card: Any = read_json(path)
    except FileNotFoundError:
        raise ModelError(f"{folder} holds no model: there is no {CARD} in it.") from None
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON ({error}): the model is damaged.") from None
    if not isinstance(card, dict) or "kind" not in card:
        raise ModelError(f"{path} does not say what kind of model it is: the model is damaged.")
    found: dict[str, Any] = card
    return found


def read_model(folder: Path, kind: str) -> tuple[dict[str, Any], Checkpoint]:
    """Card and stored arrays of a model. Raises ModelError if it is of another kind, or a file missing or damaged."""
    card = load_card(folder)
    if card["kind"] != kind:
        raise ModelError(f"{folder} holds a model of kind {card['kind']!r}, expected {kind!r}.")
    try:
        return card, read_checkpoint(folder / WEIGHTS)
    except (FileNotFoundError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({error}).") from None


def config_of(card: dict[str, Any]) -> BeatConfig:
    """The preparation a model's card asks for."""
    return BeatConfig(**{**card["preprocessing"], "band_hz": tuple(card["preprocessing"]["band_hz"])})


def lead_names(card: Mapping[str, Any]) -> tuple[str, ...]:
    """What to call a GAN's leads: a name all training records share, else lead1, lead2."""
    places = list(zip(*card["leads"].values(), strict=True))
    names = [str(place[0]) if len(set(place)) == 1 else f"lead{k + 1}" for k, place in enumerate(places)]
    plain = all(name[:1].isalnum() and name.isprintable() and name == " ".join(name.split()) for name in names)
    return tuple(names) if plain and len(set(names)) == len(names) else tuple(f"lead{k + 1}" for k in range(len(names)))


def under(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
