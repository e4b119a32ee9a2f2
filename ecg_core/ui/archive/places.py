"""Which archives there are: those scored from the page, and a folder that somebody names."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import pandas as pd

from ecg_core.errors import RunError
from ecg_core.files import FileState
from ecg_core.runs.folder import Run, list_runs
from ecg_core.tasks.archive.carrying_out import archives_folder
from ecg_core.tasks.archive.folder import RECORDINGS_FILE, ArchiveFolder
from ecg_core.tasks.archive.manifest import MANIFEST
from ecg_core.tasks.archive.task import ARCHIVE_SCORING
from ecg_core.ui.jobs import options_of


def archives() -> dict[str, Path]:
    """Name -> folder of the archives in the workspace, the newest first."""
    root = archives_folder()
    found = [path for path in root.iterdir() if (path / MANIFEST).is_file()] if root.is_dir() else []
    return {path.name: path for path in sorted(found, key=_last_written, reverse=True)}


def recordings_of(folder: Path) -> tuple[pd.DataFrame, int]:
    """The rows of an archive, not to be changed, and how many items are still to be scored. Raises RunError if there
    are none, or they are damaged."""
    if not (folder / MANIFEST).is_file():
        raise RunError(f"{folder} holds no archive: there is no {MANIFEST} in it.")
    return _read(folder, FileState.of(folder / RECORDINGS_FILE))


@lru_cache(maxsize=4)
def _read(folder: Path, _state: FileState) -> tuple[pd.DataFrame, int]:
    return ArchiveFolder(folder).table()


def archive_of(run: Run) -> Path:
    """The folder that a run scores into."""
    return Path(str(options_of(run).get(ARCHIVE_SCORING.place_option, "")))


def last_asked(folder: Path) -> tuple[str, ...]:
    """The paths that were last scored into an archive from this workspace; none if none were, or nobody knows."""
    for run in list_runs():  # the newest first
        with suppress(RunError):  # a damaged run says nothing
            config = run.config()
            if config.kind == ARCHIVE_SCORING.kind and config.options.get(ARCHIVE_SCORING.place_option) == str(folder):
                return config.source.paths
    return ()


def _last_written(folder: Path) -> float:
    try:
        return (folder / RECORDINGS_FILE).stat().st_mtime
    except OSError:
        return 0.0
