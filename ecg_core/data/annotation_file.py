"""From a WFDB annotation file (MIT format) to annotations, strictly: every field, no guess, no endless loop.

On damaged or hostile bytes wfdb 4.3.1 loops for ever (a note `## anything` at sample 0), turns an unknown code into the
symbol `n`, and ignores a time resolution that is not the record's: gqrs, for one, counts at 250 Hz whatever the record
does, and the tools of WFDB convert.
Format: https://physionet.org/physiotools/wag/annot-5.htm
"""

import math
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.data.header import inside
from ecg_core.data.labels import Annotations
from ecg_core.errors import DataError

MAX_ANNOTATION_BYTES = 8_000_000  # a 24 h recording needs about 0.4 MB
EXTENSION_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,32}")

_SYMBOLS = np.array(list(' NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r'), "<U1")
"""By code. No annotation has code 15 or 17; one of code 0 marks nothing."""
_KNOWN = frozenset(np.flatnonzero(_SYMBOLS != " ").tolist()) | {0}
_NOTE, _SKIP, _NUM, _SUB, _CHAN, _AUX = 22, 59, 60, 61, 62, 63
_RESOLUTION = "## time resolution:"
_DEFINITIONS, _END_OF_DEFINITIONS = "## annotation type definitions", "## end of definitions"
_DEFINITION = re.compile(r"(?P<code>[0-9]{1,2})\s+(?P<symbol>\S{1,32})(?:\s+(?P<description>.*))?", re.DOTALL)
_OWN_CODES = range(1, 50)
_LATEST = 2.0**53  # what floats count to one by one; no recording is as long
_PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def _zeros() -> npt.NDArray[np.int16]:
    return np.zeros(0, np.int16)


@dataclass(frozen=True)
class FileAnnotations(Annotations):
    """Annotations with all that a file says of each."""

    subtype: npt.NDArray[np.int16] = field(default_factory=_zeros)
    """(n,) -128 to 127; for a change of signal quality `~`, bits 0x30 both set mean that nothing can be read."""
    number: npt.NDArray[np.int16] = field(default_factory=_zeros)
    """(n,) -128 to 127, free for the annotator's use."""
    channel: npt.NDArray[np.int16] = field(default_factory=_zeros)
    """(n,) 0 to 255, the signal an annotation is about."""
    resolution_hz: float | None = None
    """What the file says it counts time in; None if it does not say. `sample` is converted already."""
    unordered: int = 0
    """Annotations that stand behind later ones in the file, as WFDB allows; here all are in time order."""


@dataclass
class _Marks:
    """The fields of all annotations as they are read: arrays, because a hostile file can hold millions."""

    time: "array[int]" = field(default_factory=lambda: array("q"))
    code: "array[int]" = field(default_factory=lambda: array("b"))
    subtype: "array[int]" = field(default_factory=lambda: array("b"))
    number: "array[int]" = field(default_factory=lambda: array("b"))
    channel: "array[int]" = field(default_factory=lambda: array("B"))
    text: dict[int, str] = field(default_factory=dict)
    """Index -> text, of those that have one."""
    own_at: dict[int, int] = field(default_factory=dict)
    """Code that the file must define -> byte at which it is first used."""


def annotator_extension(name: str) -> str:
    """`name` without a leading dot if it can be the extension of annotation files; else raise DataError."""
    extension = name.removeprefix(".")
    if not EXTENSION_PATTERN.fullmatch(extension):
        raise DataError(f"{name[:80]!r} is no annotator: expected the extension of the files, such as 'atr' or 'qrs'.")
    return extension


def read_annotation_file(path: Path, fs: float, n_samples: int | None = None) -> FileAnnotations:
    """Read one annotation file in MIT format.

    `fs` is the record's sampling rate in Hz, in which `sample` is given, whatever the file counts in. With `n_samples`,
    the length of the record, an annotation may lie at most one sample beyond the last, where detectors put their end.

    Raises DataError if the file is missing, larger than `MAX_ANNOTATION_BYTES`, cannot be decoded, or places an
    annotation outside the signal.
    """
    inside(path, path.parent)
    if not path.exists():
        raise DataError(f"{path.name} is missing: there is no such file in {path.parent}.")
    raw = annotation_bytes(path)
    annotations = decode_annotations(raw, path.name, fs)
    check_times(annotations, path.name, n_samples)
    return annotations


def check_times(annotations: Annotations, file: str, n_samples: int | None) -> None:
    """Raise DataError if annotations lie outside a signal of `n_samples` (None: not known)."""
    sample = annotations.sample
    beyond = sample > n_samples if n_samples is not None else np.zeros(len(sample), np.bool_)
    outside = np.flatnonzero((sample < 0) | beyond)
    if len(outside):
        length = f"; the signal has {n_samples:,}" if n_samples is not None else ""
        raise DataError(
            f"{file}: {len(outside)} of {len(sample)} annotations lie outside the signal (first at sample "
            f"{sample[outside[0]]:,}{length}). Does it belong to another record?"
        )


def annotation_bytes(path: Path) -> bytes:
    """The bytes of an annotation file. Raises DataError if it is no file, cannot be read or is far too large."""
    if not path.is_file():
        raise DataError(f"{path.name} is not a file.")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_ANNOTATION_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_ANNOTATION_BYTES:
        raise DataError(f"{path.name} is larger than {MAX_ANNOTATION_BYTES:,} bytes: not a WFDB annotation file.")
    return raw


def decode_annotations(raw: bytes, file: str, fs: float) -> FileAnnotations:
    """Annotations in the bytes of a file in MIT format, times at `fs` Hz; `file` is what errors call it.

    Each word is read once, so any bytes come to an end. Types that the file defines become comments, whose text begins
    with the type's symbol and description. Raises DataError if the bytes cannot be decoded.
    """
    marks = _marks(raw, file)
    sample, code = np.array(marks.time, np.int64), np.array(marks.code, np.int64)
    about_file, own = _about_file(marks)
    for strange, byte in marks.own_at.items():
        if strange not in own:
            raise _damaged(file, f"unknown code {strange}", byte)
    resolution = _resolution((text for k, text in marks.text.items() if k in about_file), file)
    if resolution is not None and resolution != fs:
        sample = np.minimum(np.floor(sample * (fs / resolution) + 0.5), _LATEST).astype(np.int64)
    texts = [marks.text.get(k, "") for k in range(len(code))]
    for k in np.flatnonzero(np.isin(code, list(own))).tolist() if own else ():
        texts[k] = f"{own[marks.code[k]]}: {texts[k]}" if texts[k] else own[marks.code[k]]
        code[k] = _NOTE
    kept = code != 0
    kept[list(about_file)] = False
    order = np.flatnonzero(kept)
    unordered = int(np.count_nonzero(sample[order] < np.maximum.accumulate(sample[order]))) if len(order) else 0
    if unordered:
        order = order[np.argsort(sample[order], kind="stable")]
    return FileAnnotations(
        sample=sample[order],
        symbol=_SYMBOLS[code[order]],
        aux=tuple(texts[k] for k in order.tolist()),
        subtype=np.array(marks.subtype, np.int16)[order],
        number=np.array(marks.number, np.int16)[order],
        channel=np.array(marks.channel, np.int16)[order],
        resolution_hz=resolution,
        unordered=unordered,
    )


def _about_file(marks: _Marks) -> tuple[set[int], dict[int, str]]:
    """Which annotations speak of the file itself, and the types that they define: code -> symbol and description.

    A definition that gives a standard code its standard symbol changes nothing.
    """
    about: set[int] = set()
    own: dict[int, str] = {}
    defining = False
    for k, text in sorted(marks.text.items()):
        if marks.time[k] or marks.code[k] != _NOTE:
            continue
        if text.startswith("## "):
            about.add(k)
            defining = text.startswith(_DEFINITIONS) or (defining and not text.startswith(_END_OF_DEFINITIONS))
        elif defining and (found := _DEFINITION.fullmatch(text)) and int(found["code"]) in _OWN_CODES:
            about.add(k)
            number, symbol = int(found["code"]), found["symbol"]
            if number >= len(_SYMBOLS) or _SYMBOLS[number] != symbol:
                own[number] = " ".join([symbol, *(found["description"] or "").split()])
    return about, own


def _damaged(file: str, what: str, byte: int) -> DataError:
    return DataError(
        f"{file} cannot be decoded ({what} at byte {byte}): the annotation file is damaged. Download or copy it again."
    )


def _marks(raw: bytes, file: str) -> _Marks:
    def damaged(what: str) -> DataError:
        return _damaged(file, what, 2 * at)

    words = array("H", np.frombuffer(raw, "<u2", len(raw) // 2).astype(np.uint16).tobytes())
    marks = _Marks()
    at = time = number = channel = 0
    while True:
        if at >= len(words):
            raise damaged("no end mark")
        code, value = words[at] >> 10, words[at] & 1023
        at += 1
        if code == value == 0:
            break
        if code == _SKIP:
            if at + 2 > len(words):
                raise damaged("cut off")
            skip = words[at] << 16 | words[at + 1]
            time += skip - (1 << 32 if skip >> 31 else 0)
            at += 2
        elif code == _AUX and marks.time:
            length = value & 0xFF  # as wfdb has it: the two bits above are not part of the length
            text = raw[2 * at : 2 * at + length].decode("latin-1")
            at += (length + 1) // 2
            if at > len(words):
                raise damaged("cut off")
            marks.text[len(marks.time) - 1] = text.rstrip("\x00")
        elif code == _SUB and marks.time:
            marks.subtype[-1] = _signed(value)
        elif code == _NUM and marks.time:  # number and channel stay what they are until they are changed
            marks.number[-1] = number = _signed(value)
        elif code == _CHAN and marks.time:
            marks.channel[-1] = channel = value & 0xFF
        else:
            if code not in _KNOWN and code not in _OWN_CODES:
                raise damaged(f"unknown code {code}")
            if code not in _KNOWN:
                marks.own_at.setdefault(code, 2 * at)
            time += value
            marks.time.append(time)
            marks.code.append(code)
            marks.subtype.append(0)
            marks.number.append(number)
            marks.channel.append(channel)
    if any(raw[2 * at :]):
        raise damaged("bytes after the end mark")
    return marks


def _signed(value: int) -> int:
    """The low eight bits as -128 to 127."""
    return ((value & 0xFF) ^ 0x80) - 0x80


def _resolution(notes: Iterable[str], file: str) -> float | None:
    """The time resolution in Hz that notes at time 0 declare."""
    resolution = None
    for note in notes:
        if note.startswith(_RESOLUTION):
            text = note.removeprefix(_RESOLUTION).strip()
            resolution = float(text) if _PLAIN_NUMBER.fullmatch(text) else math.nan
            if not resolution > 0:
                raise DataError(f"{file}: time resolution is {text[:40]!r}, expected ticks per second, such as 250.")
    return resolution
