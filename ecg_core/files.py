"""Writing files so that a crash, a kill or a full disk never leaves half of one; reading JSON that may be damaged."""

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CHUNK_BYTES = 1 << 20
MOST_JSON_BYTES = 16 << 20  # the largest written here has 2 MB; of 20,000 recordings 12 MB
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: OSError) -> bool:
    """Whether a disk, or somebody's share of it, had no room left."""
    return error.errno in _FULL


def why(error: OSError) -> str:
    """Why something could not be written, to stand in a sentence: where the disk is full, with what to do."""
    return "the disk is full, make room and try again" if is_full(error) else (error.strerror or str(error))


class FileState(NamedTuple):
    """A file as it is now: what is kept of a file is told from what it holds later by this."""

    path: Path
    inode: int
    changed_ns: int
    """Latest change of its bytes or its owner, mode or name."""
    size: int
    """Bytes; -1 where there is no such file, or a link to nothing."""

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """The state of `path`; of one that is not there, or cannot be looked at, too."""
        try:
            status = path.stat()
        except OSError:
            return cls(path, 0, 0, -1)
        return cls(path, status.st_ino, max(status.st_mtime_ns, status.st_ctime_ns), status.st_size)


_kept: set[Path] = set()


@contextmanager
def never_made_again(folder: Path) -> Iterator[None]:
    """For the block, this process writes nothing below `folder` once somebody has removed it: `replaced`, and all that
    write by it, raise FileNotFoundError then."""
    _kept.add(folder)
    try:
        yield
    finally:
        _kept.discard(folder)


@contextmanager
def replaced(path: Path, make_folder: bool = True) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well, sync it and rename it into place.

    The rename is atomic on one file system, so a reader sees the old file or the new one, never a part.
    If the block raises, the temporary file is removed and `path` is untouched. Without `make_folder` a folder that is
    not there, or not any more, is a FileNotFoundError.
    """
    for folder in _kept:
        if folder in path.parents and not folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "it was removed", str(folder))
    if make_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}{path.suffix}"
    # not tempfile, whose files only their owner may read: other users of the machine share runs and settings
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes, make_folder: bool = True) -> None:
    """Write `content` to `path` atomically."""
    with replaced(path, make_folder) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any, make_folder: bool = True) -> None:
    """Write `value` as indented JSON, atomically. Not-a-number is refused: it is not JSON."""
    write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode(), make_folder)


def removed(path: Path) -> bool:
    """Remove a file, a link or a folder with all in it; whether it is gone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return not path.exists() and not path.is_symlink()


def read_json(path: Path, most_bytes: int = MOST_JSON_BYTES) -> Any:
    """Read a JSON file written by `write_json`.

    Raises FileNotFoundError if there is none, and ValueError, in words, for anything that is no such file: a folder or
    a device, one too large, text that is no JSON, numbers that are none (NaN, infinite).
    """
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            if path.exists() or path.is_symlink():
                raise ValueError("not a file")
            raise FileNotFoundError(path)
        size = path.stat().st_size
        if size > most_bytes:
            raise ValueError(f"{size:,} bytes, more than {most_bytes:,}")
        content = path.read_bytes()
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            if "surrogate" not in str(error):
                raise
            return json.loads(content)  # the name of a folder that is no UTF-8 is written as lone surrogates
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None


def mapped_array(path: Path, dtype: "npt.DTypeLike", shape: tuple[int, ...]) -> "np.memmap[Any, np.dtype[Any]]":
    """A new `.npy` file of zeros, mapped to be filled, whose room on the disk is taken now.

    In a file without it, writing where the disk is full would end the process by a signal.
    Raises OSError if there is no room.
    """
    import numpy as np  # a tenth of a second, which `doctor` and `runs` need not wait for

    array = np.lib.format.open_memmap(path, "w+", dtype, shape)
    with path.open("rb+") as file:
        size = path.stat().st_size
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.seek(array.offset)
            for _ in range(array.offset, size, CHUNK_BYTES):
                file.write(bytes(min(CHUNK_BYTES, size - file.tell())))
    return array


def read_array(path: Path) -> "npt.NDArray[Any]":
    """The array in an `.npy` file, in memory.

    Nothing is unpickled, and no room is made for more than the file holds. Raises ValueError, in words, for anything
    that is no such file.
    """
    import numpy as np

    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise ValueError("not a file")
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))  # mapped: a lie about the size ends there
    except (OSError, EOFError, OverflowError) as error:
        raise ValueError(str(error)) from None


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in lower-case hexadecimal, read in pieces.

    Raises FileNotFoundError if there is none, and ValueError for a pipe, which would wait for ever, or a device.
    """
    if not path.is_file() and path.exists():
        raise ValueError(f"{path.name} is not a file")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def combined_sha256(paths: Sequence[Path]) -> str:
    """SHA-256 of a file's bytes; of several, of their sums one after the other."""
    sums = [sha256(path) for path in paths]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()
