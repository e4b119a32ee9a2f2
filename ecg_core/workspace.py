"""Where the workbench keeps what it makes, and the few choices it remembers between sessions.

`ECG_HOME` names the folder; without it, `.ecg` beside the package. It holds `data/` (downloads and simulated
recordings), `cache/` (prepared beats, samples of long recordings), `runs/` (trainings) and `settings.json`.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecg_core.access import check_may_change
from ecg_core.errors import DataError
from ecg_core.files import read_json, why, write_json
from ecg_core.text import plain

PROJECT = Path(__file__).resolve().parent.parent
MODELS = PROJECT / "models"
BUDGET_GB = 10.0
"""Size of all prepared beats; the whole MIT-BIH database takes 0.13 GB, a recording of 24 hours about as much. Samples
of long recordings may take as much again."""
HOME_VARIABLE = "ECG_HOME"
BUDGET_VARIABLE = "ECG_CACHE_GB"
NAMES_OF_FOLDERS = ("collection", "data_folder")


def home() -> Path:
    """The workspace folder (not created here). Raises DataError if `ECG_HOME` names none that can be."""
    chosen = os.environ.get(HOME_VARIABLE)
    if not chosen:
        return PROJECT / ".ecg"
    return folder_named(Path(chosen), f"{HOME_VARIABLE}: ")


def folder_named(path: Path, by: str = "") -> Path:
    """The folder that a person named, from the root on, whether it is there or not; `by` is what an error begins with.

    Raises DataError for a name that none can have: a loop of links, `~nobody`, a NUL, a name too long.
    """
    try:
        found = path.expanduser().resolve()
        found.exists()
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{by}{plain(str(path), 200)!r} cannot be used as a folder: {plain(reason, 200)}.") from None
    return found


def runs_folder() -> Path:
    """Where runs are kept (not created here)."""
    return home() / "runs"


def cache_budget_bytes() -> float:
    """How much of one kind may be kept in `cache/`: `ECG_CACHE_GB`, or `BUDGET_GB`.

    Raises DataError if the setting is no size.
    """
    text = os.environ.get(BUDGET_VARIABLE, str(BUDGET_GB))
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if not size >= 0:
        raise DataError(f"{BUDGET_VARIABLE} is {text[:80]!r}, expected the GB of prepared beats to keep, such as 10.")
    return size * 1e9


def now() -> str:
    """The time as an ISO 8601 text in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def settings() -> dict[str, Any]:
    """The remembered choices; empty when none were made. Raises DataError if the file is damaged."""
    path = home() / "settings.json"
    try:
        if not path.exists() and not path.is_symlink():
            return {}
    except OSError as error:  # a name too long
        raise DataError(_unusable(error)) from None
    try:
        found = read_json(path)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error}): delete it, and choose the folder of recordings again.") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(name, ""), str) for name in NAMES_OF_FOLDERS):
        raise DataError(f"{path} is damaged: delete it, and choose the folder of recordings again.")
    return found


def set_settings_aside() -> None:
    """Give a damaged `settings.json` another name, so that choices can be made again."""
    check_may_change()
    path = home() / "settings.json"
    try:
        path.replace(path.with_name(f"settings.{now().replace(':', '-')}.damaged"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise DataError(f"{path} cannot be set aside ({error.strerror or error}): delete it.") from None


def remember(**choices: Any) -> None:
    """Store choices beside those already made; a value of None forgets that choice.

    Raises DataError if the file is damaged or cannot be written.
    """
    check_may_change()
    merged = {**settings(), **choices}
    try:
        write_json(home() / "settings.json", {key: value for key, value in merged.items() if value is not None})
    except OSError as error:
        raise DataError(f"The choice cannot be remembered. {_unusable(error)}") from None


def _unusable(error: OSError) -> str:
    place = plain(str(home()), 200)
    return f"The workspace {place} cannot be used: {why(error)}. Point {HOME_VARIABLE} to another folder."
