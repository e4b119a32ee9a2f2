"""Recordings at URLs (`s3://`, `gs://`, `https://`, `file://`, ...): listed where the work is given out, fetched where
it is done, by fsspec and whatever it needs for the scheme."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ecg_core.data.header import segment_names_in, signal_files_in
from ecg_core.data.importing.inspected import FileKind
from ecg_core.data.importing.listing import BY_SUFFIX
from ecg_core.errors import DataError, RunError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

KINDS: dict[str, FileKind] = {".hea": "WFDB", **BY_SUFFIX}
MOST_HEADER_BYTES = 1 << 20


def is_url(text: str) -> bool:
    """Whether a path is one of these."""
    return "://" in text


def listed(url: str) -> Iterator[tuple[str, str, FileKind, str]]:
    """Name, URL, kind and state of every recording at a URL, which names a file or a folder.

    Raises RunError without fsspec, or what the scheme needs, and for a URL that is not reached.
    """
    fs, root = _opened(url)
    try:
        files: dict[str, Mapping[str, object]] = fs.find(root, detail=True) or {root: fs.info(root)}
        headers = [path for path in files if path.lower().endswith(".hea")]
        texts = {path: _lines(fs, path) for path in headers}
    except (OSError, ValueError) as error:
        raise RunError(f"{url[:200]} is not reached: {error}.") from None
    inside = {str(PurePosixPath(path).with_name(f"{name}.hea"))
              for path, lines in texts.items() for name in segment_names_in(lines)}  # fmt: skip
    scheme = url.partition("://")[0]
    for path, info in sorted(files.items()):
        kind = KINDS.get(PurePosixPath(path).suffix.lower())
        if kind is None or path in inside or PurePosixPath(path).name.startswith("."):
            continue
        name = path.removeprefix(root).lstrip("/") or PurePosixPath(path).name
        own = [one for other, one in files.items() if PurePosixPath(other).stem == PurePosixPath(path).stem] or [info]
        yield (
            name.removesuffix(".hea"),
            f"{scheme}://{path.lstrip('/') if scheme != 'file' else path}",
            kind,
            _state(own),
        )


def fetched(url: str, kind: FileKind, place: Path) -> Path:
    """Fetch a recording's files into a folder; gives the file, of a WFDB record its header. Raises DataError."""
    try:
        fs, path = _opened(url)
        target = place / PurePosixPath(path).name
        fs.get_file(path, str(target))
        if kind != "WFDB":
            return target
        folder, stem = PurePosixPath(path).parent, PurePosixPath(path).stem
        wanted = {one for one in fs.ls(str(folder), detail=False) if PurePosixPath(one).stem == stem}
        waiting = [target]
        while waiting:
            lines = waiting.pop().read_text(encoding="latin-1").splitlines()
            segments = [f"{name}.hea" for name in segment_names_in(lines)]
            wanted |= {str(folder / PurePosixPath(name).name) for name in (*signal_files_in(lines), *segments)}
            for one in sorted(wanted):
                local = place / PurePosixPath(one).name
                if not local.exists() and fs.exists(one):
                    fs.get_file(one, str(local))
                    if local.name in segments:
                        waiting.append(local)
        return target
    except (OSError, ValueError, RunError) as error:
        raise DataError(f"{url[:200]} cannot be fetched: {error}.") from None


def _opened(url: str) -> tuple["AbstractFileSystem", str]:
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise RunError(
            "URLs need fsspec, which comes with Dask: python -m pip install -r requirements-dask.txt"
        ) from None
    try:
        fs, path = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise RunError(f"{url[:200]} cannot be opened: {error}.") from None
    return fs, str(path)


def _lines(fs: "AbstractFileSystem", path: str) -> list[str]:
    with fs.open(path, "rb") as file:
        text: bytes = file.read(MOST_HEADER_BYTES)
    return text.decode("latin-1").splitlines()


def _state(infos: Sequence[Mapping[str, object]]) -> str:
    said = sorted(f"{one.get('name')} {one.get('size')} {one.get('ETag') or one.get('mtime') or ''}" for one in infos)
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogateescape")).hexdigest()[:20]
