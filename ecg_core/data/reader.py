"""From WFDB files to a `Record`: strict header first, then samples, checksums and annotations.

What is unusual but can be understood is read, and what was assumed or left out is said in the record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecg_core.data.annotators import (
    ANNOTATOR,
    AnnotationFile,
    annotation_paths,
    annotators_of,
    read_annotation_file,
    read_annotations,
)
from ecg_core.data.catalogue import published_sums
from ecg_core.data.header import Header, header_lines, read_header, segment_names_in, signal_files_in
from ecg_core.data.labels import REFERENCE, LabelLayer
from ecg_core.data.leads import FIRST_ROLE, role_of
from ecg_core.data.mapped_samples import is_long, mapped_signals
from ecg_core.data.patients import find_patients
from ecg_core.data.record import Integrity, LeftOutChannel, Record
from ecg_core.data.record_path import header_path, headers, present
from ecg_core.data.samples import Empty, StoredSignals, check_signal_files, read_signals
from ecg_core.data.segments import check_segments, read_segments
from ecg_core.errors import DataError
from ecg_core.files import combined_sha256, sha256

__all__ = [
    "ANNOTATOR",
    "SIMULATED_MARK",
    "SYNTHETIC_MARK",
    "RecordFiles",
    "annotators_of",
    "check_files",
    "ecg_leads",
    "read_annotations",
    "read_record",
    "record_files",
    "record_names",
    "refuse_synthetic",
]

SIMULATED_MARK = "SIMULATED"
SYNTHETIC_MARK = "SYNTHETIC"
"""In the header of a record that holds a generator's beats: it can be looked at, and nothing may be judged on it."""


@dataclass(frozen=True)
class RecordFiles:
    """The files of a record by what is in them, as its header names them; nobody has looked into the others."""

    header: Path
    annotations: Path | None
    """The reference's, or those of the annotator asked for; None if there is no such file."""
    signals: tuple[Path, ...]
    segments: tuple[Path, ...] = ()
    """Headers of the segments of a multi-segment record; their signal files are among `signals`."""
    notes: Path | None = None
    """A reference that marks no beat, where the annotations are those of another file: what it notes counts too."""

    @property
    def all(self) -> tuple[Path, ...]:
        """Every one of them."""
        annotations = [path for path in (self.annotations, self.notes) if path]
        return (self.header, *self.segments, *self.signals, *annotations)


def refuse_synthetic(name: str, comments: Sequence[str]) -> None:
    """Raise DataError if a record's header says that its beats were made by a generator."""
    if any(SYNTHETIC_MARK in comment for comment in comments):
        raise DataError(
            f"Record {name} holds {SYNTHETIC_MARK} beats, as its header says: they are no recording, and nothing may "
            "be trained, validated or tested on them as if they were. Take it out of the data folder."
        )


def record_names(folder: Path) -> list[str]:
    """Names of the records in `folder` and its sub-folders: every header with a usable name, sorted.

    A segment of a multi-segment record is part of that record, and none of its own. Raises DataError for a folder with
    far too many sub-folders.
    """
    names: list[str] = []
    segments: set[str] = set()
    for name, path in headers(folder):
        names.append(name)
        parts = segment_names_in(header_lines(path))
        place = name.rpartition("/")[0]
        segments |= {f"{place}/{part}" if place else part for part in parts}
    return sorted(name for name in names if name not in segments)


def record_files(folder: Path, name: str, annotator: str | None = None) -> RecordFiles:
    """The files that make up a record, as a first look at its header tells them; they may be missing."""
    header = header_path(folder, name)
    lines = header_lines(header)
    segments = [header_path(header.parent, part) for part in segment_names_in(lines)]
    named = [*signal_files_in(lines), *(file for part in segments for file in signal_files_in(header_lines(part)))]
    signals = sorted({present(header.with_name(file)) for file in named})
    annotations, notes, *_ = (*annotation_paths(folder, name, annotator), None, None)
    there = annotations if annotations is not None and annotations.exists() else None
    return RecordFiles(header, there, tuple(signals), tuple(segments), notes)


def check_files(folder: Path, header: Header) -> None:
    """Raise DataError if a signal file of a record is missing or too short; no sample is read."""
    if header.segment_lines:
        check_segments(folder, header)
    else:
        check_signal_files(folder, header)


def read_record(folder: Path, name: str, verify_published: bool = False, annotator: str | None = None) -> Record:
    """Read one record: samples of all ECG leads, annotations, comments.

    The first lead of role II comes first (record 114 stores V5 before MLII), the others follow as in the file. Channels
    that are no ECG are left out and named. `annotator` is the ending of the annotation file to read; without it that of
    the reference is, if the record has one. With `verify_published` the files' SHA-256 sums are compared with
    PhysioNet's list as well (a few ms a record).

    Raises DataError when a file is missing, too short, damaged, or disagrees with its header, or if no channel is an
    ECG.
    """
    header = read_header(folder, name)
    leads = ecg_leads(header)
    stored = _stored_signals(folder, header, leads)
    stored.values.flags.writeable = False
    published = _compare_published(folder, name) if verify_published else None
    labels = read_annotation_file(folder, header, annotator)
    chosen = [header.signals[k] for k in leads]
    return Record(
        name=name,
        fs=header.fs * header.samples_per_frame,
        leads=tuple(signal.lead for signal in chosen),
        signals=stored.values,
        gain=tuple(signal.gain for signal in chosen),
        baseline=tuple(signal.baseline for signal in chosen),
        invalid=stored.invalid,
        layers=_reference_layer(labels),
        comments=header.comments,
        integrity=Integrity(stored.verified, published),
        simulated=any(SIMULATED_MARK in comment for comment in header.comments),
        patient=find_patients(folder, [name]).by_record.get(name),
        calibrated=tuple(signal.calibrated for signal in chosen),
        left_out_channels=tuple(
            LeftOutChannel(signal.lead, signal.why_left_out) for signal in header.signals if signal.why_left_out
        ),
        annotations_outside=labels.outside if labels else 0,
        annotations_unordered=labels.unordered if labels else 0,
        start_of_day_s=header.start_of_day_s,
        fs_assumed=not header.fs_stated,
    )


def ecg_leads(header: Header) -> list[int]:
    """Places of the signals that are read, the first of role II first. Raises DataError if none is an ECG."""
    leads = list(header.leads)
    if not leads:
        named = ", ".join(f"{signal.lead} ({signal.why_left_out})" for signal in header.signals)
        raise DataError(f"Record {header.name} has no ECG lead, only {named}.")
    roles = [role_of(header.signals[k].lead) for k in leads]
    if FIRST_ROLE in roles:
        leads.insert(0, leads.pop(roles.index(FIRST_ROLE)))
    return leads


def _stored_signals(folder: Path, header: Header, leads: list[int]) -> StoredSignals:
    """The samples: in memory, or those of a long recording mapped from a file."""
    read = read_segments if header.segment_lines else read_signals

    def decoded(empty: Empty = np.empty) -> StoredSignals:
        return read(folder, header, leads, header.samples_per_frame, empty)

    if not is_long(header.n_samples * header.samples_per_frame, len(leads)):
        return decoded()
    check_files(folder, header)  # in words, before anything is decoded
    files = record_files(folder, header.name)
    return mapped_signals([files.header, *files.segments, *files.signals], leads, decoded)


def _reference_layer(labels: AnnotationFile | None) -> dict[str, LabelLayer]:
    """The annotations delivered with the recording as a layer; none where there is no annotation file."""
    if labels is None:
        return {}
    made_by = " and ".join(path.name for path in labels.paths)
    made_from = combined_sha256(labels.paths)
    return {REFERENCE: LabelLayer(REFERENCE, "reference", made_by, made_from, annotations=labels.annotations)}


def _compare_published(folder: Path, name: str) -> bool | None:
    files = [f"{name}.hea", f"{name}.dat", f"{name}.{ANNOTATOR}"]
    sums = published_sums()
    if not all(file in sums for file in files):
        return None
    return all((folder / file).is_file() and sha256(folder / file) == sums[file] for file in files)
