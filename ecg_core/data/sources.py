"""Where the recordings in use come from.

In this order: a collection chosen in the app; the folder named by `ECG_DATA_DIR`; a folder chosen in the app; the app's
own download of the MIT-BIH database, once complete; simulated recordings, made on the spot. A source that is named but
unusable is an error: nothing is ever put in its place.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ecg_core import workspace
from ecg_core.data import catalogue
from ecg_core.data.annotators import chosen_annotators
from ecg_core.data.header import comments_in, header_lines
from ecg_core.data.importing.place import collection_name
from ecg_core.data.patients import FILE as PATIENTS_FILE
from ecg_core.data.patients import Patients, find_patients
from ecg_core.data.reader import SIMULATED_MARK, record_names
from ecg_core.data.record_path import header_path
from ecg_core.errors import DataError
from ecg_core.files import FileState

Kind = Literal["collection", "environment", "chosen", "downloaded", "simulated"]
VARIABLE = "ECG_DATA_DIR"
MOST_BEFORE = 10


@dataclass(frozen=True)
class DataSource:
    """A folder of WFDB records and why it is the one in use."""

    kind: Kind
    folder: Path
    records: tuple[str, ...]

    simulated: bool = False
    """Whether any of the records says that it is simulated, wherever the folder lies."""
    patients: Patients = field(default_factory=lambda: Patients({}), hash=False)
    """Whose the records are, as far as somebody says so."""

    @property
    def is_mitdb(self) -> bool:
        """Whether every record has the name of a record of the MIT-BIH Arrhythmia Database."""
        return set(self.records) <= set(catalogue.record_names())

    @property
    def label(self) -> str:
        """How pages name the data, such as `MIT-BIH, 48 records`."""
        name = collection_name(self.folder)
        what = name or ("MIT-BIH" if self.is_mitdb else self.folder.name)
        if self.simulated:
            what = f"SIMULATED ({name})" if name else "SIMULATED"
        return f"{what}, {len(self.records)} record" + ("" if len(self.records) == 1 else "s")


def download_folder() -> Path:
    """Where the app's own copy of the database goes."""
    return workspace.home() / "data" / "mitdb"


def download_complete() -> bool:
    """Whether every published file is in place (files appear there only after their sums were verified)."""
    folder = download_folder()
    return folder.is_dir() and set(catalogue.published_sums()) <= {path.name for path in folder.iterdir()}


def open_folder(folder: Path, kind: Kind = "chosen") -> DataSource:
    """Use `folder`. Raises DataError if it is not a folder or holds no WFDB header."""
    if not _is_folder(folder):
        raise DataError(f"{_named_by(kind)}{folder} is not a folder. Name a folder of WFDB records (.hea, .dat, .atr).")
    names = record_names(folder)
    if not names:
        raise DataError(f"{_named_by(kind)}{folder} holds no WFDB header (.hea). Name the folder the records are in.")
    chosen_annotators(folder)  # a damaged choice is said once, here
    headers = tuple(FileState.of(header_path(folder, name)) for name in names)
    simulated, patients = _looked_at(tuple(names), headers, FileState.of(folder / PATIENTS_FILE))
    return DataSource(kind, folder, tuple(names), simulated, patients)


def current_folder() -> tuple[Path, Kind]:
    """The folder in use now, not yet opened, and why it is the one. Raises DataError if its name cannot be used.

    A collection that somebody chose in the app, or by command, goes before the folder of the environment.
    """
    if folder := workspace.settings().get("collection"):
        return Path(str(folder)), "collection"
    if folder := os.environ.get(VARIABLE):
        return _resolved(Path(folder), "environment"), "environment"
    if folder := workspace.settings().get("data_folder"):
        return _resolved(Path(str(folder)), "chosen"), "chosen"
    if download_complete():
        return download_folder(), "downloaded"
    from ecg_core.data.simulate import ensure_simulated  # scipy, which reading does without

    return ensure_simulated(workspace.home() / "data" / "simulated"), "simulated"


def current_source() -> DataSource:
    """The source in use now. Raises DataError if one was named that cannot be used."""
    return open_folder(*current_folder())


def choose_folder(folder: Path | None) -> None:
    """Remember a folder chosen in the app, after checking it; None goes back to the download or simulation."""
    workspace.remember(data_folder=str(open_folder(_resolved(folder, "chosen")).folder) if folder else None)


def use_collection(folder: Path | None) -> None:
    """Use a collection's folder from now on; None: none, and what is in use without one.

    The collections used before are remembered, for `use_collection_before`. Raises DataError if it holds no record.
    """
    if folder is None:
        workspace.remember(collection=None, collections_before=None)
        return
    wanted, current = str(open_folder(folder, "collection").folder), workspace.settings().get("collection")
    before = [*_collections_before(), str(current)] if current else []
    before = [one for one in before if one != wanted][-MOST_BEFORE:]
    workspace.remember(collection=wanted, collections_before=before or None)


def use_collection_before() -> None:
    """Go back to the collection that was used before the one in use, if it can still be opened, else to one before it;
    without any, to what is in use without a collection."""
    before = _collections_before()
    while before:
        folder = before.pop()
        with suppress(DataError):
            open_folder(Path(folder), "collection")
            workspace.remember(collection=folder, collections_before=before or None)
            return
    use_collection(None)


def _collections_before() -> list[str]:
    kept = workspace.settings().get("collections_before")
    return [str(one) for one in kept] if isinstance(kept, list) else []


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name too long
        return False


def _resolved(folder: Path, kind: Kind) -> Path:
    return workspace.folder_named(folder, _named_by(kind))


@lru_cache(maxsize=16)
def _looked_at(names: tuple[str, ...], headers: tuple[FileState, ...], patients: FileState) -> tuple[bool, Patients]:
    """Whether any record says that it is simulated, and whose they are; once for each change of a header."""
    comments = (comment for header in headers for comment in comments_in(header_lines(header.path)))
    simulated = any(SIMULATED_MARK in comment for comment in comments)
    return simulated, find_patients(patients.path.parent, names)


def _named_by(kind: Kind) -> str:
    return f"{VARIABLE}: " if kind == "environment" else ""
