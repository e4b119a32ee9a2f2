"""Where a model lies that an option names: a shipped or promoted one, or that of a run."""

import re
from contextlib import suppress
from pathlib import Path

from ecg_core import workspace
from ecg_core.errors import ModelError
from ecg_core.learning.placed_model import alone_among

RUN_ID = re.compile(r"\d{8}-\d{9}-[a-z-]{1,32}-[0-9a-f]{4}")
MODEL_NAME = re.compile(r"models/[A-Za-z0-9][A-Za-z0-9-]{0,39}")


def kind_of_id(run_id: str) -> str:
    """`image-gan` of `20261122-072215530-image-gan-26a1`: without opening the run."""
    return "-".join(run_id.split("-")[2:-1])


def folder_of(place: str) -> Path:
    """Folder of `models/<name>` or of a run's id. Raises ModelError if there is no such model."""
    if MODEL_NAME.fullmatch(place):
        folder = workspace.MODELS / place.removeprefix("models/")
    elif RUN_ID.fullmatch(place):
        folder = workspace.runs_folder() / place
    else:
        raise ModelError(f"{place[:80]!r} names no model: write models/NAME or the id of a run.")
    if folder.parent == workspace.MODELS and not folder.exists():
        with suppress(OSError), alone_among(folder.parent, 0.0):
            pass  # a replacement that was killed half way is put right
    if not (folder / "card.json").exists():
        raise ModelError(f"{place} holds no model: it was deleted, or has not finished.")
    return folder
