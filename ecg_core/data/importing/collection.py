"""Collections: folders of WFDB records under names that people give, and what is known of each record.

`collection.json` says where every record came from; `patients.csv` beside it says whose it is, and `annotators.csv`
whose annotations count, as in any folder of records. A collection changes under one lock, and every change is one
rename.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ecg_core import workspace
from ecg_core.access import check_may_change
from ecg_core.data.annotators import CHOICES_FILE
from ecg_core.data.header import check_name
from ecg_core.data.importing.channels import lead_names
from ecg_core.data.importing.inspected import Channel
from ecg_core.data.importing.names import distinct, slug
from ecg_core.data.importing.place import FILE, root
from ecg_core.data.importing.staging import DELETED, disk_errors, locked, sweep_stages
from ecg_core.data.importing.wfdb_files import with_lead_names
from ecg_core.data.layers import layers_folder, remove_layers
from ecg_core.data.patients import FILE as PATIENTS_FILE
from ecg_core.data.reader import annotators_of
from ecg_core.data.record_table import MOST_CHARACTERS, record_table, record_table_text
from ecg_core.errors import DataError
from ecg_core.files import read_json, write_bytes, write_json
from ecg_core.typed_json import from_json, to_json

MOST_NAME_CHARACTERS = 80
RESERVED = (FILE, PATIENTS_FILE, CHOICES_FILE)
"""Names of files that no file of a record may have."""
IN_USE = ("collection", "data_folder")
"""Settings that name the folder of the recordings in use."""


@dataclass(frozen=True)
class Entry:
    """One record of a collection: where it came from."""

    record: str
    source: str
    """Name of the file it was made from, or its path within the folder or archive."""
    sha256: str
    """Of that file; of a WFDB record, of the sums of all its files."""
    kind: str
    files: tuple[str, ...]
    """Files of the record in the collection's folder, the header first."""
    imported: str
    """ISO 8601 time in UTC."""
    start: str = ""
    """Start of the recording as the file said."""
    patient: str | None = None
    """As the file or the person who brought it in said; what counts now is in `patients.csv`."""
    channels: tuple[Channel, ...] = ()
    """All channels of the file, with the reason for those that were left out."""
    notes: tuple[str, ...] = ()
    """What was decided on the way."""
    arriving: bool = False
    """Not yet whole: it counts once its header is there."""


@dataclass(frozen=True)
class Manifest:
    """What `collection.json` holds."""

    name: str
    created: str
    records: tuple[Entry, ...] = ()
    version: int = 1


@dataclass(frozen=True)
class Collection:
    """Recordings that belong together."""

    slug: str
    """Name of its folder."""
    name: str
    folder: Path
    created: str = ""
    entries: tuple[Entry, ...] = field(default=(), repr=False)
    problem: str = ""
    """Why `collection.json` cannot be read, if so; the records can be used all the same."""

    @property
    def records(self) -> tuple[str, ...]:
        """Names of its records."""
        return tuple(entry.record for entry in self.entries)


def collections() -> tuple[Collection, ...]:
    """All collections, by name. One whose `collection.json` cannot be read is there too, and says so."""
    folders = [path for path in root().glob("*") if path.is_dir() and not path.name.startswith(".")]
    every = [_opened(path) for path in folders if (path / FILE).exists()]
    return tuple(sorted(every, key=lambda one: (one.name.lower(), one.slug)))


def collection_named(name: str) -> Collection:
    """The collection of a name, capitals aside, or of a folder's name. Raises DataError if there is none."""
    every = collections()
    for one in every:
        if name.strip().lower() == one.name.lower() or name == one.slug:
            return one
    names = ", ".join(one.name for one in every)
    raise DataError(
        f"There is no collection {name[:80]!r}. " + (f"There are: {names}." if names else "There is none yet.")
    )


def ensure_collection(name: str) -> Collection:
    """The collection of this name, made empty if there is none. The caller holds the lock."""
    check_may_change()
    try:
        return collection_named(name)
    except DataError:
        pass
    wanted = check_collection_name(name)
    folder = root() / distinct(slug(wanted), [path.name for path in root().glob("*")])
    with disk_errors():
        folder.mkdir()
        write_json(folder / FILE, to_json(Manifest(wanted, workspace.now())))
    return _opened(folder)


def check_collection_name(name: str) -> str:
    """Return a name as a collection may have it, else raise DataError."""
    plain = " ".join(name.split())
    if not plain or len(plain) > MOST_NAME_CHARACTERS or not plain.isprintable():
        raise DataError(f"A collection's name has 1 to {MOST_NAME_CHARACTERS} printable characters, not {name[:90]!r}.")
    return plain


def rename_collection(name: str, new: str) -> Collection:
    """Give a collection another name; its folder, and with it addresses and prepared beats, stay as they are."""
    check_may_change()
    wanted = check_collection_name(new)
    with locked():
        collection = collection_named(name)
        others = {one.name.lower() for one in collections() if one.slug != collection.slug}
        if wanted.lower() in others:
            raise DataError(f"There is a collection {wanted!r} already. Choose another name.")
        write_manifest(collection.folder, replace(read_manifest(collection.folder), name=wanted))
        return _opened(collection.folder)


def delete_collection(name: str) -> Collection:
    """Remove a collection with all its records and what was found in them, for good.

    If it is the data in use, it no longer is.
    """
    check_may_change()
    with locked():
        collection = collection_named(name)
        folder = _inside(collection.folder)
        layers = _own_layers(collection, collection.entries)
        _no_longer_in_use(folder)
        with disk_errors():
            folder.rename(root() / f"{DELETED}{secrets.token_hex(6)}")  # gone at once, whatever becomes of what follows
            sweep_stages()
        for place in layers:
            remove_layers(place)
    return collection


def delete_record(name: str, record: str) -> Collection:
    """Remove one record from a collection, and what was found in it, for good."""
    check_may_change()
    with locked():
        collection = collection_named(name)
        entry = _entry(collection, record)
        layers = _own_layers(collection, [entry])
        with disk_errors():
            for file in entry.files:  # the header first: without it the rest is no record
                (_inside(collection.folder) / file).unlink(missing_ok=True)
        manifest = read_manifest(collection.folder)
        kept = tuple(one for one in manifest.records if one.record != record)
        write_manifest(collection.folder, replace(manifest, records=kept))
        write_patients(collection.folder, {record: None})
        write_annotators(collection.folder, {record: None})
        for place in layers:
            remove_layers(place)
        if not kept:
            _no_longer_in_use(collection.folder)
        return _opened(collection.folder)


def set_patient(name: str, record: str, patient: str | None) -> None:
    """Say whose a record is; None: nobody knows. Raises DataError for an unknown record or a name of no use."""
    check_may_change()
    if patient is not None:
        patient = check_patient(patient)
    with locked():
        collection = collection_named(name)
        _entry(collection, record)
        write_patients(collection.folder, {record: patient})


def check_patient(patient: str) -> str:
    """Return a patient's name as `patients.csv` may have it, else raise DataError."""
    plain = " ".join(patient.split())
    if not plain or len(plain) > MOST_CHARACTERS or not plain.isprintable():
        raise DataError(f"A patient's name has 1 to {MOST_CHARACTERS} printable characters, not {patient[:90]!r}.")
    return plain


def set_annotator(name: str, annotator: str | None, record: str | None = None) -> tuple[str, ...]:
    """Say whose annotations of a record count, or of every record of the collection that has them; None: those of its
    reference. Returns the records it was said of.

    Raises DataError for an unknown record, and if no record has such annotations.
    """
    check_may_change()
    with locked():
        collection = collection_named(name)
        records = (_entry(collection, record).record,) if record else collection.records
        if annotator:
            there = {each: annotators_of(collection.folder, each) for each in records}
            records = tuple(each for each, annotators in there.items() if annotator in annotators)
            if not records:
                named = ", ".join(sorted({each for annotators in there.values() for each in annotators})) or "none"
                raise DataError(
                    f"{record or collection.name} has no annotations called {annotator[:40]!r}: it has {named}."
                )
        write_annotators(collection.folder, dict.fromkeys(records, annotator))
    return records


def rename_leads(name: str, record: str, leads: tuple[str, ...]) -> None:
    """Give the leads of a record other names, in the order of its header; samples and checksums stay.

    Raises DataError if the number of names is another, or two are alike.
    """
    check_may_change()
    plain = lead_names(leads)
    if plain != tuple(" ".join(lead.split()) for lead in leads):
        raise DataError(
            f"Names of leads are plain letters and digits, none empty, no two alike: not {', '.join(leads)!r}."
        )
    with locked():
        collection = collection_named(name)
        header = collection.folder / _entry(collection, record).files[0]
        with disk_errors():
            write_bytes(header, with_lead_names(header, plain))


def read_manifest(folder: Path) -> Manifest:
    """What `collection.json` in a folder says. Raises DataError, naming it, if it cannot be read."""
    path = folder / FILE
    try:
        return from_json(Manifest, read_json(path), str(path), DataError)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} is damaged ({error}): its records can be used; move them and bring them in again."
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `collection.json`, atomically."""
    with disk_errors():
        write_json(folder / FILE, to_json(manifest))


def write_patients(folder: Path, patients: Mapping[str, str | None]) -> None:
    """Change some rows of `patients.csv`, atomically; None removes a row, all others stay."""
    _write_rows(folder / PATIENTS_FILE, "patient", patients)


def write_annotators(folder: Path, annotators: Mapping[str, str | None]) -> None:
    """Change some rows of `annotators.csv`, atomically; None removes a row, all others stay."""
    _write_rows(folder / CHOICES_FILE, "annotator", annotators)


def check_tables(folder: Path) -> None:
    """Raise DataError, naming file and line, if what is said of the records of a folder cannot be read."""
    record_table(folder / PATIENTS_FILE, "patient")
    record_table(folder / CHOICES_FILE, "annotator")


def _write_rows(path: Path, column: str, changes: Mapping[str, str | None]) -> None:
    before = record_table(path, column)
    after = {record: value for record, value in {**before, **changes}.items() if value}
    if after != before:
        with disk_errors():
            write_bytes(path, record_table_text(after, column).encode())


def roll_back() -> None:
    """Remove the records of killed imports that never got their header. The caller holds the lock."""
    for collection in collections():
        if collection.problem:
            continue
        manifest = read_manifest(collection.folder)
        arriving = [entry for entry in manifest.records if entry.arriving]
        if not arriving:
            continue
        lost = {entry.record for entry in arriving if not (collection.folder / entry.files[0]).exists()}
        for entry in arriving:
            if entry.record in lost:
                for file in entry.files:
                    (collection.folder / file).unlink(missing_ok=True)
        write_patients(collection.folder, dict.fromkeys(lost))
        write_annotators(collection.folder, dict.fromkeys(lost))
        kept = tuple(replace(entry, arriving=False) for entry in manifest.records if entry.record not in lost)
        write_manifest(collection.folder, replace(manifest, records=kept))


def _opened(folder: Path) -> Collection:
    try:
        manifest = read_manifest(folder)
    except DataError as error:
        names = sorted(path.stem for path in folder.glob("*.hea"))
        entries = tuple(Entry(name, "", "", "", (f"{name}.hea",), "") for name in names)
        return Collection(folder.name, folder.name, folder, entries=entries, problem=str(error))
    present = tuple(entry for entry in manifest.records if not entry.arriving or (folder / entry.files[0]).exists())
    return Collection(folder.name, manifest.name, folder, manifest.created, present)


def _own_layers(collection: Collection, leaving: Sequence[Entry]) -> set[Path]:
    """Where layers of records that are to be removed are kept, but for those that a record brought in from the same
    file shares and stays."""
    gone = {(collection.slug, entry.record) for entry in leaving}
    sums = {entry.sha256 for entry in leaving}
    staying = [
        layers_folder(other.folder, entry.record)
        for other in collections()
        for entry in other.entries
        if entry.sha256 in sums and (other.slug, entry.record) not in gone
    ]
    return {layers_folder(collection.folder, entry.record) for entry in leaving} - set(staying)


def _no_longer_in_use(folder: Path) -> None:
    """Forget a choice of this folder: without a record it could not be opened."""
    chosen = workspace.settings()
    keys = [key for key in IN_USE if key in chosen and Path(str(chosen[key])).resolve() == folder.resolve()]
    if keys:
        workspace.remember(**dict.fromkeys(keys))


def _entry(collection: Collection, record: str) -> Entry:
    check_name(record)
    for entry in collection.entries:
        if entry.record == record:
            return entry
    raise DataError(f"The collection {collection.name} has no record {record!r}.")


def _inside(folder: Path) -> Path:
    """Return `folder` if it is a folder of a collection itself, no link: only there is anything removed."""
    if folder.is_symlink() or folder.resolve().parent != root().resolve() or folder.name.startswith("."):
        raise DataError(f"{folder} is no folder of a collection: nothing was removed.")
    return folder
