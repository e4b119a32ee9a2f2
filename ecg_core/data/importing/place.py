"""Where collections lie and what a folder of one is called: all that whoever names the data in use needs to know."""

from functools import lru_cache
from pathlib import Path

from ecg_core import workspace
from ecg_core.files import FileState, read_json

FILE = "collection.json"


def root() -> Path:
    """The folder of all collections (not created here)."""
    return workspace.home() / "collections"


def collection_name(folder: Path) -> str | None:
    """The name of the collection that `folder` is; None if it is none, or cannot be read."""
    return _name_in(FileState.of(folder / FILE)) if folder.parent == root() else None


@lru_cache(maxsize=16)
def _name_in(state: FileState) -> str | None:
    """The name in a `collection.json`, read once for each change: pages ask for it at every click."""
    try:
        content = read_json(state.path)
    except (OSError, ValueError):
        return None
    name = content.get("name") if isinstance(content, dict) else None
    return name if isinstance(name, str) else None
