"""From a WFDB annotation file (MIT format) to annotations, strictly: every field, no guess, no endless loop.

On damaged or hostile bytes wfdb 4.3.1 loops for ever (a note `## anything` at sample 0), turns an unknown code into the
symbol `n`, and ignores a time resolution that is not the record's: gqrs, for one, counts at 250 Hz whatever the record
does, and the tools of WFDB convert.
Format: https://physionet.org/physiotools/wag/annot-5.htm
"""

import math
import re
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
    """The fields of all annotations as they are read, in the order of the file."""

    time: npt.NDArray[np.int64]
    code: npt.NDArray[np.int64]
    subtype: npt.NDArray[np.int16]
    number: npt.NDArray[np.int16]
    channel: npt.NDArray[np.int16]
    text: dict[int, str]
    """Index -> text, of those that have one."""
    own_at: dict[int, int]
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

    Any bytes come to an end. Types that the file defines become comments, whose text begins
    with the type's symbol and description. Raises DataError if the bytes cannot be decoded.
    """
    marks = _marks(raw, file)
    sample, code = marks.time, marks.code.copy()
    about_file, own = _about_file(marks)
    for strange, byte in marks.own_at.items():
        if strange not in own:
            raise _damaged(file, f"unknown code {strange}", byte)
    resolution = _resolution((text for k, text in marks.text.items() if k in about_file), file)
    if resolution is not None and resolution != fs:
        sample = np.minimum(np.floor(sample * (fs / resolution) + 0.5), _LATEST).astype(np.int64)
    texts = [""] * len(code)
    for k, text in marks.text.items():
        texts[k] = text
    for k in np.flatnonzero(np.isin(code, list(own))).tolist() if own else ():
        texts[k] = f"{own[int(code[k])]}: {texts[k]}" if texts[k] else own[int(code[k])]
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
        aux=tuple(map(texts.__getitem__, order.tolist())),
        subtype=marks.subtype[order],
        number=marks.number[order],
        channel=marks.channel[order],
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
    words = np.frombuffer(raw, "<u2", len(raw) // 2)
    codes, values = (words >> 10).astype(np.uint16), (words & 1023).astype(np.int64)
    layout = _layout(words, codes)
    data = ~layout.payload
    data[layout.stop :] = False
    is_mark = data & (codes < _SKIP)
    first = int(np.argmax(is_mark)) if is_mark.any() else layout.stop
    strange = is_mark & ~np.isin(codes, [*_KNOWN, *_OWN_CODES])
    strange |= data & (codes > _SKIP) & (np.arange(len(words)) < first)  # nothing that it could be about
    if strange.any():
        at = int(np.argmax(strange))
        raise _damaged(file, f"unknown code {codes[at]}", 2 * (at + 1))
    if layout.damage:
        raise _damaged(file, layout.damage, 2 * layout.at)
    if any(raw[2 * (layout.stop + 1) :]):
        raise _damaged(file, "bytes after the end mark", 2 * (layout.stop + 1))

    marks = np.flatnonzero(is_mark)
    ahead = np.where(is_mark, values, 0)
    for at, skip in layout.skips.items():
        ahead[at] = skip
    about = np.cumsum(is_mark) - 1  # number of the mark that a word stands behind
    code = codes[marks].astype(np.int64)
    subtype = np.zeros(len(marks), np.int16)
    said = np.flatnonzero(data & (codes == _SUB))
    subtype[about[said]] = _signed(values[said])
    return _Marks(
        time=np.cumsum(ahead)[marks],
        code=code,
        subtype=subtype,
        number=_until_changed(len(marks), about, np.flatnonzero(data & (codes == _NUM)), _signed(values)),
        channel=_until_changed(len(marks), about, np.flatnonzero(data & (codes == _CHAN)), values & 0xFF),
        text={
            int(about[at]): raw[2 * (at + 1) : 2 * (at + 1) + length].decode("latin-1").rstrip("\x00")
            for at, length in layout.texts.items()
        },
        own_at={int(one): 2 * (int(marks[np.argmax(code == one)]) + 1) for one in np.unique(code) if one not in _KNOWN},
    )


@dataclass
class _Layout:
    """Which words are not annotations: what follows a skip or is the text of an annotation, and what the end is."""

    payload: npt.NDArray[np.bool_]
    skips: dict[int, int] = field(default_factory=dict)
    """Word -> by how many samples it moves on."""
    texts: dict[int, int] = field(default_factory=dict)
    """Word -> length in bytes of the text behind it."""
    stop: int = 0
    """Word of the end mark."""
    damage: str = ""
    at: int = 0
    """Word after which the damage is."""


def _layout(words: npt.NDArray[np.uint16], codes: npt.NDArray[np.uint16]) -> _Layout:
    """Walk from one word with something behind it to the next."""
    found = _Layout(np.zeros(len(words), np.bool_))
    free = 0
    for at in np.flatnonzero((codes == _SKIP) | (codes == _AUX) | (words == 0)).tolist():
        if at < free:
            continue
        if words[at] == 0:
            found.stop = at
            return found
        if codes[at] == _SKIP:
            behind = 2
        else:
            found.texts[at] = length = int(words[at]) & 0xFF  # as wfdb has it: the two bits above are not part of it
            behind = (length + 1) // 2
        free = at + 1 + behind
        if free > len(words):
            found.stop, found.damage = at, "cut off"
            found.at = at + 1 if codes[at] == _SKIP else free
            found.payload[at:] = True
            return found
        if codes[at] == _SKIP:
            skip = int(words[at + 1]) << 16 | int(words[at + 2])
            found.skips[at] = skip - (1 << 32 if skip >> 31 else 0)
        found.payload[at + 1 : free] = True
    found.stop, found.damage, found.at = len(words), "no end mark", len(words)
    return found


def _until_changed(
    n: int, about: npt.NDArray[np.int64], words: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
) -> npt.NDArray[np.int16]:
    """A field of `n` marks that stays what it is until a word changes it: of that mark, and of those after."""
    changed = np.full(n, -1, np.int64)
    changed[about[words]] = words
    last = np.maximum.accumulate(changed) if n else changed
    return np.where(last >= 0, values[last], 0).astype(np.int16)


def _signed(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The low eight bits as -128 to 127."""
    return ((values & 0xFF) ^ 0x80) - 0x80


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
