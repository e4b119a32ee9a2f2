"""A trained model as a folder: arrays in `model.safetensors`, everything to be said of it in `card.json`."""

from pathlib import Path

import numpy as np

from ecg_core.errors import ModelError, RunError
from ecg_core.files import read_json, write_json
from ecg_core.learning.card import Card
from ecg_core.learning.checkpoint import Arrays, Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.typed_json import JsonObject

WEIGHTS, CARD = "model.safetensors", "card.json"


def write_model(folder: Path, card: Card, arrays: Arrays, values: JsonObject | None = None) -> None:
    """Write both files; the card last, so that a folder with a card is complete. `values` go beside the arrays."""
    write_checkpoint(folder / WEIGHTS, Checkpoint(arrays, {"kind": card.kind, **(values or {})}))
    write_json(folder / CARD, card.to_json())


def load_card(folder: Path) -> Card:
    """The card of a model folder. Raises ModelError if it is missing or damaged."""
    path = folder / CARD
    try:
        value = read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        raise ModelError(f"{folder} holds no model: there is no {CARD} in it.") from None
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON ({str(error)[:200]}): the model is damaged.") from None
    return Card.from_json(value, str(path))


def read_model(folder: Path, kind: str) -> tuple[Card, Checkpoint]:
    """Card and stored arrays of a model.

    Raises ModelError if it is of another kind, a file is missing or damaged, or a weight is not a number.
    """
    card = load_card(folder)
    if card.kind != kind:
        raise ModelError(f"{folder} holds a model of kind {card.kind!r}, expected {kind!r}.")
    try:
        stored = read_checkpoint(folder / WEIGHTS)
    except (FileNotFoundError, RunError) as error:
        raise ModelError(f"The model in {folder} is incomplete or damaged ({error}).") from None
    for name, array in stored.arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelError(f"The model in {folder} is damaged: {name} holds values that are not numbers.")
    return card, stored


def under(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
