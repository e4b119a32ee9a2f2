"""What lies in a folder: WFDB records with all their files, EDF files, tables, and the rest."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ecg_core.data.annotation_file import MAX_ANNOTATION_BYTES
from ecg_core.data.annotators import CHOICES_FILE
from ecg_core.data.header import header_lines, signal_files_in
from ecg_core.data.importing.archive import ZIP_MARK
from ecg_core.data.importing.edf_header import BDF_MARK, EDF_MARK
from ecg_core.data.importing.inspected import FileKind, Refused
from ecg_core.data.importing.limits import MAX_DEPTH, MAX_FILES
from ecg_core.data.importing.table_layout import layout_of
from ecg_core.data.patients import FILE as PATIENTS_FILE
from ecg_core.data.record_path import present
from ecg_core.errors import DataError

SKIPPED = ("__MACOSX", "Thumbs.db", "desktop.ini", PATIENTS_FILE, CHOICES_FILE)  # and every name that begins with a dot
PARQUET_MARK = b"PAR1"
BY_SUFFIX: dict[str, FileKind] = {
    ".edf": "EDF", ".rec": "EDF", ".bdf": "BDF", ".parquet": "parquet", ".pq": "parquet", ".csv": "CSV", ".tsv": "TSV",
    ".zip": "zip",
}  # fmt: skip
_SIGNAL_SUFFIXES = (".dat", ".mat")
_NO_ANNOTATIONS = {
    *BY_SUFFIX,
    *_SIGNAL_SUFFIXES,
    ".txt",
    ".md",
    ".pdf",
    ".png",
    ".jpg",
    ".svg",
    ".json",
    ".xml",
    ".html",
    ".gz",
}
_ANNOTATOR = re.compile(r"\.[A-Za-z0-9_-]{1,16}")


@dataclass(frozen=True)
class Candidate:
    """A file, or all files of a WFDB record, that may be brought in."""

    source: str
    """Its name for people."""
    path: Path
    """The file; of a WFDB record its header."""
    kind: FileKind
    files: tuple[Path, ...] = ()
    """All files of a WFDB record, the header first."""


@dataclass(frozen=True)
class Listing:
    """What lies in a place."""

    candidates: tuple[Candidate, ...] = ()
    refused: tuple[Refused, ...] = ()
    ignored: tuple[str, ...] = ()
    """Files that are no recordings."""


def listing_of(folder: Path) -> Listing:
    """Every recording in `folder` and the folders in it; links out of it are not followed.

    Raises DataError if it cannot be read or holds more than 20,000 files.
    """
    refused: list[Refused] = []
    files = _files(folder, folder, refused)
    if len(files) > MAX_FILES:
        raise DataError(f"{folder} holds more than {MAX_FILES:,} files. Bring in its folders one by one.")
    headers = [path for path in files if path.suffix.lower() == ".hea"]
    records = [wfdb_candidate(path, path.relative_to(folder).as_posix()) for path in headers]
    segments = {file for record in records for file in record.files[1:] if file.suffix.lower() == ".hea"}
    records = [record for record in records if record.path not in segments]
    taken = {file for record in records for file in record.files}
    candidates, ignored = list(records), []
    for path in files:
        shown = path.relative_to(folder).as_posix()
        if path in taken:
            continue
        try:
            kind = kind_of_file(path)
        except DataError as error:
            refused.append(Refused(shown, str(error).rstrip(".")))
            continue
        if kind == "zip":
            refused.append(Refused(shown, "a zip within: unpack it first, or bring it in by itself"))
        elif kind == "unknown":
            ignored.append(shown)
        else:
            candidates.append(Candidate(shown, path, kind))
    return Listing(tuple(sorted(candidates, key=lambda one: one.source)), tuple(refused), tuple(ignored))


def wfdb_candidate(header: Path, source: str) -> Candidate:
    """A WFDB record with all its files that are there: header, signals, segments, annotations."""
    folder = header.parent
    files = [header]
    lines = header_lines(header)
    signals = [name for name in signal_files_in(lines) if not name.lower().endswith(".hea")]  # another record's header
    for name in (*signals, *_segment_files(lines)):
        path = present(folder / name)
        if path.is_file() and path not in files:
            files.append(path)
            if path.suffix.lower() == ".hea":
                more = [present(folder / other) for other in signal_files_in(header_lines(path))]
                files += [other for other in more if other.is_file() and other not in files]
    for path in sorted(folder.glob(f"{_escaped(header.stem)}.*")):
        suffix = path.suffix.lower()
        if path in files or suffix == ".hea" or suffix in _NO_ANNOTATIONS or not _ANNOTATOR.fullmatch(path.suffix):
            continue
        if path.is_symlink() and not _within(path, folder):
            continue
        if path.is_file() and path.stem == header.stem and path.stat().st_size <= MAX_ANNOTATION_BYTES:
            files.append(path)
    return Candidate(source, header, "WFDB", tuple(files))


def kind_of_file(path: Path) -> FileKind:
    """What a file is, by its first bytes where they tell, else by its name."""
    suffix = path.suffix.lower()
    if suffix == ".hea":
        return "WFDB"
    try:
        with path.open("rb") as file:
            head = file.read(192)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
    if head[:8] == BDF_MARK:
        return "BDF"
    if head[:8] == EDF_MARK and (BY_SUFFIX.get(suffix) == "EDF" or head[184:192].strip().isdigit()):
        return "EDF"
    if head[:4] == PARQUET_MARK:
        return "parquet"
    if suffix == ".txt":
        try:
            layout_of(path)
        except DataError:
            return "unknown"
        return "CSV"
    if head[:4] == ZIP_MARK and suffix not in BY_SUFFIX:
        return "unknown"  # spreadsheets and documents are zips too
    return "zip" if head[:4] == ZIP_MARK else BY_SUFFIX.get(suffix, "unknown")


def _segment_files(lines: Iterable[str]) -> tuple[str, ...]:
    """Headers of the segments of a record whose first line says that it has several."""
    rows = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not rows or "/" not in rows[0][0]:
        return ()
    return tuple(f"{row[0]}.hea" for row in rows[1:] if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", row[0]))


def _escaped(stem: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", stem)


def _files(place: Path, folder: Path, refused: list[Refused]) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        if place == folder:
            raise DataError(f"{folder} cannot be read: {error.strerror}. Check its permissions.") from None
        refused.append(Refused(place.relative_to(folder).as_posix(), f"cannot be read: {error.strerror}"))
        return []
    files: list[Path] = []
    for name in names:
        path = place / name
        if name.startswith(".") or name in SKIPPED:
            continue
        if path.is_symlink() and not _within(path, folder):
            refused.append(Refused(path.relative_to(folder).as_posix(), "a link out of the folder: not followed"))
        elif path.is_dir() and not path.is_symlink():
            if len(path.relative_to(folder).parts) > MAX_DEPTH:
                refused.append(
                    Refused(path.relative_to(folder).as_posix()[-200:], "a folder too deep: not looked into")
                )
                continue
            files += _files(path, folder, refused)
        elif path.is_file():
            files.append(path)
        if len(files) > MAX_FILES:
            break
    return files


def _within(path: Path, folder: Path) -> bool:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_relative_to(folder.resolve()) and target.is_file()
