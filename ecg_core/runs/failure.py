"""Why a run failed: told on a full disk too, by writing into room that was taken when the run began."""

import json
from contextlib import suppress
from pathlib import Path

from ecg_core.files import write_bytes
from ecg_core.workspace import now

RESERVED, ERROR = ".reserved", "error.json"
ROOM_BYTES = 4096


def make_room(folder: Path) -> None:
    """Take the room. Raises OSError on a full disk."""
    write_bytes(folder / RESERVED, b" " * ROOM_BYTES, make_folder=False)


def record(folder: Path, message: str) -> None:
    """Write `error.json`: into the room taken, or, where that is not there, as any file."""
    content = _content(message)
    reserved = folder / RESERVED
    try:
        with reserved.open("rb+") as file:
            file.write(content)
        reserved.replace(folder / ERROR)
    except OSError:
        with suppress(OSError):  # neither can be written: the log has it
            write_bytes(folder / ERROR, content, make_folder=False)


def _content(message: str) -> bytes:
    """As JSON of exactly the size taken; a longer message loses its end."""
    moment = now()
    while len(text := json.dumps({"message": message, "time": moment}, indent=2).encode()) >= ROOM_BYTES:
        message = message[: len(message) * 3 // 4]
    return text.ljust(ROOM_BYTES - 1) + b"\n"
