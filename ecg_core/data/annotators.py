"""Which annotation files belong to a record, which is its reference, and what one of them says within the record.

The reference is the file that a person chose in `annotators.csv`; else the best known one. Where that marks no beat, as
the rhythm notes of the MIT-BIH Atrial Fibrillation Database do, the next one that does gives the beats, and the notes
of both count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from ecg_core.data.annotation_file import annotation_bytes, decode_annotations
from ecg_core.data.header import Header, header_lines, signal_files_in
from ecg_core.data.labels import BEAT_SYMBOLS, Annotations
from ecg_core.data.record_path import check_name, files_called, header_path, inside, present
from ecg_core.data.record_table import record_table
from ecg_core.errors import DataError
from ecg_core.files import FileState

CHOICES_FILE = "annotators.csv"
"""Beside recordings: `record,annotator`, for records whose beats are to be those of another file than the reference."""

ANNOTATOR = "atr"
REFERENCES = (ANNOTATOR, "ecg", "ari", "man", "qrs")
"""Annotators that are references where they are found, the best known first."""
DETECTORS = frozenset(
    {"wqrs", "gqrs", "sqrs", "sqrs125", "xqrs", "jqrs", "nqrs", "pqrs", "wabp", "jpts", "pu", "pu0", "pu1"}
)
"""What programs write beside a recording: read when asked for, never taken for a reference."""
_DATA = "hea dat mat edf bdf rec csv tsv txt json xml flac wav parquet npy"
_ELSE = "zip gz md5 sha256 png jpg jpeg pdf svg html htm md part bak xws py log"
OTHER_FILES = frozenset([*_DATA.split(), *_ELSE.split()])
"""Endings of files that hold no annotations, whatever their bytes look like."""
_EXTENSION = re.compile(r"[A-Za-z0-9_-]{1,16}")


@dataclass(frozen=True)
class AnnotationFile:
    """What the annotation file of a record says, or the file of its beats and another of its notes."""

    annotator: str
    """Its extension, such as `atr`."""
    paths: tuple[Path, ...]
    """The file; then the reference that marks no beat, if its notes count too."""
    annotations: Annotations = field(repr=False)
    """Those within the recording, in its samples, in time order."""
    outside: int
    """Annotations that lie outside the recording and were left out; one just behind the last sample is none of them."""
    unordered: int = 0
    """Annotations that the file has behind later ones, as WFDB allows; they are in their place here."""


def annotation_path(folder: Path, name: str, annotator: str | None = None) -> Path | None:
    """The annotation file of a record, that of its reference if no annotator is named; None if there is none.

    An annotator that is named, or chosen in `annotators.csv`, gives its path whether the file is there or not. Raises
    DataError for one that can be none, and for a damaged `annotators.csv`.
    """
    paths = annotation_paths(folder, name, annotator)
    return paths[0] if paths else None


def annotation_paths(folder: Path, name: str, annotator: str | None = None) -> tuple[Path, ...]:
    """The file of `annotation_path`; then the reference, where that marks no beat and no annotator is named: its notes
    of rhythm count beside the beats of the other file."""
    check_name(name)
    if annotator:
        return (_path_of(folder, name, annotator),)
    chosen = chosen_annotators(folder).get(name)
    references = _references(folder, name)
    path = _path_of(folder, name, chosen) if chosen else references[0] if references else None
    if path is None or (not chosen and len(references) == 1):
        return (path,) if path else ()
    notes = tuple(each for each in references[:1] if _marks_beats(each, folder) is False)
    if notes and not chosen:
        path = next((each for each in references[1:] if _marks_beats(each, folder)), path)
    return (path, *(each for each in notes if each != path))


def annotators_of(folder: Path, name: str) -> tuple[str, ...]:
    """The annotators of a record: endings of the files beside it that hold WFDB annotations.

    The one that `read_record` takes comes first, then others as they are known; what detectors wrote comes last. A file
    that cannot be decoded is none.
    """
    used = annotation_path(folder, check_name(name))
    found = {path.suffix[1:] for path in _candidates(folder, name) if _marks_beats(path, folder) is not None}
    return tuple(sorted(found, key=lambda each: (used is None or each != used.suffix[1:], _rank(each))))


def chosen_annotators(folder: Path) -> dict[str, str]:
    """Record -> annotator, as `annotators.csv` in a folder of recordings has it. Raises DataError if it is damaged."""
    return _choices_in(FileState.of(folder / CHOICES_FILE))


def read_annotation_file(folder: Path, header: Header, annotator: str | None = None) -> AnnotationFile | None:
    """Read an annotation file (MIT format) of a record, its reference if no annotator is named; None if there is none.

    Times are converted to the record's sampling frequency. A few annotations outside the recording are left out and
    counted, and so are those out of time order.

    Raises DataError if the file cannot be decoded, if most of its annotations lie outside the signal, or if an
    annotator is named that the record does not have.
    """
    paths = annotation_paths(folder, header.name, annotator)
    if not paths:
        return None
    parts = [_within(folder, header, path) for path in paths]
    return AnnotationFile(
        paths[0].suffix[1:],
        paths,
        _merged([part.annotations for part in parts]),
        sum(part.outside for part in parts),
        sum(part.unordered for part in parts),
    )


def read_annotations(folder: Path, header: Header, annotator: str | None = None) -> Annotations:
    """The annotations of `read_annotation_file`; no annotations if the record has none."""
    file = read_annotation_file(folder, header, annotator)
    return file.annotations if file else Annotations.none()


def _within(folder: Path, header: Header, path: Path) -> AnnotationFile:
    """What one file says within the record."""
    path = inside(path, folder)
    if not path.exists():
        there = ", ".join(annotators_of(folder, header.name)) or "none"
        chosen = f" {CHOICES_FILE} names it." if header.name in chosen_annotators(folder) else ""
        raise DataError(f"Record {header.name} has no annotations called {path.suffix[1:]!r}: it has {there}.{chosen}")
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
    annotations = Annotations(
        sample[kept],
        marks.symbol[kept],
        marks.aux if len(kept) == len(marks) else tuple(map(marks.aux.__getitem__, kept.tolist())),
    )
    return AnnotationFile(path.suffix[1:], (path,), annotations, len(outside), marks.unordered)


def _merged(parts: Sequence[Annotations]) -> Annotations:
    """Annotations of several files in time order."""
    if len(parts) == 1:
        return parts[0]
    sample = np.concatenate([part.sample for part in parts])
    order = np.argsort(sample, kind="stable")
    texts = [text for part in parts for text in part.aux]
    symbols = np.concatenate([part.symbol for part in parts])
    return Annotations(sample[order], symbols[order], tuple(texts[k] for k in order))


def _path_of(folder: Path, name: str, annotator: str) -> Path:
    if not _EXTENSION.fullmatch(annotator):
        raise DataError(f"{annotator[:40]!r} is no annotator: it is the ending of a file's name, such as atr.")
    return present(folder / f"{name}.{annotator}")


def _references(folder: Path, name: str) -> list[Path]:
    """Files that may be the reference of a record, the best first: a known one whatever it holds, another if it can be
    decoded; none that a detector wrote."""
    paths = [path for path in _candidates(folder, name) if path.suffix[1:].lower() not in DETECTORS]
    return [path for path in paths if path.suffix[1:].lower() in REFERENCES or _marks_beats(path, folder) is not None]


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


def _marks_beats(path: Path, folder: Path) -> bool | None:
    """Whether a file marks any beat; None if it holds no annotation, cannot be decoded, or leads out of the folder."""
    try:
        return _beats_in(FileState.of(inside(path, folder)))
    except DataError:
        return None


@lru_cache(maxsize=4096)
def _beats_in(state: FileState) -> bool | None:
    try:
        symbols = decode_annotations(annotation_bytes(state.path), state.path.name, 1.0).symbol
    except DataError:
        return None
    return bool(np.isin(symbols, list(BEAT_SYMBOLS)).any()) if len(symbols) else None


@lru_cache(maxsize=64)
def _choices_in(state: FileState) -> dict[str, str]:
    return record_table(state.path, "annotator")
