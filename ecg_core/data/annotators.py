"""Which annotation files belong to a record, and what one of them says.

Annotations are decoded here: on damaged or hostile bytes wfdb 4.3.1 loops for ever (a note `## anything` at sample 0),
turns an unknown code into the symbol `n`, and ignores a time resolution that is not the record's.
Format: https://physionet.org/physiotools/wag/annot-5.htm
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ecg_core.data.header import Header, header_lines, signal_files_in
from ecg_core.data.labels import Annotations
from ecg_core.data.record_path import check_name, files_called, header_path, inside, present
from ecg_core.errors import DataError

ANNOTATOR = "atr"
REFERENCES = (ANNOTATOR, "ecg", "ari", "man", "qrs")
"""Annotators that are references where they are found, the best known first."""
DETECTORS = frozenset({"wqrs", "gqrs", "sqrs", "sqrs125", "xqrs", "jqrs", "nqrs", "pqrs", "wabp", "jpts"})
"""What programs write beside a recording: read when asked for, never taken for a reference."""
_DATA = "hea dat mat edf bdf rec csv tsv txt json xml flac wav parquet npy"
_ELSE = "zip gz md5 sha256 png jpg jpeg pdf svg html htm md part bak xws py log"
OTHER_FILES = frozenset([*_DATA.split(), *_ELSE.split()])
"""Endings of files that hold no annotations, whatever their bytes look like."""
MAX_ANNOTATION_BYTES = 8_000_000  # a 24 h recording needs about 0.4 MB

_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")
_CODES = dict(enumerate('NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r', start=1))
_NOTE, _SKIP, _NUM, _CHAN, _AUX = 22, 59, 60, 62, 63
_RESOLUTION = "## time resolution:"


@dataclass(frozen=True)
class AnnotationFile:
    """What one annotation file says about a record."""

    annotator: str
    """Its extension, such as `atr`."""
    path: Path
    annotations: Annotations = field(repr=False)
    """Those within the recording, in its samples."""
    outside: int
    """Annotations that lie outside the recording and were left out; one just behind the last sample is none of them."""


def annotation_path(folder: Path, name: str, annotator: str | None = None) -> Path | None:
    """The annotation file of a record, that of its reference if no annotator is named; None if there is none.

    An annotator that is named gives its path whether the file is there or not.
    """
    path = folder / f"{check_name(name)}.{annotator or ANNOTATOR}"
    if annotator:
        if not _EXTENSION.fullmatch(annotator):
            raise DataError(f"{annotator[:40]!r} is no annotator: it is the ending of a file's name, such as atr.")
        return present(path)
    beside = {each.suffix[1:].lower(): each for each in reversed(files_called(folder, name))}
    for reference in REFERENCES:
        if reference in beside:
            return beside[reference]
    others = [each for each in _candidates(folder, name) if each.suffix[1:].lower() not in DETECTORS]
    return next((each for each in others if _decodes(each, folder)), None)


def annotators_of(folder: Path, name: str) -> tuple[str, ...]:
    """The annotators of a record: endings of the files beside it that hold WFDB annotations.

    The reference comes first, as `read_record` takes it; what detectors wrote comes last. A file that cannot be decoded
    is none.
    """
    found = {path.suffix[1:] for path in _candidates(folder, check_name(name)) if _decodes(path, folder)}
    return tuple(sorted(found, key=_rank))


def read_annotation_file(folder: Path, header: Header, annotator: str | None = None) -> AnnotationFile | None:
    """Read an annotation file (MIT format) of a record, its reference if no annotator is named; None if there is none.

    Times are converted to the record's sampling frequency. A few annotations outside the recording are left out and
    counted.

    Raises DataError if the file cannot be decoded, if most of its annotations lie outside the signal, or if an
    annotator is named that the record does not have.
    """
    path = annotation_path(folder, header.name, annotator)
    if path is None:
        return None
    path = inside(path, folder)
    if not path.exists():
        there = ", ".join(annotators_of(folder, header.name)) or "none"
        raise DataError(f"Record {header.name} has no annotations called {annotator!r}: it has {there}.")
    times = _decode(_bytes_of(path), path.name)
    ticks = np.array([at for at, _, _ in times.marks], np.int64)
    fs, n_samples = header.fs * header.samples_per_frame, header.n_samples * header.samples_per_frame
    scale = fs / (times.resolution or header.fs)
    sample = ticks if scale == 1 else np.floor(ticks * scale + 0.5).astype(np.int64)
    outside = np.flatnonzero((sample < 0) | (sample > n_samples))
    if 2 * len(outside) > len(sample):
        raise DataError(
            f"{path.name}: {len(outside)} of {len(sample)} annotations lie outside the signal (first at sample "
            f"{sample[outside[0]]:,}; the signal has {n_samples:,}). Does it belong to another record?"
        )
    kept = np.flatnonzero((sample >= 0) & (sample < n_samples))
    if np.any(np.diff(sample[kept]) < 0):
        raise DataError(f"{path.name}: annotations are not in time order: the file is damaged.")
    symbol = np.array([times.marks[k][1] for k in kept], "<U1")
    annotations = Annotations(sample[kept], symbol, tuple(times.marks[k][2] for k in kept))
    return AnnotationFile(path.suffix[1:], path, annotations, len(outside))


def read_annotations(folder: Path, header: Header, annotator: str | None = None) -> Annotations:
    """The annotations of `read_annotation_file`; no annotations if the record has none."""
    file = read_annotation_file(folder, header, annotator)
    return file.annotations if file else Annotations.none()


def _candidates(folder: Path, name: str) -> list[Path]:
    """Files beside a record that may hold annotations, by their names alone, the reference first."""
    signals = signal_files_in(header_lines(header_path(folder, name)))
    paths = [
        path
        for path in files_called(folder, name)
        if _EXTENSION.fullmatch(path.suffix[1:])
        and path.suffix[1:].lower() not in OTHER_FILES
        and path.name not in signals
    ]
    return sorted(paths, key=lambda path: _rank(path.suffix[1:]))


def _rank(annotator: str) -> tuple[int, bool, str]:
    """References first, as they are known; then others; then detectors."""
    small = annotator.lower()
    known = REFERENCES.index(small) if small in REFERENCES else len(REFERENCES)
    return known, small in DETECTORS, annotator


def _decodes(path: Path, folder: Path) -> bool:
    try:
        return bool(_decode(_bytes_of(inside(path, folder)), path.name).marks)
    except DataError:
        return False


def _bytes_of(path: Path) -> bytes:
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


@dataclass(frozen=True)
class _Marks:
    marks: list[tuple[int, str, str]]
    """Time, symbol and text of each annotation."""
    resolution: float | None
    """Ticks a second that the file counts in; None if it does not say."""


def _decode(raw: bytes, file: str) -> _Marks:
    """The annotations in the bytes of a file in MIT format."""

    def damaged(what: str) -> DataError:
        return DataError(
            f"{file} cannot be decoded ({what} at byte {2 * at}): the annotation file is damaged. "
            "Download or copy it again."
        )

    words = np.frombuffer(raw, "<u2", len(raw) // 2).tolist()
    found: list[tuple[int, int, str]] = []
    at = time = 0
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
        elif code == _AUX and found:
            length = value & 0xFF  # as wfdb has it: the two bits above are not part of the length
            text = raw[2 * at : 2 * at + length].decode("latin-1")
            at += (length + 1) // 2
            if at > len(words):
                raise damaged("cut off")
            found[-1] = (*found[-1][:2], text.rstrip("\x00"))
        elif not (_NUM <= code <= _CHAN and found):
            if code and _CODES.get(code, " ") == " ":
                raise damaged(f"unknown code {code}")
            time += value
            found.append((time, code, ""))
    if any(raw[2 * at :]):
        raise damaged("bytes after the end mark")
    notes = [text for sample, code, text in found if sample == 0 and code == _NOTE]
    marks = [
        (sample, _CODES[code], text)
        for sample, code, text in found
        if code and not (sample == 0 and code == _NOTE and text.startswith("## "))
    ]
    return _Marks(marks, _resolution(notes, file))


def _resolution(notes: list[str], file: str) -> float | None:
    """Ticks a second, where a note says so; refuse what would change the meaning of the annotations without a word."""
    resolution = None
    for note in notes:
        if note.startswith(_RESOLUTION):
            text = note.removeprefix(_RESOLUTION).strip()
            if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,12})?", text) or not 0.01 <= float(text) <= 1e6:
                raise DataError(f"{file}: time resolution is {text[:40]!r}, expected a number of Hz, such as 360.")
            resolution = float(text)
        if note.startswith("## annotation type definitions"):
            raise DataError(f"{file} defines annotation types of its own: not supported.")
    return resolution
