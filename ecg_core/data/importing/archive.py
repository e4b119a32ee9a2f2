"""Unpacking a zip of strangers: within its folder, within the limits, or not at all.

What an archive declares of itself is checked first. It may lie: `zipfile` gives of an entry no more bytes than were
declared, and raises where their checksum is another.
"""

import errno
import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ecg_core.data.importing.inspected import Refused
from ecg_core.data.importing.limits import (
    MAX_DEPTH,
    MAX_FILES,
    MAX_NAME_BYTES,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    RATIO_FROM_BYTES,
)
from ecg_core.errors import DataError
from ecg_core.files import CHUNK_BYTES

ZIP_MARK = b"PK\x03\x04"
_ENCRYPTED = 0x1
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, ValueError,
    RuntimeError, OverflowError,
)  # fmt: skip
"""What `zipfile` raises on damaged bytes, unknown packings and passwords: nothing else runs while these are caught."""


def unpack(path: Path, folder: Path) -> tuple[Refused, ...]:
    """Unpack the archive at `path` into `folder`; returns the entries that were left out: archives within it.

    Of two entries of one name the second goes into a folder of its own. Raises DataError, and has unpacked nothing or a
    part that is to be thrown away, for an archive that is cut off, encrypted, or packed so that it could harm.
    """
    file = path.name
    try:
        archive = zipfile.ZipFile(path)
    except (*_DAMAGED, OSError) as error:
        raise DataError(f"{file} is cut off or no zip archive ({error}). Copy it again.") from None
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        _check_entries(file, entries, path.stat().st_size)
        refused: list[Refused] = []
        for number, entry in enumerate(entries):
            target = folder.joinpath(*_parts(entry.filename))
            if target.exists():
                target = folder.joinpath(f"copy-{number}", *_parts(entry.filename))
            try:
                with archive.open(entry) as packed:
                    first = packed.read(CHUNK_BYTES)
                    if first.startswith(ZIP_MARK) and target.suffix.lower() == ".zip":
                        refused.append(Refused(entry.filename, "a zip within the zip: unpack it first"))
                        continue
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("xb") as out:
                        while first:
                            out.write(first)
                            first = packed.read(CHUNK_BYTES)
            except _DAMAGED as error:
                raise DataError(
                    f"{file}: {entry.filename[:100]!r} cannot be unpacked ({error}). Copy it again."
                ) from None
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                raise DataError(
                    f"{file}: {entry.filename[:100]!r} is a file and a folder at once: not unpacked."
                ) from None
            except OSError as error:
                if error.errno not in (None, errno.EINVAL):  # bz2 gives no number, a place before the file this one
                    raise
                raise DataError(
                    f"{file}: {entry.filename[:100]!r} cannot be unpacked ({error}). Copy it again."
                ) from None
    return tuple(refused)


def _check_entries(file: str, entries: list[zipfile.ZipInfo], packed_bytes: int) -> None:
    if len(entries) > MAX_FILES:
        raise DataError(f"{file} holds {len(entries):,} files, at most {MAX_FILES:,} are taken. Split it.")
    for entry in entries:
        name = entry.filename
        shown = repr(name[:100])
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0] or not path.parts:
            raise DataError(f"{file}: the name {shown} leads out of the archive. Nothing of it was unpacked.")
        if len(path.parts) > MAX_DEPTH or any(len(part.encode()) > MAX_NAME_BYTES for part in path.parts):
            raise DataError(f"{file}: the name {shown} is too long or too deep. Nothing of it was unpacked.")
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
            raise DataError(f"{file}: {shown} is a link or a device, not a file. Nothing of it was unpacked.")
        if entry.flag_bits & _ENCRYPTED:
            raise DataError(f"{file} is encrypted. Unpack it with its password, then bring in the folder.")
    _check_size(file, sum(entry.file_size for entry in entries), packed_bytes)


def _check_size(file: str, unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED_BYTES:
        raise DataError(
            f"{file} unpacks to more than {MAX_UNPACKED_BYTES / 1e9:.0f} GB. Unpack it, and bring in its "
            "folders one by one."
        )
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed:
        raise DataError(
            f"{file} unpacks to {unpacked / 1e6:,.0f} MB or more from {packed / 1e6:,.1f} MB: more than "
            f"{MAX_RATIO} times as much, which no recordings do. Nothing of it was brought in."
        )


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name.replace("\\", "/")).parts
