"""Cards of models that tests make."""

import json
from pathlib import Path
from typing import Any

from ecg_core.beats.beat_set import BeatSet
from ecg_core.files import sha256
from ecg_core.learning.card import Card, DataUsed, Preparation, SplitUsed
from ecg_core.learning.checkpoint import Checkpoint, write_checkpoint
from ecg_core.learning.model_folder import CARD, WEIGHTS
from ecg_core.learning.options import Options


def card_of(kind: str, options: Options, beats: BeatSet | None = None, **fields: Any) -> Card:
    """The card of a model trained on all of `beats`, or on images of a folder."""
    known: dict[str, Any] = {
        "kind": kind,
        "created": "2026-11-22T07:22:15.530+00:00",
        "split": SplitUsed("chosen records", beats.records if beats else (), ()),
        "options": options.to_json(),
        "seed": 0,
        "data": DataUsed("Simulated", beats.data_hash if beats else "0", beats is not None and beats.simulated),
        "versions": {},
        "command": "",
    }
    if beats:
        preparation = Preparation(beats.config, beats.config.hash, beats.leads)
        known |= {"preparation": preparation, "patients": beats.patients}
    return Card(**{**known, **fields})


def put_weights(folder: Path, checkpoint: Checkpoint) -> None:
    """Other weights under a model's card, which vouches for them: what a reader must find by itself."""
    write_checkpoint(folder / WEIGHTS, checkpoint)
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "weights_sha256": sha256(folder / WEIGHTS)}))
