"""WFDB records on their way in: what is in one, its files byte for byte, and the header where a name must change."""

import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from ecg_core.data.annotators import AnnotationFile, annotators_of, chosen_annotators, read_annotation_file
from ecg_core.data.header import Header, SignalHeader, header_lines, read_header
from ecg_core.data.importing.inspected import LEAVE_OUT, Channel, Choice, Inspected
from ecg_core.data.importing.listing import Candidate
from ecg_core.data.importing.plan import unused
from ecg_core.data.patients import FILE as PATIENTS_FILE
from ecg_core.data.patients import find_patients, patient_in, patients_in_file
from ecg_core.data.reader import check_files, ecg_leads
from ecg_core.data.record import reading_notes
from ecg_core.data.samples import read_signals
from ecg_core.errors import DataError
from ecg_core.files import FileState

UNCALIBRATED = "uncalibrated"
_FIELDS_BEFORE_LEAD = 8
_START = re.compile(rb"\s*(?:\S+\s+){7}\S+")


def inspect_wfdb(candidate: Candidate, choice: Choice) -> Inspected:
    """What a WFDB record holds.

    Raises DataError if its header or its annotations cannot be read, no channel is an ECG, or a signal file is missing.
    """
    folder, name = candidate.path.parent, candidate.path.stem
    header = read_header(folder, name)
    lines = header_lines(candidate.path)
    check_files(folder, header)
    labels = read_annotation_file(folder, header)
    ecg = sorted(ecg_leads(header))  # in the order of the file, as names are chosen
    signals = [header.signals[k] for k in ecg]
    if choice.leads and len(choice.leads) != len(ecg):
        raise DataError(f"{candidate.path.name} has {len(ecg)} leads, and {len(choice.leads)} names were chosen.")
    if LEAVE_OUT in choice.leads:
        raise DataError(f"{candidate.path.name}: a WFDB record comes in with all its leads, none can be left out.")
    rate = header.fs * header.samples_per_frame
    beside, unread = patients_beside(folder)
    return Inspected(
        source=candidate.source,
        kind="WFDB",
        rate=rate,
        n_samples=header.n_samples * header.samples_per_frame,
        leads=choice.leads or tuple(signal.lead for signal in signals),
        channels=tuple(
            Channel(
                one.lead,
                one.unit if one.why_left_out else _unit(one),
                header.fs * one.samples_per_frame,
                one.why_left_out,
            )
            for one in header.signals
        ),
        unit=", ".join(sorted(set(map(_unit, signals)))),
        annotators=annotators_of(folder, name),
        start=_start(lines),
        patient=choice.patient or beside.get(name) or patient_in(header.comments) or _of_the_database(folder, name),
        annotator=chosen_annotators(folder).get(name, ""),
        notes=(*unused(choice, ("mV",) if choice.unit else (), rate), *_notes(header, labels), *unread),
    )


def patients_beside(folder: Path) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Record -> patient, as a `patients.csv` beside what is brought in has it; and a sentence if it cannot be read,
    which is no fault of the recordings."""
    return _patients_in(FileState.of(folder / PATIENTS_FILE))


@lru_cache(maxsize=64)
def _patients_in(state: FileState) -> tuple[Mapping[str, str], tuple[str, ...]]:
    try:
        return patients_in_file(state.path), ()
    except DataError as error:
        return {}, (f"No patient was taken from it: {error}",)


def _of_the_database(folder: Path, name: str) -> str | None:
    """The patient that the catalogue of the MIT-BIH database has for a record of a folder of such records."""
    return find_patients(folder, [name]).by_record.get(name) if not (folder / PATIENTS_FILE).exists() else None


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

    Channels that are no ECG keep their names. A line too short for a name gets the fields before it: those that WFDB
    assumes, and first value and checksum as they are. Raises DataError if the number of names is another, or the
    samples for them cannot be read.
    """
    rows = header.read_bytes().split(b"\n")
    places = [k for k, row in enumerate(rows) if row.strip() and not row.lstrip().startswith(b"#")]
    if places and b"/" in rows[places[0]].split()[0]:
        raise DataError(f"{header.name} is of several segments: their leads cannot be renamed here.")
    signals = read_header(header.parent, header.stem)
    before = [signal.lead for signal in signals.signals]
    if len(names) != len(signals.leads):
        raise DataError(f"{header.name} has {len(signals.leads)} leads, and {len(names)} names were given.")
    after = list(before)
    for k, name in zip(signals.leads, names, strict=True):
        after[k] = name
    short = any(len(rows[k].split()) < _FIELDS_BEFORE_LEAD for k in places[1:])
    sums = _first_values_and_sums(header.parent, signals) if short else {}
    for number, (k, name) in enumerate(zip(places[1:], after, strict=True)):
        if name == before[number]:
            continue
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


def _first_values_and_sums(folder: Path, header: Header) -> dict[int, tuple[int, int]]:
    """First sample and checksum of each lead, by its place in the header."""
    leads = [header.signals[k] for k in header.leads]
    if len({one.samples_per_frame for one in leads}) > 1 or any(one.skew for one in leads):
        raise DataError(
            f"Record {header.name} has leads of several rates or skewed ones, and no names: not named here."
        )
    stored = read_signals(folder, header, list(header.leads), header.samples_per_frame).values
    sums = stored.sum(axis=0, dtype=np.int64) % 2**16
    return {k: (int(stored[0, place]), int(sums[place])) for place, k in enumerate(header.leads)}


def _unit(signal: SignalHeader) -> str:
    return signal.unit if signal.calibrated else UNCALIBRATED


def _notes(header: Header, labels: AnnotationFile | None) -> tuple[str, ...]:
    """What is unusual about a record and how it will be read; the channels that are left out are listed apart."""
    ecg = [header.signals[k] for k in header.leads]
    rate = header.fs * header.samples_per_frame
    slower = [one.lead for one in ecg if one.samples_per_frame != header.samples_per_frame]
    held = (f"Read at {rate:g} Hz, the highest rate of the leads, others held: {', '.join(slower)}.",) if slower else ()
    both = (f"Beats of {labels.paths[0].name}, other annotations of {labels.paths[1].name} too.",) if (
        labels and len(labels.paths) > 1
    ) else ()  # fmt: skip
    return (
        *reading_notes(
            None if header.fs_stated else rate,
            [one.lead for one in ecg if not one.calibrated],
            annotations_outside=labels.outside if labels else 0,
            annotations_unordered=labels.unordered if labels else 0,
        ),
        *held,
        *both,
    )


def _start(lines: Sequence[str]) -> str:
    """Start as ISO text from the record line: `hh:mm:ss dd/mm/yyyy`, or `12-May-2020 12:33:59` as the Challenges have
    it; only the time where it has no date that can be, empty where it has no time."""
    first = next((line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")), [])
    clock, day = "", ""
    for word in first[4:6]:
        for form, text in (("%H:%M:%S", word.partition(".")[0]), ("%d/%m/%Y", word), ("%d-%b-%Y", word)):
            try:
                found = datetime.strptime(text, form)
            except ValueError:
                continue
            if form == "%H:%M:%S":
                clock = clock or found.time().isoformat()
            else:
                day = found.date().isoformat()
    return f"{day}T{clock}" if day and clock else clock
