"""What happened, one line of JSON an event, in `ECG_HOME/logs`: times, events, ids of runs and records.

Never what is in a recording's comments, never a person's name, never a path of this computer: what a text holds of one
is left out. Each process writes a file of its own, so that several may work in one workspace; files are rotated, and
old ones removed. A log that cannot be written stops nobody.
"""

import json
import logging
import os
import re
import secrets
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal

from ecg_core.workspace import PROJECT, home, now

Level = Literal["info", "warning", "error"]
Process = Literal["server", "worker", "command"]
FILE_BYTES = 1_000_000
OLDER_FILES = 2
"""Files a process keeps beside the one it writes."""
MOST_FILES = 30
"""Files of all processes; the oldest go first."""
MOST_CHARACTERS = 300
MOST_FRAMES = 30
_PATH = re.compile(r"(?<![\w.])(?:~|[A-Za-z]:\\|/)[^\s'\",;:()<>]*[/\\][^\s'\",;:()<>]*|\\\\[^\s'\",;:()<>]+")
_process: Process = "command"


class _Handler(RotatingFileHandler):
    """Writes to the workspace's folder; says nothing where it cannot."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            self.handleError(record)
        else:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """An error still reaches whoever reads the server's output; the next event opens the file anew."""
        with suppress(OSError, ValueError):  # a file that closes writes what it had kept, and there is no room
            self.close()
        if record.levelno >= logging.ERROR and sys.stderr is not None:
            with suppress(OSError, ValueError):
                print(record.getMessage(), file=sys.stderr)


@dataclass(frozen=True)
class Event:
    """One line of a log, read back."""

    time: str
    """ISO 8601, UTC."""
    level: str
    event: str
    fields: dict[str, object] = field(default_factory=dict)


def folder() -> Path:
    """Where logs lie (not created here)."""
    return home() / "logs"


def begin(process: Process) -> None:
    """Say what this process is; the oldest files are removed."""
    global _process  # noqa: PLW0603 - a process is one thing
    _process = process
    with suppress(OSError):
        files = sorted(folder().glob("*.log*"), key=lambda path: path.stat().st_mtime)
        for path in files[: -MOST_FILES or None]:
            path.unlink(missing_ok=True)


def event(name: str, level: Level = "info", **fields: object) -> None:
    """Note an event, such as `run.started` with `run=<id>`. Never raises."""
    line = {"time": now(), "level": level, "event": name, **{key: _fit(value) for key, value in fields.items()}}
    _logger().log(logging.getLevelNamesMapping()[level.upper()], json.dumps(line, default=str))


def uncaught(error: BaseException, name: str, **fields: object) -> str:
    """Note an error nobody foresaw, with its trace; gives the short reference it is found under in the log."""
    reference = secrets.token_hex(4)
    event(
        name,
        "error",
        reference=reference,
        error=f"{type(error).__name__}: {error}",
        **fields,
        trace=[_frame(frame) for frame in traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]],
    )
    return reference


def last_errors(count: int) -> list[Event]:
    """The newest errors of all processes, newest first. Lines that are none are passed over."""
    found = [one for path in _files() for one in _events(path) if one.level == "error"]
    return sorted(found, key=lambda one: one.time, reverse=True)[:count]


def without_paths(text: str) -> str:
    """`text` without any path of this computer: those in the workspace or the project relative to these."""
    for place, name in ((home(), "ECG_HOME"), (PROJECT, ".")):
        text = text.replace(str(place), name)
    return _PATH.sub("(a path)", text)


def _files() -> list[Path]:
    try:
        return [path for path in folder().glob("*.log*") if path.is_file()]
    except OSError:
        return []


def _events(path: Path) -> Iterator[Event]:
    try:
        with path.open("rb") as file:
            lines = file.read(2 * FILE_BYTES).splitlines()
    except OSError:
        return
    for line in lines:
        try:
            value = json.loads(line)
            if isinstance(value, dict):
                yield Event(str(value.pop("time")), str(value.pop("level")), str(value.pop("event")), value)
        except (ValueError, KeyError, RecursionError):
            continue


def _logger() -> logging.Logger:
    """The logger of this process, writing into the workspace as it is named now."""
    logger = logging.getLogger("ecg_workbench")
    path = str(folder() / f"{_process}-{os.getpid()}.log")
    if not logger.handlers or getattr(logger.handlers[0], "baseFilename", "") != path:
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
        logger.addHandler(_Handler(path, maxBytes=FILE_BYTES, backupCount=OLDER_FILES, encoding="utf-8", delay=True))
        logger.setLevel(logging.INFO)
        logger.propagate = False
    return logger


def _fit(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_fit(item) for item in value]
    return value if isinstance(value, int | float | None) else without_paths(str(value))[:MOST_CHARACTERS]


def _frame(frame: traceback.FrameSummary) -> str:
    """Such as `ecg_core/ui/page.py:47 begin`; of a package, from its name on."""
    name = frame.filename.replace("\\", "/")
    for before in (f"{PROJECT.as_posix()}/", "/site-packages/", "/lib/python"):
        name = name.rpartition(before)[2]
    return f"{name}:{frame.lineno} in {frame.name}"
