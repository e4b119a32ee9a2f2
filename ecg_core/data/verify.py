"""Whether the files of any folder of recordings are what their headers say: their lengths, and checksums of samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ecg_core.data.annotators import read_annotations
from ecg_core.data.header import read_header
from ecg_core.data.reader import check_files, record_names
from ecg_core.data.samples import read_signals
from ecg_core.data.segments import read_segments
from ecg_core.errors import DataError

State = Literal["ok", "no checksums", "unreadable"]


@dataclass(frozen=True)
class VerifiedRecord:
    """What came of comparing one record with its header."""

    name: str
    state: State
    """`ok`: the checksum of every channel is right. `no checksums`: readable, and the header has none to compare."""
    problem: str = ""
    """Why it cannot be read, where it cannot."""


def verify_records(
    folder: Path, names: Sequence[str] | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[VerifiedRecord, ...]:
    """Read every record of `folder`, channels that are no ECG included, and compare it with its header.

    `progress(done, of)` is called after each. Raises DataError only if the folder cannot be searched.
    """
    chosen = record_names(folder) if names is None else list(names)
    verified = []
    for done, name in enumerate(chosen, start=1):
        verified.append(_verified(folder, name))
        if progress:
            progress(done, len(chosen))
    return tuple(verified)


def unreadable(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Record -> why its header, its annotations or its signal files cannot be read. No sample is read."""
    problems: dict[str, str] = {}
    for name in names:
        try:
            header = read_header(folder, name)
            check_files(folder, header)
            read_annotations(folder, header)
        except DataError as problem:
            problems[name] = str(problem)
    return problems


def _verified(folder: Path, name: str) -> VerifiedRecord:
    try:
        header = read_header(folder, name)
        channels = [k for k, signal in enumerate(header.signals) if signal.fmt != "0"]
        read = read_segments if header.segment_lines else read_signals
        most = max((header.signals[k].samples_per_frame for k in channels), default=1)
        stored = read(folder, header, channels, most)
        read_annotations(folder, header)
    except DataError as problem:
        return VerifiedRecord(name, "unreadable", str(problem))
    return VerifiedRecord(name, "ok" if stored.verified else "no checksums")
