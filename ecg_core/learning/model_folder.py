"""A trained model as a folder: arrays in `model.safetensors`, everything to be said of it in `card.json`."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ecg_core.errors import ModelError, RunError
from ecg_core.files import read_json, sha256, write_json
from ecg_core.learning.card import Card
from ecg_core.learning.checkpoint import Arrays, Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.typed_json import JsonObject

WEIGHTS, CARD = "model.safetensors", "card.json"
MOST_CARD_BYTES = 2 << 20  # the largest has 50 kB; every page reads the cards of all models
LARGEST = 1e6
"""Of any number in the weights: trained ones lie below a hundred, and what is far beyond overflows in use."""


def write_model(folder: Path, card: Card, arrays: Arrays, values: JsonObject | None = None) -> None:
    """Write both files; the card last, so that a folder with a card is complete. `values` go beside the arrays.

    The card says which weights it is of, by their SHA-256.
    """
    write_checkpoint(folder / WEIGHTS, Checkpoint(arrays, {"kind": card.kind, **(values or {})}))
    write_json(folder / CARD, replace(card, weights_sha256=sha256(folder / WEIGHTS)).to_json())


def load_card(folder: Path) -> Card:
    """The card of a model folder. Raises ModelError if it is missing or damaged."""
    path = folder / CARD
    try:
        value = read_json(path, MOST_CARD_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise ModelError(f"{folder} holds no model: there is no {CARD} in it.") from None
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON ({str(error)[:200]}): the model is damaged.") from None
    return Card.from_json(value, str(path))


def read_model(folder: Path, kind: str) -> tuple[Card, Checkpoint]:
    """Card and stored arrays of a model.

    Raises ModelError if it is of another kind, a file is missing or damaged, the weights are not those that the card
    is of, or one of them is not a number or far too large.
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
            raise ModelError(f"The model in {folder} is damaged: {name[:80]} holds values that are not numbers.")
        if array.dtype.kind == "f" and array.size and max(float(array.max()), -float(array.min())) > LARGEST:
            raise ModelError(f"The model in {folder} is damaged: {name[:80]} holds numbers beyond {LARGEST:,.0f}.")
    if card.weights_sha256 and card.weights_sha256 != sha256(folder / WEIGHTS):
        raise ModelError(
            f"The weights in {folder} are not those that its card is of: {WEIGHTS} has changed, or comes from another "
            "model. Copy both files of one model, or train again."
        )
    return card, stored


def under(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
