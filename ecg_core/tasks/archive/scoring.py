"""One piece of work carried out, in whatever process: an item scored, as the bytes of its file. What is wrong with it
is in its rows; nothing of it is lost, and nothing else hears of it."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
from ecg_core.tasks.archive.record import LONG_S, score_record
from ecg_core.tasks.archive.remote import fetched, is_url
from ecg_core.tasks.archive.rows import BEATS, DONE, FAILED, RecordingRow, beats_table
from ecg_core.text import seconds
from ecg_core.typed_json import to_json

MANY_BEATS = 16_000
"""Beats of a recording of more, those of three or four hours, are kept in files until they are scored."""
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
    with ExitStack() as stack:
        done: list[tuple[RecordingRow, Path | io.BytesIO]] = []
        rows: list[RecordingRow] = []
        try:
            with one_thread(), time_limit(work.limit_s):
                for found in _recordings(work.item, stack):
                    done.append(_scored(work, found, stack))
        except LimitReached:
            limit = seconds(work.limit_s) if work.limit_s >= 1 else f"{work.limit_s:g} s"
            rows.append(_failed(work.item, f"It took longer than {limit} (--limit), and was left."))
        except (WorkbenchError, OSError) as error:  # of a zip as a whole
            rows.append(_failed(work.item, _said(error)))
        rows = [*(row for row, _ in done), *rows]
        beats = [file for row, file in done if row.status != FAILED]  # of one that failed half way there is no beat
        try:
            return Scored(tuple(rows), _one_file(beats, _metadata(rows, work.state), stack))
        except (WorkbenchError, OSError) as error:
            return failed(work, _said(error))


def failed(work: Work, reason: str) -> Scored:
    """The item without a beat, and why."""
    rows = (_failed(work.item, reason),)
    return Scored(rows, _one_file([], _metadata(rows, work.state)))


def _one_file(
    beats: Sequence[Path | io.BytesIO], metadata: dict[bytes, bytes], stack: ExitStack | None = None
) -> bytes:
    """The beats of an item's recordings in one file; made on the disk, in `stack`, if one of theirs is."""
    on_disk = stack is not None and any(isinstance(one, Path) for one in beats)
    joined = stack.enter_context(staged()) / "joined.parquet" if stack and on_disk else io.BytesIO()
    with pq.ParquetWriter(joined, BEATS, compression="zstd") as writer:
        for one in beats:
            with pq.ParquetFile(one) as file:
                for part in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(part))
        writer.add_key_value_metadata(metadata)
    return joined.getvalue() if isinstance(joined, io.BytesIO) else joined.read_bytes()


def _metadata(rows: Sequence[RecordingRow], state: str) -> dict[bytes, bytes]:
    return {ROWS: json.dumps([to_json(row) for row in rows], allow_nan=False).encode(), STATE: state.encode()}


def _scored(work: Work, found: _Found, stack: ExitStack) -> tuple[RecordingRow, Path | io.BytesIO]:
    """The row of a recording, and a Parquet file of its beats: of a long one on the disk, in `stack`."""
    beats: Path | io.BytesIO = io.BytesIO()
    row = RecordingRow(found.name, work.item.path, found.kind, DONE)
    if found.problem:
        return replace(row, status=FAILED, reason=found.problem), beats

    with ExitStack() as own:

        def empty(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
            if shape[0] <= MANY_BEATS:
                return np.empty(shape, dtype)
            return mapped_array(own.enter_context(staged()) / "beats.npy", dtype, shape)

        try:
            record = _read(found, work.choice, own)
            if record.duration_s > LONG_S:
                beats = stack.enter_context(staged()) / "beats.parquet"
            with pq.ParquetWriter(beats, BEATS, compression="zstd") as writer:
                row = score_record(
                    record, row, work.models, work.any_leads,
                    lambda some: writer.write_table(beats_table(work.item.path, found.name, some)), empty,
                )  # fmt: skip
        except (WorkbenchError, OSError, MemoryError) as error:
            row = replace(row, status=FAILED, reason=_said(error))
        except UNFORESEEN as error:  # one bad file stops no other; the log has the trace
            reference = logs.uncaught(error, "archive", kind=found.kind)
            reason = f"An unexpected error ({type(error).__name__}), reference {reference} in the log."
            row = replace(row, status=FAILED, reason=reason)
    return row, beats


def _read(found: _Found, choice: Choice, stack: ExitStack) -> Record:
    if found.kind == "WFDB":
        return read_record(found.folder, found.record)
    place = stack.enter_context(staged())
    path = found.folder / found.record
    loaded = load_candidate(Candidate(path.name, path, found.kind), choice)
    write_record(place, "recording", loaded, loaded.inspected.marks)
    return replace(read_record(place, "recording"), name=path.stem)


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
