"""Putting a model in the place of another: the old one or the new one is there, whole, whenever the process is killed.

A model is made ready as `.NAME.new` beside its place. Where the file system can exchange two folders at once, that is
all; elsewhere the old one is `.NAME.old` for a moment, and who comes next puts it back if the moment was the last.
"""

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecg_core.files import removed
from ecg_core.locks import folder_locked

LEFTOVER = re.compile(r"\.([A-Za-z0-9][A-Za-z0-9-]{0,39})\.(new|old)")
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def fresh_of(target: Path) -> Path:
    """Where the model that shall be `target` is made ready."""
    return target.with_name(f".{target.name}.new")


@contextmanager
def alone_among(models: Path, patience_s: float) -> Iterator[bool]:
    """Change a folder of models for the block, alone, from whichever workspace; gives whether it can be had."""
    with folder_locked(models, patience_s) as held:
        if held:
            put_right(models)
        yield held


def put_in_place(fresh: Path, target: Path) -> None:
    """Let the model made ready in `fresh` be `target`, instead of what is there."""
    if not target.exists() and not target.is_symlink():
        fresh.rename(target)
        return
    if not _exchanged(fresh, target):
        old = target.with_name(f".{target.name}.old")
        target.rename(old)
        fresh.rename(target)
        removed(old)
    removed(fresh)


def put_right(models: Path) -> None:
    """Put back a model whose replacement was killed half way, and remove what else was left. For who is alone there."""
    found = {path: LEFTOVER.fullmatch(path.name) for path in models.iterdir()} if models.is_dir() else {}
    for path, match in found.items():
        if match is None:
            continue
        target = models / match[1]
        if match[2] == "old" and not target.exists():
            path.rename(target)
        else:
            removed(path)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders at once; False where that is not possible."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0
