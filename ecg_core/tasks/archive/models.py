"""The models that score an archive, and how they come to workers on other machines: by their hash.

A worker looks where the model lay at the one who asked (this machine, or shared storage). Where the same bytes are not
there, it takes them from its own workspace, where they were put before the work began, under their hash.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecg_core import workspace
from ecg_core.errors import ModelError, RunError
from ecg_core.files import write_bytes
from ecg_core.learning.card import Card
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.tasks.archive.manifest import ModelUsed
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.places import folder_of
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import imported

SHIPPED = ("classifier", "autoencoder")
SCORING = {CLASSIFIER.kind: "beat classifier", AUTOENCODER.kind: "autoencoder"}
"""Kinds of models that score beats, and what they are called: an archive has at most one of each."""


@dataclass(frozen=True)
class SentModel:
    """A model by name and hash: what a piece of work carries of it."""

    used: ModelUsed
    folder: str
    """Where it lies at the one who asks."""
    digest: str
    """SHA-256 over card and weights."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's two files in memory, for workers that share no storage with whoever asks."""

    digest: str
    card: bytes = field(repr=False)
    weights: bytes = field(repr=False)

    def place(self) -> None:
        """Keep them in this machine's workspace, under their hash."""
        folder = _kept(self.digest)
        if _digest_in(folder) != self.digest:
            write_bytes(folder / WEIGHTS, self.weights)
            write_bytes(folder / CARD, self.card)


def models_named(names: Sequence[str]) -> tuple[SentModel, ...]:
    """The models of these names: of a shipped or promoted one with or without `models/`, a run's id, or a folder.

    Raises ModelError for one that is not there or scores no beats, RunError for two of a kind.
    """
    found: dict[str, SentModel] = {}
    for name in dict.fromkeys(names or SHIPPED):
        folder = _folder(name)
        card = load_card(folder)
        if card.kind not in SCORING:
            raise ModelError(f"{name} holds a model of kind {card.kind!r}: an archive is scored by {_either()}.")
        if card.kind in found:
            raise RunError(f"{found[card.kind].used.name} and {name} are both of kind {card.kind!r}: choose one.")
        digest = _digest_in(folder)
        if digest is None:
            raise ModelError(f"{name} holds no model: {CARD} or {WEIGHTS} is missing.")
        sent = SentModel(ModelUsed(folder.name, card.kind, card.weights_sha256 or digest), str(folder), digest)
        load(sent)  # a damaged one is said now
        found[card.kind] = sent
    return tuple(found[kind] for kind in SCORING if kind in found)


def files_of(models: Sequence[SentModel]) -> tuple[ModelFiles, ...]:
    """Their bytes, for workers elsewhere."""
    return tuple(
        ModelFiles(one.digest, (Path(one.folder) / CARD).read_bytes(), (Path(one.folder) / WEIGHTS).read_bytes())
        for one in models
    )


def place_all(files: Sequence[ModelFiles]) -> None:
    """What a worker does before anything else."""
    for one in files:
        one.place()


@lru_cache(maxsize=8)
def load(sent: SentModel) -> tuple[Any, Card]:
    """Model and card. Raises ModelError if the very same bytes are found nowhere, or are damaged."""
    for folder in (Path(sent.folder), _kept(sent.digest)):
        if _digest_in(folder) == sent.digest:
            model = REGISTRY[sent.used.kind].model
            assert model is not None  # `SCORING` names kinds that have one
            loaded: tuple[Any, Card] = imported(model.load)(folder, sent.used.name)
            return loaded
    raise ModelError(f"The model {sent.used.name} changed, or was deleted, while an archive was scored with it.")


def _folder(name: str) -> Path:
    folder = Path(name)
    if (folder / CARD).is_file():
        return folder.resolve()
    return folder_of(name if "/" in name or name[:1].isdigit() else f"models/{name}")


def _kept(digest: str) -> Path:
    return workspace.home() / "cache" / "models" / digest[:32]


def _digest_in(folder: Path) -> str | None:
    try:
        parts = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (CARD, WEIGHTS)]
    except OSError:
        return None
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _either() -> str:
    return " and ".join(f"one {name}" for name in SCORING.values())
