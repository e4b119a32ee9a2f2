"""Recordings for pages, read once for all sessions and again only when a file has changed.

One notion of freshness: a `Stamp` over name, time of change and size of the files something was read from. Functions
that Streamlit caches take what they read (`Files`, a `DataSource`) as their argument, and `hash_funcs` turns it into
its stamp. Another page's function of the data in use does the same:

    @st.cache_resource(hash_funcs={DataSource: load.data_stamp})
    def scores(source: DataSource) -> Scores: ...
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import CLASSES
from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.beats.summary import Summary, summarise
from ecg_core.data import reader
from ecg_core.data.annotators import CHOICES_FILE
from ecg_core.data.header import read_header
from ecg_core.data.labels import DETECTED
from ecg_core.data.layers import changes_file, kept_layer
from ecg_core.data.patients import FILE as PATIENTS_FILE
from ecg_core.data.reader import read_record
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError
from ecg_core.ui.quoted import quoted
from ecg_core.ui.viewer import tiles
from ecg_core.ui.viewer.packing import WHOLE_BYTES, Packed, long_signal_of, signal_of
from ecg_core.ui.viewer.pyramid import pyramid_of

BESIDE = (PATIENTS_FILE, CHOICES_FILE)
Stamp = str
"""A digest: another stamp, another reading."""


@dataclass(frozen=True)
class Files:
    """Recordings of a folder, and the state their files are in."""

    folder: Path
    names: tuple[str, ...]
    stamp: Stamp


@dataclass(frozen=True)
class Listed:
    """What the list of records says about one of them."""

    name: str
    counts: dict[str, int]
    """Beats of each class, in the order N S V F Q."""
    problem: str | None = None
    """Why header or annotations cannot be read."""

    @property
    def label(self) -> str:
        """Option text, such as `208 · 2,955 beats · V 992 · F 373`."""
        if self.problem:
            return f"{self.name} · cannot be read"
        beats = sum(self.counts.values())
        parts = [self.name, f"{beats:,} beats" if beats else "no beats annotated"]
        return " · ".join(parts + [f"{name} {n:,}" for name, n in self.counts.items() if name != "N" and n])


def data_stamp(source: DataSource) -> Stamp:
    """Stamp of all recordings in use: every file called as one of the records, whatever its ending, and what
    says whose they are and which annotations count.

    Cheap (one look into the folder), so that a page may ask in every run.
    """
    names, states = set(source.records), []
    try:
        for place in sorted({name.rpartition("/")[0] for name in names} | {""}):
            before = f"{place}/" if place else ""
            with os.scandir(source.folder / place) as entries:
                for entry in entries:
                    if before + entry.name.rpartition(".")[0] in names or before + entry.name in BESIDE:
                        states.append(_state(before + entry.name, entry))
    except OSError:  # reading will say why the folder cannot be listed
        return ""
    states.append(_state("labels", changes_file()))
    return _digest(source.folder, source.records, sorted(states))


def files_stamp(files: Files) -> Stamp:
    """The stamp of `Files`, for `hash_funcs`."""
    return files.stamp


OF_FILES: dict[str | type[Any], Callable[[Any], Any]] = {Files: files_stamp}
OF_SOURCE: dict[str | type[Any], Callable[[Any], Any]] = {DataSource: data_stamp}


OF_BEATS: dict[str | type[Any], Callable[[Any], Any]] = {BeatSet: lambda beats: (beats.data_hash, beats.config.hash)}


def record_files(source: DataSource, name: str) -> Files:
    """The files of one record as they are now. Raises DataError for an unknown record, or a header that is damaged."""
    if name not in source.records:
        raise DataError(f"Unknown record {quoted(name)}: {source.label}, none of that name. Choose one above.")
    folder = source.folder
    files = reader.record_files(folder, name)
    _check_header(Files(folder, (name,), _stamp(folder, (name,), [files.header, *files.segments])))
    return Files(folder, (name,), _stamp(folder, (name,), [*files.all, changes_file()]))


@st.cache_resource(max_entries=8, show_spinner="Reading the record", hash_funcs=OF_FILES)
def labelled_record(files: Files) -> LabelledRecord:
    """One record (from `record_files`) with its reference labels; if these mark no beat, with the R peaks found here.

    Raises DataError as `read_record` and `kept_layer` do.
    """
    (name,) = files.names
    record = read_record(files.folder, name, verify_published=True)
    detected = kept_layer(files.folder, name, DETECTED)
    record = record.with_layer(detected) if detected else record
    reference = labelled(record, reference_layer(record))
    return reference if detected is None or len(reference.beats) else labelled(record, detected)


@st.cache_resource(max_entries=4, show_spinner="Preparing the recording", hash_funcs=OF_FILES)
def signal(files: Files) -> Packed:
    """The samples of a record for a viewer; of a long one, the way to them. Raises DataError."""
    record = labelled_record(files).record
    if record.n_samples * len(record.leads) * 2 <= WHOLE_BYTES:
        return signal_of(record)
    of = reader.record_files(files.folder, *files.names)
    stamp = _stamp(files.folder, files.names, [of.header, *of.segments, *of.signals])  # other labels, the same levels
    pyramid = pyramid_of(record, stamp)
    return long_signal_of(pyramid, tiles.offer(pyramid, stamp))


@st.cache_resource(max_entries=4, show_spinner="Counting the annotations of all records", hash_funcs=OF_SOURCE)
def summary(source: DataSource) -> Summary:
    """Counts of all annotations of the records in use."""
    return summarise(source.folder, source.records, source.patients)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=OF_SOURCE)
def listed(source: DataSource) -> Mapping[str, Listed]:
    """Beats by class of every record, by name. A record that cannot be read is listed with its problem."""
    counted = summary(source)
    beats = {str(name): dict(zip(CLASSES, row, strict=True)) for name, *row in counted.by_record().itertuples()}
    none = dict.fromkeys(CLASSES, 0)
    return {name: Listed(name, beats.get(name, none), counted.problems.get(name)) for name in source.records}


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=OF_FILES)
def _check_header(header: Files) -> None:
    (name,) = header.names
    read_header(header.folder, name)


def _stamp(folder: Path, names: Iterable[str], files: Iterable[Path]) -> Stamp:
    return _digest(folder, names, [_state(str(file), file) for file in sorted(files)])


def _state(name: str, file: "Path | os.DirEntry[str]") -> tuple[str, int, int]:
    """Name, time of change (ns) and size (bytes) of a file; a size of -1 where there is none, or a link to nothing."""
    try:
        status = file.stat()
    except OSError:
        return name, 0, -1
    return name, status.st_mtime_ns, status.st_size


def _digest(folder: Path, names: Iterable[str], states: list[tuple[str, int, int]]) -> Stamp:
    return hashlib.blake2b(repr((str(folder), tuple(names), states)).encode(), digest_size=16).hexdigest()
