"""How a record and its files are named, and how a name is kept inside the folder of recordings.

A record is called as its header is, `100`; in a sub-folder, `holter/100`. No part of a name can be `..` or begin with
a dot, so that a name is safe in an address, and as a path below the folder.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath

from ecg_core.errors import DataError
from ecg_core.files import FileState

NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a record is called in its own folder."""
_FOLDER = re.compile(r"[\w-](?:[\w .,()+-]{0,62}[\w,()+-])?")
SIGNAL_FILE = re.compile(r"[^./\\:\x00-\x1f\x7f~][^/\\:\x00-\x1f\x7f]{0,254}")
"""A signal file: any plain name in the folder of its header, hidden ones apart."""
MAX_DEPTH = 4
MAX_FOLDERS = 5_000
NOT_RECORDINGS = frozenset({"x_mitdb"})
"""Sub-folders that are passed over: the MIT-BIH database as published keeps an older version of a record in this."""
_RACY_NS = 2_000_000_000  # a change within the clock's tick of the one before leaves the same time on the folder


def check_name(name: str) -> str:
    """Return `name` if it can be a record's, else raise DataError.

    A record name has letters, digits, `_` and `-`, at most 64; the names of the folders before it, each followed by
    `/`, may have spaces, dots, commas, brackets and `+` within them too.
    """
    *folders, record = name.split("/")
    if not NAME_PATTERN.fullmatch(record) or len(folders) > MAX_DEPTH or not all(map(_FOLDER.fullmatch, folders)):
        raise DataError(f"Unknown record {name[:80]!r}: a record name has only letters, digits, '_' and '-'.")
    return name


def inside(path: Path, folder: Path) -> Path:
    """Return `path` unless it is a link that leads out of `folder` or nowhere; then raise DataError."""
    try:
        target = path.resolve(strict=path.is_symlink())
    except (OSError, RuntimeError):
        raise DataError(f"{path.name} is a link that leads nowhere.") from None
    if not target.is_relative_to(folder.resolve()):
        raise DataError(f"{path.name} is a link to a file outside {folder}: not followed.")
    return path


def present(path: Path) -> Path:
    """`path`, or the same file in upper or lower case, as discs from other systems have it, if only that is there."""
    if not os.path.lexists(path):
        stem, suffix = path.stem, path.suffix
        for name in (stem + suffix.upper(), stem + suffix.lower(), path.name.upper(), path.name.lower()):
            if os.path.lexists(path.with_name(name)):
                return path.with_name(name)
    return path


def header_path(folder: Path, name: str) -> Path:
    """Where the header of a record is, or would be: `<name>.hea`, or `<name>.HEA` if only that is there."""
    path = folder / f"{name}.hea"
    upper = path.with_suffix(".HEA")
    return upper if not os.path.lexists(path) and os.path.lexists(upper) else path


def headers(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and header of every record in `folder` and in its sub-folders, a folder at a time; links are not entered.

    Raises DataError for a folder with so many sub-folders that it cannot be one of recordings.
    """
    waiting, seen = [PurePosixPath()], 0
    while waiting:
        place = waiting.pop()
        seen += 1
        if seen > MAX_FOLDERS:
            raise DataError(f"{folder} holds more than {MAX_FOLDERS:,} folders. Name the folder the recordings are in.")
        beside, below = _listing(folder / place)
        for stem, files in beside.items():
            ends = [end for end in ("hea", "HEA") if f"{stem}.{end}" in files]
            if ends and NAME_PATTERN.fullmatch(stem):
                yield str(place / stem), folder / place / f"{stem}.{ends[0]}"
        if len(place.parts) < MAX_DEPTH:
            waiting += [place / each for each in below if _FOLDER.fullmatch(each) and each not in NOT_RECORDINGS]


def files_called(folder: Path, name: str) -> tuple[Path, ...]:
    """The files `<name>.<extension>` of a record, whatever the extension, sorted."""
    path = folder / name
    beside, _ = _listing(path.parent)
    return tuple(path.parent / file for file in sorted(beside.get(path.name, ())))


def _listing(folder: Path) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """The files of a folder by what they are called before the last dot, and its sub-folders; kept until it changes."""
    state = FileState.of(folder)
    if abs(time.time_ns() - state.changed_ns) < _RACY_NS:
        return _look(folder)
    return _listed(state)


@lru_cache(maxsize=2048)
def _listed(state: FileState) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    return _look(state.path)


def _look(folder: Path) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    files: dict[str, tuple[str, ...]] = {}
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif stem := entry.name.rpartition(".")[0]:
                    files[stem] = (*files.get(stem, ()), entry.name)
    except OSError:  # a folder nobody may look into holds no recordings for us
        return {}, ()
    return files, tuple(sorted(folders, reverse=True))
