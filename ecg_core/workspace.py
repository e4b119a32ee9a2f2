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
from ecg_core.files import read_json, write_json

PROJECT = Path(__file__).resolve().parent.parent
MODELS = PROJECT / "models"
BUDGET_GB = 10.0
"""Size of all prepared beats; the whole MIT-BIH database takes 0.13 GB, a recording of 24 hours about as much. Samples
of long recordings may take as much again."""
BUDGET_VARIABLE = "ECG_CACHE_GB"


def home() -> Path:
    """The workspace folder (not created here)."""
    chosen = os.environ.get("ECG_HOME")
    return Path(chosen).expanduser().resolve() if chosen else PROJECT / ".ecg"


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
        found = read_json(path)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error}): delete it, and choose the folder of recordings again.") from None
    if not isinstance(found, dict):
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
        raise DataError(
            f"The choice cannot be remembered in the workspace ({error.strerror or error}): make room, make it "
            "writable, or point ECG_HOME to another folder."
        ) from None
