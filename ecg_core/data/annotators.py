"""Which annotation files belong to a record, which is its reference, and what one of them says within the record."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ecg_core.data.annotation_file import annotation_bytes, decode_annotations
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
_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")


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
    per_frame = header.samples_per_frame
    n_samples = header.n_samples * per_frame
    marks = decode_annotations(annotation_bytes(path), path.name, header.fs * per_frame)
    sample = marks.sample * per_frame if marks.resolution_hz is None else marks.sample  # it counts frames
    outside = np.flatnonzero((sample < 0) | (sample > n_samples))
    if 2 * len(outside) > len(sample):
        raise DataError(
            f"{path.name}: {len(outside)} of {len(sample)} annotations lie outside the signal (first at sample "
            f"{sample[outside[0]]:,}; the signal has {n_samples:,}). Does it belong to another record?"
        )
    kept = np.flatnonzero((sample >= 0) & (sample < n_samples))
    if np.any(np.diff(sample[kept]) < 0):
        raise DataError(f"{path.name}: annotations are not in time order: the file is damaged.")
    annotations = Annotations(sample[kept], marks.symbol[kept], tuple(marks.aux[k] for k in kept))
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
        return len(decode_annotations(annotation_bytes(inside(path, folder)), path.name, 1.0)) > 0
    except DataError:
        return False
