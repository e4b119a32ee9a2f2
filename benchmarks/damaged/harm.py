"""The ways in which a file can be damaged: whole files of any kind, and one field of JSON at a time."""

import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

HUGE_FILE = 20 * 10**9  # bytes, sparse
DEEP = 100_000
LONG_TEXT = "x" * 5_000
VALUES: dict[str, Any] = {
    "null": None,
    "number": 5,
    "text": "five",
    "list": [],
    "object": {},
    "nan": float("nan"),
    "infinite": float("inf"),
    "huge": 10**30,
    "negative": -1,
    "long": LONG_TEXT,
    "markup": "<img src=x onerror=alert(1)>![p](http://127.0.0.1:9/z.png)",
}
MOST_FIELDS_DEEP = 3
Place = tuple[str | int, ...]
"""Keys and positions that lead to a field of JSON."""


Change = Callable[[Any], Any]
"""What an array becomes; None if it goes."""


@dataclass(frozen=True)
class Damage:
    """One way to damage a file."""

    name: str
    do: Callable[[Path], None]
    """Takes the file's path; the file is whole before."""


def _removed(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _content(content: bytes) -> Callable[[Path], None]:
    def do(path: Path) -> None:
        _removed(path)
        path.write_bytes(content)

    return do


def _linked(target: str) -> Callable[[Path], None]:
    def do(path: Path) -> None:
        _removed(path)
        path.symlink_to(target.format(name=path.name))

    return do


def _fifo(path: Path) -> None:
    _removed(path)
    os.mkfifo(path)


def _folder(path: Path) -> None:
    _removed(path)
    path.mkdir()


def _huge(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(HUGE_FILE)


def _torn(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


FILES = (
    Damage("missing", _removed),
    Damage("empty", _content(b"")),
    Damage("torn", _torn),
    Damage("null", _content(b"null")),
    Damage("[]", _content(b"[]")),
    Damage("{}", _content(b"{}\n")),
    Damage("5", _content(b"5\n")),
    Damage("nested deeply", _content(b"[" * DEEP)),
    Damage("not UTF-8", _content(b'{"kind": "\xff\xfe"}\n')),
    Damage("zeros", _content(bytes(4096))),
    Damage("a folder", _folder),
    Damage("a link to itself", _linked("{name}")),
    Damage("a link to nothing", _linked("nowhere")),
    Damage("a link to /dev/zero", _linked("/dev/zero")),
    Damage("a FIFO", _fifo),
    Damage("20 GB", _huge),
)
"""Of any file."""


def places(value: object, deep: int = MOST_FIELDS_DEEP) -> Iterator[Place]:
    """Where fields are in JSON: of long objects and lists the first ones only."""
    if deep == 0:
        return
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())[:20]
    elif isinstance(value, list):
        items = [(0, value[0])] if value else []
    for key, item in items:
        yield (key,)
        yield from ((key, *rest) for rest in places(item, deep - 1))


def changed(value: Any, place: Place, new: object, drop: bool = False) -> None:
    """Change one field of `value`, or drop it."""
    for key in place[:-1]:
        value = value[key]
    if drop:
        del value[place[-1]]
    else:
        value[place[-1]] = new


def of_json(path: Path) -> list[Damage]:
    """Every field removed, and changed into each of `VALUES`."""
    found = []
    for place in places(json.loads(path.read_text())):
        name = ".".join(map(str, place))
        found.append(Damage(f"{name} removed", partial(_change_json, place=place, new=None, drop=True)))
        found += [
            Damage(f"{name} {word}", partial(_change_json, place=place, new=new, drop=False))
            for word, new in VALUES.items()
        ]
    return found


def _change_json(path: Path, place: Place, new: object, drop: bool) -> None:
    value = json.loads(path.read_text())
    changed(value, place, new, drop)
    path.write_text(json.dumps(value))


def of_lines(path: Path) -> list[Damage]:
    """A last line that is none, and fields of it; the lines in another order."""
    last = path.read_text().splitlines()[-1]
    lines = {"5": "5", "null": "null", "[]": "[]", "{}": "{}", "torn": last[: len(last) // 2]}
    found = [Damage(f"last line {word}", partial(_change_line, new=new)) for word, new in lines.items()]
    found.append(Damage("lines reversed", _reverse))
    for place in places(json.loads(last)):
        for word, new in {"removed": None, **VALUES}.items():
            row = json.loads(last)
            changed(row, place, new, drop=word == "removed")
            name = ".".join(map(str, place))
            found.append(Damage(f"last line's {name} {word}", partial(_change_line, new=json.dumps(row))))
    return found


def _change_line(path: Path, new: str) -> None:
    path.write_text("\n".join([*path.read_text().splitlines()[:-1], new]) + "\n")


def _reverse(path: Path) -> None:
    path.write_text("\n".join(path.read_text().splitlines()[::-1]) + "\n")


def of_weights(path: Path) -> list[Damage]:
    """Each array missing, not a number, of another shape or type; and lying headers."""
    found = [
        Damage("header of 2^63 bytes", _content(struct.pack("<Q", 2**63) + b"{}")),
        Damage("arrays of 2^40 values", _content(_lying((2**20, 2**20)))),
        Damage("no arrays", lambda path: save_file({}, path)),
    ]
    for name in load_file(path):
        found += [
            Damage(f"{name} {word}", partial(_change_array, name=name, change=change))
            for word, change in ARRAYS.items()
        ]
    return found


def _change_array(path: Path, name: str, change: Change) -> None:
    arrays, metadata = dict(load_file(path)), _metadata(path)
    new = change(arrays.pop(name))
    save_file(arrays if new is None else {**arrays, name: new}, path, metadata)


ARRAYS: dict[str, Change] = {
    "missing": lambda _: None,
    "not a number": lambda array: np.full_like(array, np.nan) if array.dtype.kind == "f" else array[:0],
    "huge": lambda array: np.full_like(array, 1e38) if array.dtype.kind == "f" else array[:0],
    "flat": lambda array: np.ascontiguousarray(array.reshape(-1)),
    "half": lambda array: np.ascontiguousarray(array.reshape(-1)[: array.size // 2]),
    "whole numbers": lambda array: array.astype(np.int64),
    "another axis": lambda array: np.ascontiguousarray(array[None]),
}


def _metadata(path: Path) -> dict[str, str]:
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
    return dict(header.get("__metadata__", {}))


def _lying(shape: tuple[int, ...]) -> bytes:
    header = json.dumps({"a": {"dtype": "F32", "shape": shape, "data_offsets": [0, 4 * 2**40]}}).encode()
    return struct.pack("<Q", len(header)) + header


def of_file(path: Path) -> list[Damage]:
    """Every way to damage this file."""
    found = list(FILES)
    if path.suffix == ".json" and path.stat().st_size:
        found += of_json(path)
    elif path.suffix == ".jsonl":
        found += of_lines(path)
    elif path.suffix == ".safetensors":
        found += of_weights(path)
    return found


FOLDERS = (
    Damage("a file", _content(b"{}")),
    Damage("an empty folder", _folder),
    Damage("a link to itself", _linked("{name}")),
    Damage("a link to /", _linked("/")),
    Damage("a link to /dev/zero", _linked("/dev/zero")),
    Damage("a FIFO", _fifo),
)
"""Of a whole model or run."""
