"""What there is to score: every recording that paths, folders, globs, lists and zips lead to, each once.

A WFDB record, a file of another kind, or a zip with whatever is in it: one piece of work. Nothing is read but headers
and a file's first bytes, so that tens of thousands are listed in seconds.
"""

import glob
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ecg_core.data.annotators import CHOICES_FILE
from ecg_core.data.importing.inspected import FileKind
from ecg_core.data.importing.listing import BY_SUFFIX, kind_of_file
from ecg_core.data.patients import FILE as PATIENTS_FILE
from ecg_core.data.reader import record_files, record_names
from ecg_core.data.record_path import header_path
from ecg_core.errors import DataError, RunError
from ecg_core.tasks.archive.manifest import MANIFEST
from ecg_core.tasks.archive.remote import is_url, listed

LIST = "@"
"""Begins the name of a file that lists paths, a line each."""
SUFFIXES = tuple(BY_SUFFIX)
MOST_LISTED_BYTES = 64 << 20


@dataclass(frozen=True)
class Item:
    """One piece of work."""

    name: str
    """The recording within what was named, such as `ward3/100`; of a file with its suffix."""
    path: str
    """The file, of a WFDB record its header, from the root on."""
    kind: FileKind
    problem: str = ""
    """Why it cannot be scored, if that is known already."""
    seen: str = ""
    """State of the files of a URL, as they were listed."""

    @property
    def key(self) -> str:
        """Names its file among what is scored: the same for the same path."""
        return hashlib.sha256(self.path.encode("utf-8", "surrogateescape")).hexdigest()[:20]

    def state(self) -> str:
        """What its files are now, in a digest: of a file that changes it is another."""
        if self.seen:
            return self.seen
        path = Path(self.path)
        try:
            files = record_files(path.parent, path.stem).all if self.kind == "WFDB" else (path,)
        except (DataError, OSError):
            files = (path,)
        said = []
        for file in files:
            try:
                status = file.stat()
            except OSError:
                continue
            said.append(f"{file.name} {status.st_size} {status.st_mtime_ns}")
        return hashlib.sha256("\n".join(said).encode("utf-8", "surrogateescape")).hexdigest()[:20]


def items_in(paths: Iterable[str]) -> tuple[Item, ...]:
    """Every piece of work that the paths lead to, in order of name; what leads to nothing is an item with a problem.

    Raises RunError if there is none at all.
    """
    found: dict[str, Item] = {}
    for text in _named(paths):
        for item in _at(text):
            found.setdefault(item.path, item)
    if not found or all(item.problem for item in found.values()):
        reasons = " ".join(item.problem for item in list(found.values())[:3])
        raise RunError(f"There is no recording to score. {reasons}".strip())
    return tuple(sorted(found.values(), key=lambda item: (item.name, item.path)))


def _named(paths: Iterable[str]) -> Iterator[str]:
    for text in paths:
        if text.startswith(LIST) and not os.path.lexists(text):
            yield from _lines(Path(text.removeprefix(LIST)))
        elif is_url(text):
            yield text
        elif glob.has_magic(text) and not os.path.lexists(text):
            matches = sorted(glob.glob(str(Path(text).expanduser()), recursive=True))  # noqa: PTH207 - from anywhere on
            headers = {Path(match).with_suffix("") for match in matches if match.lower().endswith(".hea")}
            yield from (one for one in matches if _is_whole(one, headers)) if matches else [text]
        else:
            yield text


def _is_whole(match: str, headers: set[Path]) -> bool:
    """Whether a match of a glob is more than a part of a record whose header is among the matches."""
    path = Path(match)
    return path.is_dir() or path.suffix.lower() == ".hea" or path.with_suffix("") not in headers


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MOST_LISTED_BYTES:
            raise RunError(f"{path} has more than {MOST_LISTED_BYTES:,} bytes: it is no list of paths.")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read as a list of paths: {error}.") from None
    beside = path.parent  # as the list's author sees them
    return [line if Path(line).is_absolute() else str(beside / line) for line in map(str.strip, lines) if line]


def _at(text: str) -> Iterator[Item]:
    try:
        if is_url(text):
            yield from (Item(name, url, kind, seen=state) for name, url, kind, state in listed(text))
            return
        path = Path(text).expanduser().resolve()
        if path.is_dir():
            yield from _in_folder(path)
            return
        beside = path.with_name(f"{path.name}.hea")
        if not path.exists() and beside.is_file():
            path = beside
        if not path.exists() and not path.is_symlink():
            nothing = "no file or folder has such a name" if glob.has_magic(text) else "there is no such file or folder"
            yield Item(text, str(path), "unknown", f"{text}: {nothing}.")
            return
        item = _file(path, path.name)
        yield item or Item(
            path.name, str(path), "unknown",
            f"{path.name}: no recording the workbench reads (WFDB header, EDF, BDF, CSV, TSV, parquet, zip).",
        )  # fmt: skip
    except (DataError, RunError, OSError, RuntimeError, ValueError) as error:
        yield Item(text, text, "unknown", f"{text[:200]}: {error}")


def _in_folder(folder: Path) -> Iterator[Item]:
    taken: set[Path] = set()
    for name in record_names(folder):
        header = header_path(folder, name)
        taken |= {header, *record_files(folder, name).signals}
        yield Item(name, str(header), "WFDB")
    for place, folders, files in os.walk(folder):
        if MANIFEST in files:  # what was scored is nothing to score
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for file in sorted(files):
            path = Path(place, file)
            if not file.lower().endswith(SUFFIXES) or file.startswith(".") or path in taken or file in OWN:
                continue
            name = path.relative_to(folder).as_posix()
            try:
                item = _file(path, name)
            except DataError as error:
                item = Item(name, str(path), "unknown", str(error))
            if item:
                yield item


OWN = (PATIENTS_FILE, CHOICES_FILE)


def _file(path: Path, name: str) -> Item | None:
    if not path.is_file():
        return Item(name, str(path), "unknown", f"{name} is neither a file nor a folder.")
    kind = kind_of_file(path)
    if kind == "unknown":
        return None
    return Item(name.removesuffix(".hea") if kind == "WFDB" else name, str(path), kind)
