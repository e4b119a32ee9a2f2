"""Recordings for pages, read once for all sessions and again only when a file has changed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.summary import Summary, summarise
from ecg_core.data.header import read_header
from ecg_core.data.reader import ANNOTATOR, read_record
from ecg_core.data.record import Record
from ecg_core.plots import overview, paper

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size (bytes) of each file that was read: another stamp, another reading."""


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


def record(folder: Path, name: str) -> Record:
    """One record, from memory if its files are as they were. Raises DataError as `read_record` does."""
    return _record(str(folder), name, _record_stamp(folder, name))


def envelope(folder: Path, name: str, lead: int) -> npt.NDArray[np.float32]:
    """Envelope of a whole lead for the overview, shape (columns, 2), mV. Raises DataError."""
    return _envelope(str(folder), name, lead, _record_stamp(folder, name))


def extents(folder: Path, name: str, lead: int) -> tuple[float, float]:
    """Lowest and highest mV the lead usually reaches, for `paper.strip`. Raises DataError."""
    return _extents(str(folder), name, lead, _record_stamp(folder, name))


def summary(folder: Path, names: tuple[str, ...]) -> Summary:
    """Counts of all annotations of the records, from memory if the files are as they were."""
    files = {f"{name}{suffix}" for name in names for suffix in (".hea", f".{ANNOTATOR}")}
    return _summary(str(folder), names, _stamp(folder, files))


def listed(folder: Path, names: tuple[str, ...]) -> dict[str, Listed]:
    """Beats by class of every record, by name. A record that cannot be read is listed with its problem."""
    counted = summary(folder, names)
    beats = {str(name): dict(zip(CLASSES, row, strict=True)) for name, *row in counted.by_record().itertuples()}
    none = dict.fromkeys(CLASSES, 0)
    return {name: Listed(name, beats.get(name, none), counted.problems.get(name)) for name in names}


def _record_stamp(folder: Path, name: str) -> Stamp:
    header = read_header(folder, name)
    return _stamp(folder, {f"{name}.hea", f"{name}.{ANNOTATOR}", *(signal.file_name for signal in header.signals)})


def _stamp(folder: Path, files: set[str]) -> Stamp:
    found = []
    for file in sorted(files):
        try:
            status = (folder / file).stat()
        except OSError:
            found.append((file, 0, -1))
        else:
            found.append((file, status.st_mtime_ns, status.st_size))
    return tuple(found)


@st.cache_resource(max_entries=8, show_spinner="Reading the record")
def _record(folder: str, name: str, stamp: Stamp) -> Record:  # noqa: ARG001 - part of the cache key
    return read_record(Path(folder), name, verify_published=True)


@st.cache_resource(max_entries=16, show_spinner=False)
def _envelope(folder: str, name: str, lead: int, stamp: Stamp) -> npt.NDArray[np.float32]:
    return overview.record_envelope(_record(folder, name, stamp), lead)


@st.cache_resource(max_entries=64, show_spinner=False)
def _extents(folder: str, name: str, lead: int, stamp: Stamp) -> tuple[float, float]:
    return paper.extents(_record(folder, name, stamp), [lead])[0]


@st.cache_resource(max_entries=4, show_spinner="Counting the annotations of all records")
def _summary(folder: str, names: tuple[str, ...], stamp: Stamp) -> Summary:  # noqa: ARG001
    return summarise(Path(folder), names)
