"""WFDB records on their way in: what is in one, its files byte for byte, and the header where a name must change."""

import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from ecg_core.data.header import header_lines, read_header, signal_files_in
from ecg_core.data.importing.inspected import LEAVE_OUT, Channel, Choice, Inspected
from ecg_core.data.importing.listing import Candidate
from ecg_core.data.importing.plan import unused
from ecg_core.data.patients import find_patients
from ecg_core.errors import DataError

_FIELDS_BEFORE_LEAD = 8
_START = re.compile(rb"\s*(?:\S+\s+){7}\S+")


def inspect_wfdb(candidate: Candidate, choice: Choice) -> Inspected:
    """What a WFDB record holds. Raises DataError if its header cannot be read or a signal file is missing."""
    folder, name = candidate.path.parent, candidate.path.stem
    header = read_header(folder, name)
    lines = header_lines(candidate.path)
    if absent := [file for file in signal_files_in(lines) if not (folder / file).is_file()]:
        raise DataError(
            f"{absent[0]} is missing: {candidate.path.name} says the samples are in it. Bring it in together."
        )
    if choice.leads and len(choice.leads) != len(header.signals):
        raise DataError(
            f"{candidate.path.name} has {len(header.signals)} leads, and {len(choice.leads)} names were chosen."
        )
    if LEAVE_OUT in choice.leads:
        raise DataError(f"{candidate.path.name}: a WFDB record comes in with all its leads, none can be left out.")
    leads = choice.leads or tuple(signal.lead for signal in header.signals)
    return Inspected(
        source=candidate.source,
        kind="WFDB",
        rate=header.fs,
        n_samples=header.n_samples,
        leads=leads,
        channels=tuple(Channel(signal.lead, "mV", header.fs) for signal in header.signals),
        unit="mV",
        annotators=candidate.annotators,
        start=_start(lines),
        patient=choice.patient or find_patients(folder, [name]).by_record.get(name),
        notes=unused(choice, ("mV",) if choice.unit else (), header.fs),
    )


def copy_record(candidate: Candidate, name: str, taken: Collection[str], folder: Path) -> tuple[tuple[str, ...], str]:
    """Copy all files of a record into `folder` as record `name`; returns the names of the files, the header first,
    and a sentence if the header had to be changed.

    Every file is copied byte for byte, the header too unless the name of the record or of a signal file is `taken`
    (names of files in the collection) already. Raises DataError for a record of several segments that must be renamed.
    """
    old = candidate.path.stem
    names = {path.name: path.name.replace(old, name, 1) if path.stem == old else path.name for path in candidate.files}
    for file, new in names.items():
        if new in taken:
            names[file] = f"{name}-{file}"
    for path in candidate.files:
        shutil.copyfile(path, folder / names[path.name])
    changed = any(file != new for file, new in names.items())
    if changed:
        header = folder / names[candidate.path.name]
        header.write_bytes(renamed(header.read_bytes(), candidate.path.name, name, names))
    note = (
        f"The name {old} was taken: record and files are called {name}, all else is byte for byte." if changed else ""
    )
    return tuple(names[path.name] for path in candidate.files), note


def renamed(raw: bytes, file: str, name: str, files: Mapping[str, str]) -> bytes:
    """A header with another record name and other names of its signal files; every other byte stays."""
    rows = raw.split(b"\n")
    first = True
    for k, row in enumerate(rows):
        words = row.split()
        if not words or words[0].startswith(b"#"):
            continue
        if first and b"/" in words[0]:
            raise DataError(f"{file} is of several segments, and names of its files are taken. Use another collection.")
        new = name if first else files.get(words[0].decode("latin-1"), words[0].decode("latin-1"))
        rows[k] = row.replace(words[0], new.encode("latin-1"), 1)
        first = False
    return b"\n".join(rows)


def with_lead_names(header: Path, names: Sequence[str]) -> bytes:
    """The bytes of a header with other names of its leads, in the order of its signal lines; every other byte stays.

    A line too short for a name gets the fields before it: those that WFDB assumes, and first value and checksum as they
    are. Raises DataError if the number of names is another, or the samples for them cannot be read.
    """
    rows = header.read_bytes().split(b"\n")
    places = [k for k, row in enumerate(rows) if row.strip() and not row.lstrip().startswith(b"#")]
    if places and b"/" in rows[places[0]].split()[0]:
        raise DataError(f"{header.name} is of several segments: their leads cannot be renamed here.")
    if len(places) - 1 != len(names):
        raise DataError(f"{header.name} has {len(places) - 1} leads, and {len(names)} names were given.")
    short = any(len(rows[k].split()) < _FIELDS_BEFORE_LEAD for k in places[1:])
    sums = _first_values_and_sums(header) if short else []
    for number, (k, name) in enumerate(zip(places[1:], names, strict=True)):
        words = rows[k].split()
        if len(words) < _FIELDS_BEFORE_LEAD:
            first, checksum = sums[number]
            usual = (b"", b"16", b"0", b"0", b"0", str(first).encode(), str(checksum).encode(), b"0")
            start = b" ".join([*words, *usual[len(words) :]])
        else:
            kept = _START.match(rows[k])
            start = kept[0] if kept else rows[k]
        rows[k] = start + b" " + name.encode("ascii") + (b"\r" if rows[k].endswith(b"\r") else b"")
    return b"\n".join(rows)


def _first_values_and_sums(header: Path) -> list[tuple[int, int]]:
    """First sample and checksum of each signal, in the order of the header."""
    from wfdb import rdrecord

    try:
        stored = rdrecord(str(header.with_suffix("")), physical=False).d_signal
    except (ValueError, IndexError, OSError) as error:
        raise DataError(f"{header.name}: its samples cannot be read, so its leads cannot be named: {error}.") from None
    sums = stored.sum(axis=0, dtype=np.int64) % 2**16
    return [(int(first), int(total)) for first, total in zip(stored[0], sums, strict=True)]


def _start(lines: Sequence[str]) -> str:
    """Start as ISO text from the record line, `hh:mm:ss dd/mm/yyyy`; empty where it has none."""
    first = next((line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")), [])
    time = re.fullmatch(r"(\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?", first[4]) if len(first) > 4 else None
    if time is None:
        return ""
    hours = f"{int(time[1]):02d}:{time[2]}:{time[3]}"
    date = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", first[5]) if len(first) > 5 else None
    return f"{date[3]}-{int(date[2]):02d}-{int(date[1]):02d}T{hours}" if date else hours
