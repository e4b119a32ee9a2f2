"""One piece of work carried out, in whatever process: an item scored, as the bytes of its file. What is wrong with it
is in its rows; nothing of it is lost, and nothing else hears of it."""

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from ecg_core import logs
from ecg_core.data.importing.archive import unpack
from ecg_core.data.importing.inspect import load_candidate
from ecg_core.data.importing.inspected import Choice, FileKind
from ecg_core.data.importing.listing import Candidate, listing_of
from ecg_core.data.importing.staging import staged
from ecg_core.data.importing.writing import write_record
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.files import mapped_array, why
from ecg_core.memory import keep_freed
from ecg_core.one_thread import one_thread
from ecg_core.parallel.code import code_version
from ecg_core.tasks.archive.items import Item
from ecg_core.tasks.archive.limit import LimitReached, time_limit
from ecg_core.tasks.archive.models import SentModel
from ecg_core.tasks.archive.record import score_record
from ecg_core.tasks.archive.remote import fetched, is_url
from ecg_core.tasks.archive.rows import BEATS, DONE, FAILED, BeatColumns, RecordingRow, beats_table
from ecg_core.text import seconds
from ecg_core.typed_json import to_json

LARGE_BYTES = 32 << 20
"""Beats of a recording of more, those of six hours, are cut into a file."""
UNFORESEEN = (
    ArithmeticError, AssertionError, AttributeError, BufferError, LookupError, NameError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip
"""What a fault in a program raises over one recording, which must not end the scoring of all others."""
ROWS, STATE = b"ecg.rows", b"ecg.state"
"""Keys of a file's metadata: the rows of its recordings, and the state of the files they were made from."""


@dataclass(frozen=True)
class Work:
    """An item with all that is needed to score it."""

    item: Item
    state: str
    models: tuple[SentModel, ...]
    any_leads: bool
    choice: Choice
    limit_s: float
    """For the whole item; 0: none."""
    version: str
    """Of the product at the one who asks."""


@dataclass(frozen=True)
class Scored:
    """What came of it."""

    rows: tuple[RecordingRow, ...]
    parquet: bytes = field(repr=False)
    """A whole file: every beat, and in its metadata the rows."""


@dataclass(frozen=True)
class _Found:
    """A recording of an item."""

    name: str
    kind: FileKind
    folder: Path
    record: str
    problem: str = ""


def score_item(work: Work) -> Scored:
    """Score every recording of an item. Raises nothing for what an item holds."""
    keep_freed()
    if work.version != code_version():
        said = f"a worker had version {code_version()} of the product, whoever asked {work.version}"
        return failed(work, f"Not scored: {said}. Install the same on both, and score again.")
    rows: list[RecordingRow] = []
    file = io.BytesIO()
    with pq.ParquetWriter(file, BEATS, compression="zstd") as writer:
        try:
            with one_thread(), time_limit(work.limit_s), ExitStack() as stack:
                for found in _recordings(work.item, stack):
                    row, parts = _scored(work, found)
                    rows.append(row)
                    for part in parts:  # of a recording that failed half way there are none
                        writer.write_table(pq.read_table(io.BytesIO(part), schema=BEATS))
        except LimitReached:
            rows.append(_failed(work.item, f"It took longer than {seconds(work.limit_s)} (--limit), and was left."))
        except (WorkbenchError, OSError) as error:  # of a zip as a whole
            rows.append(_failed(work.item, _said(error)))
        writer.add_key_value_metadata(_metadata(rows, work.state))
    return Scored(tuple(rows), file.getvalue())


def failed(work: Work, reason: str) -> Scored:
    """The item without a beat, and why."""
    row = _failed(work.item, reason)
    file = io.BytesIO()
    with pq.ParquetWriter(file, BEATS, compression="zstd") as writer:
        writer.add_key_value_metadata(_metadata([row], work.state))
    return Scored((row,), file.getvalue())


def _metadata(rows: list[RecordingRow], state: str) -> dict[bytes, bytes]:
    return {ROWS: json.dumps([to_json(row) for row in rows], allow_nan=False).encode(), STATE: state.encode()}


def _scored(work: Work, found: _Found) -> tuple[RecordingRow, list[bytes]]:
    """The row of a recording, and its beats, a Parquet file for each section: a week takes little room so."""
    row = RecordingRow(found.name, work.item.path, found.kind, DONE)
    if found.problem:
        return replace(row, status=FAILED, reason=found.problem), []
    parts: list[bytes] = []

    def write(beats: BeatColumns) -> None:
        file = io.BytesIO()
        pq.write_table(beats_table(found.name, beats), file, compression="zstd")
        parts.append(file.getvalue())

    with ExitStack() as stack:

        def empty(shape: tuple[int, ...], dtype: type[np.float32]) -> npt.NDArray[np.float32]:
            if np.prod(shape) * np.dtype(dtype).itemsize <= LARGE_BYTES:
                return np.empty(shape, dtype)
            place = stack.enter_context(staged())
            return mapped_array(place / "beats.npy", dtype, shape)

        try:
            record = _read(found, work.choice, stack)
            return score_record(record, row, work.models, work.any_leads, write, empty), parts
        except (WorkbenchError, OSError, MemoryError) as error:
            return replace(row, status=FAILED, reason=_said(error)), []
        except UNFORESEEN as error:  # one bad file stops no other; the log has the trace
            reference = logs.uncaught(error, "archive", kind=found.kind)
            reason = f"An unexpected error ({type(error).__name__}), reference {reference} in the log."
            return replace(row, status=FAILED, reason=reason), []


def _read(found: _Found, choice: Choice, stack: ExitStack) -> Record:
    if found.kind == "WFDB":
        return read_record(found.folder, found.record)
    place = stack.enter_context(staged())
    path = found.folder / found.record
    loaded = load_candidate(Candidate(path.name, path, found.kind), choice)
    write_record(place, "recording", loaded, loaded.inspected.marks)
    return read_record(place, "recording")


def _recordings(item: Item, stack: ExitStack) -> Iterator[_Found]:
    path = Path(item.path)
    if is_url(item.path) and not item.problem:
        path = fetched(item.path, item.kind, stack.enter_context(staged()))
    if item.problem:
        yield _Found(item.name, item.kind, path.parent, "", item.problem)
    elif item.kind == "WFDB":
        yield _Found(item.name, item.kind, path.parent, path.stem)
    elif item.kind != "zip":
        yield _Found(item.name, item.kind, path.parent, path.name)
    else:
        place = stack.enter_context(staged()) / "unpacked"
        place.mkdir()
        refused = unpack(path, place)
        listing = listing_of(place)
        for wrong in (*refused, *listing.refused):
            yield _Found(f"{item.name}/{wrong.source}", "unknown", place, "", wrong.reason)
        if not listing.candidates and not refused:
            raise DataError(f"{path.name} holds no recording the workbench reads.")
        for one in listing.candidates:
            name = f"{item.name}/{one.source.removesuffix('.hea')}"
            yield _Found(name, one.kind, one.path.parent, one.path.stem if one.kind == "WFDB" else one.path.name)


def _failed(item: Item, reason: str) -> RecordingRow:
    return RecordingRow(item.name, item.path, item.kind, FAILED, reason)


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"It cannot be read or worked on: {why(error)}."
    return "There was not enough memory for it." if isinstance(error, MemoryError) else str(error)
