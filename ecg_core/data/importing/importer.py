"""Bringing files into a collection: each whole or not at all, one bad file never in the way of the others.

A record is written into a folder beside the collections, read back by the strict reader, and synced. Then its entry
goes into `collection.json`, marked as arriving; then its files into the collection, the header last. Whatever kills an
import, a record without its header is none, and the next import removes it.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ecg_core import workspace
from ecg_core.access import check_may_change
from ecg_core.data.importing.channels import lead_names
from ecg_core.data.importing.collection import (
    RESERVED,
    Entry,
    check_collection_name,
    check_patient,
    check_tables,
    collections,
    ensure_collection,
    read_manifest,
    roll_back,
    write_annotators,
    write_manifest,
    write_patients,
)
from ecg_core.data.importing.inspect import inspect_candidate, listing_at, load_candidate, without_parts
from ecg_core.data.importing.inspected import Choice, Choices, Imported, ImportReport, Inspected, Refused
from ecg_core.data.importing.listing import Candidate
from ecg_core.data.importing.names import distinct, record_name
from ecg_core.data.importing.place import root
from ecg_core.data.importing.staging import NoRoom, disk_errors, locked, staged, synced
from ecg_core.data.importing.wfdb_files import copy_record, with_lead_names
from ecg_core.data.importing.writing import write_record
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from ecg_core.files import sha256
from ecg_core.quotas import bytes_in, collections_full

BATCH_RECORDS = 50
BATCH_BYTES = 200_000_000
"""So much is brought in at once: an import of many records writes `collection.json` once for each batch."""

Progress = Callable[[str, int, int], None]
"""Told of every file: its name, how many are done, of how many."""


@dataclass
class _Batch:
    """Records that are whole in the stage and not yet in the collection."""

    entries: list[Entry] = field(default_factory=list)
    annotators: dict[str, str] = field(default_factory=dict)
    """Whose annotations count, of records of which somebody said it."""
    bytes: int = 0


@dataclass
class _Tally:
    """What has become of the files so far."""

    imported: list[Imported] = field(default_factory=list)
    already: list[Imported] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def import_files(
    paths: Iterable[Path], collection: str, choices: Choices | None = None, progress: Progress | None = None
) -> ImportReport:
    """Bring files, folders and zips into the collection of this name, which is made if there is none.

    A file that is in it already, byte for byte, is not brought in twice. `choices` say what the files do not.

    Raises DataError for a name that no collection can have, and once the disk is full or cannot be written; what came
    in before stays. All else that is wrong is in the report.
    """
    check_may_change()
    choices = choices or Choices()
    check_collection_name(collection)
    if choices.every.patient:
        check_patient(choices.every.patient)
    tally = _Tally()
    with ExitStack() as stack:
        stage = stack.enter_context(staged())
        with locked():
            roll_back()
        listings = [listing_at(path, lambda: stage) for path in without_parts(paths)]
        candidates = [candidate for listing in listings for candidate in listing.candidates]
        tally.refused += [one for listing in listings for one in listing.refused]
        tally.ignored += [one for listing in listings for one in listing.ignored]
        work = _Work(collection, stage / "records", choices)
        with disk_errors():
            work.folder.mkdir()
        for done, candidate in enumerate(candidates):
            if progress:
                progress(candidate.source, done, len(candidates))
            try:
                work.take(candidate, tally)
            except NoRoom:
                with suppress(NoRoom):
                    work.commit(tally)  # what is whole already takes no more room but that of the list
                raise
            except DataError as error:
                tally.refused.append(Refused(candidate.source, str(error)))
        work.commit(tally)
    return ImportReport(
        work.name,
        str(work.target.folder) if work.target else "",
        tuple(tally.imported),
        tuple(tally.already),
        tuple(tally.refused),
        tuple(tally.ignored),
    )


class _Work:
    """One import: the stage, the batch in it, and the collection it goes to."""

    def __init__(self, collection: str, folder: Path, choices: Choices) -> None:
        self.folder, self.choices = folder, choices
        self.name = check_collection_name(collection)
        wanted = self.name.lower()
        self.target = next((one for one in collections() if wanted in (one.name.lower(), one.slug)), None)
        if self.target and self.target.problem:
            raise DataError(self.target.problem)
        self.name = self.target.name if self.target else self.name
        self.there = {path.name for path in self.target.folder.iterdir()} if self.target else set()
        """Files in the collection's folder, those too that somebody put there by hand."""
        self.batch, self.waiting = _Batch(), list[Imported]()
        self.kept_bytes = bytes_in(root())
        """Of all collections, with what is in the stage."""

    def take(self, candidate: Candidate, tally: _Tally) -> None:
        """Put one file into the stage as a record, unless the collection has it. Raises DataError if it cannot."""
        entries = [*(self.target.entries if self.target else ()), *self.batch.entries]
        digest = digest_of(candidate)
        if known := next((entry for entry in entries if entry.sha256 == digest), None):
            note = "It was brought in before. To bring it in in another way, delete that record first."
            tally.already.append(Imported(candidate.source, known.record, (note,)))
            return
        names = [*(entry.record for entry in entries), *(Path(file).stem for file in self.there)]
        name = distinct(
            record_name(candidate.path.stem), names, candidate.path.parent.name if "/" in candidate.source else ""
        )
        taken = {*RESERVED, *self.there, *(file for entry in entries for file in entry.files)}
        choice = self.choices.of(candidate.source)
        before = set(self.folder.iterdir())
        if candidate.files and name != candidate.path.stem:
            read_record(
                candidate.path.parent, candidate.path.stem
            )  # what is wrong is said under the names of its files
        try:
            with disk_errors():
                inspected, files = _written(candidate, choice, name, taken, self.folder)
                read_record(self.folder, name)  # what cannot be read is not brought in
                synced(self.folder / file for file in files)
            size = sum((self.folder / file).stat().st_size for file in files)
            if reason := collections_full(self.kept_bytes + size):
                raise NoRoom(reason)
        except DataError:
            for path in set(self.folder.iterdir()) - before:
                path.unlink()
            raise
        self.batch.entries.append(
            Entry(
                record=name,
                source=candidate.source,
                sha256=digest,
                kind=inspected.kind,
                files=files,
                imported=workspace.now(),
                start=inspected.start,
                patient=inspected.patient,
                channels=inspected.channels,
                notes=(*inspected.doubts, *inspected.notes),
                arriving=True,
            )
        )
        if inspected.annotator:
            self.batch.annotators[name] = inspected.annotator
        self.waiting.append(Imported(candidate.source, name, inspected.notes, inspected.doubts))
        self.batch.bytes += size
        self.kept_bytes += size
        if len(self.batch.entries) >= BATCH_RECORDS or self.batch.bytes >= BATCH_BYTES:
            self.commit(tally)

    def commit(self, tally: _Tally) -> None:
        """Move what is in the stage into the collection."""
        entries, annotators, self.batch = self.batch.entries, self.batch.annotators, _Batch()
        if not entries:
            return
        with locked(), disk_errors():
            self.target = ensure_collection(self.name)
            folder = self.target.folder
            manifest = read_manifest(folder)
            check_tables(folder)
            present = {path.name for path in folder.iterdir()}
            if clash := next((file for entry in entries for file in entry.files if file in present), None):
                raise DataError(f"{clash} came into {self.name} while this import was at work. Import again.")
            write_manifest(folder, replace(manifest, records=(*manifest.records, *entries)))
            write_patients(folder, {entry.record: entry.patient for entry in entries if entry.patient})
            write_annotators(folder, annotators)
            for entry in entries:
                for file in reversed(entry.files):  # the header is the first of them
                    (self.folder / file).rename(folder / file)
            synced([folder])
            whole = tuple(replace(entry, arriving=False) for entry in entries)
            write_manifest(folder, replace(manifest, records=(*manifest.records, *whole)))
        self.target = replace(self.target, entries=(*self.target.entries, *whole))
        tally.imported += self.waiting
        self.waiting = []


def digest_of(candidate: Candidate) -> str:
    """SHA-256 of the file; of a WFDB record, of the sums of all its files. Raises DataError if one cannot be read."""
    try:
        if not candidate.files:
            return sha256(candidate.path)
        sums = sorted(sha256(path) for path in candidate.files)
    except OSError as error:
        raise DataError(f"{candidate.path.name} cannot be read: {error.strerror}.") from None
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def _written(
    candidate: Candidate, choice: Choice, name: str, taken: set[str], folder: Path
) -> tuple[Inspected, tuple[str, ...]]:
    """Write a record into the stage; what was understood of it, and its files, the header first."""
    if candidate.kind != "WFDB":
        loaded = load_candidate(candidate, choice)
        comments = (f"Brought in from a file in {loaded.inspected.kind} format", *loaded.inspected.marks)
        return loaded.inspected, write_record(folder, name, loaded, comments)
    inspected = inspect_candidate(candidate, choice)
    if inspected.problem:
        raise DataError(inspected.problem)
    files, note = copy_record(candidate, name, taken, folder)
    notes = (note,) if note else ()
    if choice.leads:
        header = folder / files[0]
        header.write_bytes(with_lead_names(header, lead_names(choice.leads)))
        notes = (*notes, "The leads were named by choice: the header is not that of the file.")
    return replace(inspected, notes=(*inspected.notes, *notes)), files
