"""The folder of an archive: `archive.json`, a Parquet file for each item in `beats/`, and `recordings.parquet`.

A file in `beats/` holds every beat of an item and, in its metadata, the rows of its recordings: it is there whole or
not at all, so that an archive whose scoring was killed goes on without a row lost or twice. `recordings.parquet` is
made of these, and can be made again.
"""

import io
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ecg_core.errors import RunError
from ecg_core.files import read_json, why, write_bytes, write_json
from ecg_core.locks import Lock, is_locked
from ecg_core.tasks.archive.manifest import MANIFEST, Manifest
from ecg_core.tasks.archive.remote import is_url
from ecg_core.tasks.archive.rows import FAILED, RECORDINGS, RecordingRow, utf_8
from ecg_core.tasks.archive.scoring import ROWS, STATE, Scored
from ecg_core.typed_json import from_json

LEFT = b"ecg.left"
"""Key of the table's metadata: items that were still to be scored."""
BEATS, RECORDINGS_FILE, LOCK = "beats", "recordings.parquet", ".lock"


class ArchiveFolder:
    """Where an archive is, or will be."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def held(self, manifest: Manifest) -> Iterator[Manifest]:
        """Write to it for the block, alone; gives its manifest from now on. Raises RunError, changing nothing, for a
        folder that somebody else is writing to, that holds something else, or what other models scored; and if it
        cannot be written."""
        try:
            self.check(manifest)
            self.path.mkdir(parents=True, exist_ok=True)
            lock = Lock(self.path / LOCK)
            if not lock.acquire():
                raise RunError(f"{self.path} is in use by another scoring: wait for it, or name another folder.")
            with lock:
                manifest = self.check(manifest)
                write_json(self.path / MANIFEST, manifest.to_json())
                (self.path / BEATS).mkdir(exist_ok=True)
                for left in (self.path / BEATS).glob("*/.*"):  # of a scoring that was killed while it wrote
                    left.unlink(missing_ok=True)
                yield manifest
        except OSError as error:
            raise RunError(
                f"Nothing can be written to {self.path}: {why(error)}. What was scored stays; score again to go on."
            ) from None

    def check(self, manifest: Manifest) -> Manifest:
        """The manifest it would have from now on. Raises RunError for a folder that cannot be used."""
        if not self.path.is_dir():
            if self.path.exists():
                raise RunError(f"{self.path} is a file: name a folder for the archive.")
            return manifest
        there = self.manifest()
        if there is None:
            if any(one.name != LOCK for one in self.path.iterdir()):
                raise RunError(f"{self.path} holds other files and no archive: name a new folder, or an empty one.")
            return manifest
        if differs := manifest.differs(there):
            raise RunError(f"The archive in {self.path} {differs}: rows of both must not be mixed. Name another one.")
        return manifest.after(there)

    @property
    def in_use(self) -> bool:
        """Whether somebody is scoring into it."""
        return is_locked(self.path / LOCK)

    def manifest(self) -> Manifest | None:
        """What it says of itself; None where it says nothing. Raises RunError if that is damaged."""
        path = self.path / MANIFEST
        try:
            return Manifest.from_json(read_json(path), str(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError as error:
            raise RunError(f"{path} is damaged ({error}): name another folder.") from None

    def file_of(self, key: str) -> Path:
        """Where the beats of an item are: in sub-folders, as no folder likes a million files."""
        return self.path / BEATS / key[:2] / f"{key}.parquet"

    def _files(self) -> list[Path]:
        """Every file of beats that is there whole: one that is being written begins with a dot."""
        return sorted(path for path in (self.path / BEATS).glob("*/*.parquet") if not path.name.startswith("."))

    def write(self, key: str, scored: Scored) -> None:
        """Keep what came of an item. Raises OSError if it cannot be written; then nothing of it is there."""
        write_bytes(self.file_of(key), scored.parquet)

    def rows_of(self, key: str) -> tuple[str, tuple[RecordingRow, ...]] | None:
        """State of the files that an item's rows were made from, and the rows; None where there are none, or a damaged
        file, which is made again."""
        return _rows_in(self.file_of(key))

    def rows(self) -> Iterator[RecordingRow]:
        """The rows of every recording, file by file."""
        for path in self._files():
            found = _rows_in(path)
            yield from found[1] if found else ()

    def others(self, but: Collection[str]) -> Iterator[RecordingRow]:
        """The rows of items of other keys, which earlier scorings left. What failed then and is not there any more,
        such as a path that was mistyped, is removed."""
        for path in self._files():
            found = _rows_in(path) if path.stem not in but else None
            if found and all(map(_is_lost, found[1])):
                path.unlink(missing_ok=True)
            elif found:
                yield from found[1]

    def write_recordings(self, rows: Sequence[RecordingRow], left: int = 0) -> None:
        """Write `recordings.parquet`, in order of name; `left`: items that are still to be scored."""
        ordered = sorted(rows, key=lambda row: (row.recording, row.path))
        columns = [pa.array([utf_8(getattr(row, one.name)) for row in ordered], kind)
                   for one, kind in zip(fields(RecordingRow), RECORDINGS.types, strict=True)]  # fmt: skip
        file = io.BytesIO()
        schema = RECORDINGS.with_metadata({LEFT: str(left)})
        pq.write_table(pa.Table.from_arrays(columns, schema=schema), file, compression="zstd")
        write_bytes(self.path / RECORDINGS_FILE, file.getvalue())

    def table(self) -> tuple[pd.DataFrame, int]:
        """`recordings.parquet` as a table, and how many items were still to be scored when it was written. Raises
        RunError if it is missing or damaged."""
        path = self.path / RECORDINGS_FILE
        try:
            table: pd.DataFrame = pq.read_table(path, schema=RECORDINGS).to_pandas()
            return table, int((pq.read_schema(path).metadata or {}).get(LEFT, b"0"))
        except FileNotFoundError:
            raise RunError(f"{self.path} holds no scored recordings yet.") from None
        except (pa.ArrowException, OSError, ValueError) as error:
            raise RunError(f"{path} is damaged ({str(error)[:100]}): score the archive once more.") from None


def _is_lost(row: RecordingRow) -> bool:
    return row.status == FAILED and not is_url(row.path) and not Path(row.path).exists()


def _rows_in(path: Path) -> tuple[str, tuple[RecordingRow, ...]] | None:
    try:
        metadata: dict[bytes, bytes] = pq.read_metadata(path).metadata or {}
        rows: Any = json.loads(metadata[ROWS])
        return metadata[STATE].decode(), from_json(tuple[RecordingRow, ...], rows, str(path), RunError)
    except (OSError, pa.ArrowException, KeyError, ValueError, RunError):
        return None
