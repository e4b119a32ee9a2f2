"""The workspace: whether it can be written to, whether there is room, what is left of what was killed."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from ecg_core import logs, workspace
from ecg_core.beats.store import is_prepared
from ecg_core.data.record_path import header_path
from ecg_core.data.sources import DataSource, current_source
from ecg_core.diagnosis.check import Check, size
from ecg_core.errors import DataError

OF_SIGNALS = 1.4
"""Size of prepared beats as a multiple of the signal files: 0.13 GB for the 94 MB of MIT-BIH."""
OF_A_RUN_BYTES = 50e6
"""Weights, checkpoint and frames of a training."""
LITTLE = 3.0
"""Less than so many times what is needed is said."""
OLD_S = 3600.0
"""What a living process works on is younger."""
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}(\..+)?|\.building-.*|\.deleted-.*|\..+\.(new|old)")
MOST_ERRORS = 3


def writable() -> Iterator[Check]:
    """Whether `ECG_HOME` is a folder that can be written to, and whether there is room in it."""
    home = workspace.home()
    place = home
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        yield Check("workspace", "problem", f"{place} is not a folder.", "Name another with ECG_HOME.")
        return
    probe = place / f".doctor.{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        probe_left = f"{home} cannot be written to ({error.strerror or error})."
        yield Check(
            "workspace", "problem", probe_left, "Recordings, models and runs can be looked at; nothing is kept."
        )
    else:
        yield Check("workspace", "ok", f"{home}" + ("" if home.exists() else ", not made yet"))
    yield _room(place)


def settings() -> Iterator[Check]:
    """Whether the choices that are remembered can be read."""
    try:
        chosen = workspace.settings()
    except DataError as error:
        yield Check("settings.json", "problem", str(error))
        return
    yield Check("settings.json", "ok", ", ".join(sorted(chosen)) or "nothing chosen")


def leftovers() -> Iterator[Check]:
    """What killed processes have left behind."""
    home = workspace.home()
    roots = [home, home / "runs", home / "cache" / "beats", *home.glob("cache/beats/*"), *home.glob("runs/*"),
             *home.glob("collections/*"), workspace.MODELS, *workspace.MODELS.glob("*")]  # fmt: skip
    found = [path for root in roots for path in _old_ones(root)]
    if not found:
        yield Check("leftovers", "ok", "none")
        return
    names = ", ".join(str(path.relative_to(path.parents[1])) for path in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    total = size(sum(_size(path) for path in found))
    yield Check("leftovers", "warning", f"{names}{more}, {total}.", "Delete them while nothing is trained or imported.")


def last_errors() -> Iterator[Check]:
    """The newest errors in the logs."""
    errors = logs.last_errors(MOST_ERRORS)
    if not errors:
        yield Check("logs", "ok", f"no error in {logs.folder()}")
    for one in errors:
        fields = " ".join(f"{key}={one.fields[key]}" for key in ("reference", "run", "error") if one.fields.get(key))
        found = f"{one.time} {one.event} {fields}"[:300]
        yield Check("logs", "warning", f"{found}.", f"Look for it in {logs.folder()}.")


def _room(place: Path) -> Check:
    free = shutil.disk_usage(place).free
    try:
        needed = _needed(current_source())
    except DataError:
        needed = OF_A_RUN_BYTES
    found = f"{size(free)} free, about {size(needed)} needed by the next preparation and training"
    if free < needed:
        return Check("disk", "problem", f"{found}.", "Make room, or name another folder with ECG_HOME.")
    if free < LITTLE * needed:
        return Check("disk", "warning", f"{found}.", "Make room soon.")
    return Check("disk", "ok", found)


def _needed(source: DataSource) -> float:
    """Bytes that preparing the recordings in use, if they are not, and a training would take."""
    if is_prepared(source.folder, source.records):
        return OF_A_RUN_BYTES
    signals = 0.0
    for name in source.records:
        path = header_path(source.folder, name).with_suffix(".dat")
        signals += path.stat().st_size if path.is_file() else 0
    return OF_A_RUN_BYTES + OF_SIGNALS * signals


def _old_ones(root: Path) -> Iterator[Path]:
    try:
        with os.scandir(root) as entries:
            for entry in entries:
                old = time.time() - entry.stat(follow_symlinks=False).st_mtime > OLD_S
                if old and TEMPORARY.fullmatch(entry.name):
                    yield Path(entry.path)
    except OSError:
        return


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
