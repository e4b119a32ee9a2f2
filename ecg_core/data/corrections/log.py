"""The log on disk: one line of JSON an entry, only ever added to, each batch on the disk before it is called saved.

A kill leaves at most a last line without its end, which is cut off before the next one is written. Lines carry who sent
them and which of theirs it is, so that what is sent again after a failure is not written twice.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec
from filelock import FileLock, Timeout

from ecg_core import workspace
from ecg_core.access import check_may_change
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import (
    ARTEFACT,
    CLASS_SYMBOLS,
    LONGEST_TEXT,
    MOST_BEATS,
    NO_BEAT,
    Conflict,
    Edit,
    Entry,
)
from ecg_core.data.labels import BEAT_SYMBOLS
from ecg_core.data.layers import layers_folder
from ecg_core.errors import DataError
from ecg_core.files import FileState, is_full

FILE = "corrections.jsonl"
FORMAT = 1
WAIT_S = 10.0
MOST_BYTES = 256 << 20
LARGEST = 2**53  # no recording is as long, no review either
_T = TypeVar("_T")
_SYMBOLS = {*BEAT_SYMBOLS, *CLASS_SYMBOLS, ARTEFACT, NO_BEAT}


@dataclass(frozen=True)
class Head:
    """First line of a log: what it is about."""

    format: int
    record: str
    place: str
    """Name of the recording's folder, so that corrections of samples that have changed since can be told of."""
    base: str
    base_digest: str


@dataclass(frozen=True)
class Written:
    """What became of edits."""

    corrections: Corrections
    """All there is now."""
    conflicts: tuple[Conflict, ...] = ()


def log_file(folder: Path, record: str) -> Path:
    """Where the corrections of a recording are kept, whether there are any or not."""
    return layers_folder(folder, record) / FILE


def head_of(folder: Path, record: str, base: str, base_digest: str) -> Head:
    """First line of a new log."""
    return Head(FORMAT, record, folder.name, base, base_digest)


def read(path: Path) -> Corrections | None:
    """The corrections kept in `path`; None if there are none. Raises DataError, naming the line, if it is damaged."""
    state = FileState.of(path)
    return _read(state) if state.size > 0 else None


def write(path: Path, head: Head, edits: Sequence[Edit], seen: int) -> Written:
    """Add edits, in the order of their numbers, and have them on the disk when this returns.

    `seen` is the number of the newest entry that whoever sends them knows of: an edit about a beat that somebody else
    has decided otherwise since is given back as a conflict and not written. Edits of a client that are written already
    are passed over.

    Raises DataError, and leaves the log as it was, if it cannot be written, is damaged, or is about other labels
    (`head.base`).
    """
    check_may_change()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=WAIT_S):
            return _write(path, head, edits, seen)
    except Timeout:
        raise DataError(f"Corrections of record {head.record}: somebody else is saving; try again.") from None
    except OSError as error:
        raise DataError(_unwritable(head.record, error)) from None


def left_behind(folder: Path, record: str) -> tuple[Path, ...]:
    """Logs of a recording of this name in a folder of this name whose samples were others than they are now."""
    own = log_file(folder, record)
    found = []
    for path in sorted(own.parent.parent.glob(f"*/{FILE}")):
        if path != own:
            head = _head(path)
            if head and (head.record, head.place) == (record, folder.name):
                found.append(path)
    return tuple(found)


def reviewed_records(folder: Path, records: Iterable[str]) -> tuple[str, ...]:
    """Those of some records of a folder that have corrections; cheap where nobody has made any."""
    heads = (_head(path) for path in sorted((workspace.home() / "labels").glob(f"*/{FILE}")))
    known = {head.record for head in heads if head and head.place == folder.name}
    return tuple(name for name in records if name in known and log_file(folder, name).is_file())


def _write(path: Path, head: Head, edits: Sequence[Edit], seen: int) -> Written:
    before = read(path) or Corrections(head.record, head.base, head.base_digest, ())
    if before.base != head.base:
        raise DataError(
            f"Corrections of record {head.record} were made over its labels {before.base!r}, not {head.base!r}: export "
            "them, then begin anew."
        )
    entries, conflicts = list(before.entries), []
    last = {client: before.last_of(client) for client in {edit.client for edit in edits}}
    latest = {sample: one.entry for sample, one in before.standing().items()}
    for edit in edits:
        _check(edit, head.record)
        if edit.seq <= last[edit.client]:
            continue
        last[edit.client] = edit.seq
        if theirs := _against(edit, latest, seen):
            conflicts.append(Conflict(edit, theirs))
            continue
        entry = Entry(len(entries) + 1, edit)
        entries.append(entry)
        if edit.act == "decide":
            latest.update(dict.fromkeys(edit.samples, entry))
    after = replace(before, entries=tuple(entries))
    new = entries[len(before.entries) :]
    if new:
        lines = [] if before.entries else [asdict(head)]
        lines += [{"number": entry.number, **asdict(entry.edit)} for entry in new]
        _append(path, b"".join(msgspec.json.encode(line) + b"\n" for line in lines), fresh=not before.entries)
    return Written(after, tuple(conflicts))


def _against(edit: Edit, latest: dict[int, Entry], seen: int) -> Entry | None:
    """What somebody else has decided about a beat of `edit` since, if it is otherwise."""
    if edit.act != "decide":
        return None
    for sample, after in zip(edit.samples, edit.after, strict=True):
        theirs = latest.get(sample)
        if theirs and theirs.number > seen and theirs.edit.client != edit.client:
            said = dict(zip(theirs.edit.samples, theirs.edit.after, strict=True))
            if said[sample] != after:
                return theirs
    return None


def _append(path: Path, content: bytes, fresh: bool) -> None:
    """Add whole lines; what a kill left of a line goes first, and nothing stays of what could not be written."""
    with path.open("r+b" if path.exists() else "w+b", buffering=0) as file:  # what a buffer holds cannot be taken back
        end = 0 if fresh else _whole(file.read())
        try:
            file.seek(end)
            file.truncate()
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def _whole(content: bytes) -> int:
    """Length of what consists of whole lines."""
    return content.rfind(b"\n") + 1


@lru_cache(maxsize=32)
def _read(state: FileState) -> Corrections | None:
    path = state.path
    if state.size > MOST_BYTES:
        raise DataError(f"The corrections {path} have {state.size:,} bytes, more than any review: remove that file.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"The corrections {path} cannot be read: {error.strerror}.") from None
    lines = content[: _whole(content)].splitlines()
    if not lines:
        return None
    head = _decoded(path, 1, lines[0], Head)
    if head.format != FORMAT:
        raise DataError(f"The corrections {path} are of format {head.format}, this is for {FORMAT}: update.")
    entries = []
    for k, line in enumerate(lines[1:], 2):
        entry = Entry(k - 1, _decoded(path, k, line, Edit))
        _check(entry.edit, head.record, f"The corrections {path} are damaged in line {k}")
        entries.append(entry)
    return Corrections(head.record, head.base, head.base_digest, tuple(entries))


def _head(path: Path) -> Head | None:
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return None
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline(1 << 16), type=Head)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _decoded(path: Path, number: int, line: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise DataError(
            f"The corrections {path} are damaged in line {number}. Nothing was changed: put a copy of the file in its "
            "place, or remove that line and those after it."
        ) from None


def _check(edit: Edit, record: str, what: str = "") -> None:
    """Raise DataError for an edit that no page and no person makes."""
    what = what or f"A correction of record {record} cannot be written"
    lengths = {len(edit.samples), len(edit.before), len(edit.after)}
    texts = (edit.client, edit.person, edit.time, edit.queue, edit.model)
    wrong = ""
    if len(lengths) != 1 or len(edit.samples) > MOST_BEATS:
        wrong = f"{len(edit.samples)} beats, {len(edit.before)} labels before, {len(edit.after)} after"
    elif (edit.act == "decide") != bool(edit.samples):
        wrong = f"{edit.act} of {len(edit.samples)} beats"
    elif not {*edit.before, *edit.after} <= _SYMBOLS:
        wrong = f"a label is none of {', '.join(sorted(_SYMBOLS))}"[:200]
    elif min(edit.samples, default=0) < 0 or edit.seq < 1 or edit.of < 0:
        wrong = "a number is below what it can be"
    elif max((*edit.samples, edit.seq, edit.of)) > LARGEST:
        wrong = "a number is above what it can be"
    elif any(len(text) > LONGEST_TEXT or not text.isprintable() for text in texts):
        wrong = f"a name is longer than {LONGEST_TEXT} characters or not to be printed"
    if wrong:
        raise DataError(f"{what}: {wrong}.")


def _unwritable(record: str, error: OSError) -> str:
    if is_full(error):
        return (
            f"The disk is full: the last decisions about record {record} are not saved. Make room and go on: they are "
            "kept on this page until then."
        )
    return (
        f"Corrections of record {record} cannot be saved in the workspace ({error.strerror}): make it writable, or "
        "point ECG_HOME to another folder. They are kept on this page until then."
    )
