"""Looking at what somebody wants to bring in: for each file what it is, what was understood, what is wrong."""

import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ecg_core.data.annotators import REFERENCES
from ecg_core.data.importing.archive import unpack
from ecg_core.data.importing.edf import inspect_edf, load_edf
from ecg_core.data.importing.inspected import Choice, Choices, Inspected, Refused
from ecg_core.data.importing.limits import MAX_FILE_BYTES, MAX_RECORD_BYTES
from ecg_core.data.importing.listing import Candidate, Listing, kind_of_file, listing_of, wfdb_candidate
from ecg_core.data.importing.names import record_name
from ecg_core.data.importing.staging import NoRoom, disk_errors, staged
from ecg_core.data.importing.table import inspect_table, load_table
from ecg_core.data.importing.wfdb_files import inspect_wfdb, patients_beside
from ecg_core.data.importing.writing import Loaded
from ecg_core.errors import DataError

PARTS = (".dat", *(f".{annotator}" for annotator in REFERENCES))
NOTHING = "no recording the workbench reads (WFDB, EDF, EDF+, BDF, CSV, TSV, parquet, or a zip of these)"


def inspect(path: Path, choices: Choices | None = None) -> tuple[Inspected, ...]:
    """Look at a file, a folder or a zip; nothing is brought in, and one bad file does not hide the others.

    `choices` are what a person says about the files; without them an item says what is missing. Never raises for what
    a file holds: `Inspected.problem` says it.
    """
    choices = choices or Choices()
    with ExitStack() as stack:  # what is unpacked is there until all of it was looked at
        listing = listing_at(path, lambda: stack.enter_context(staged()))
        items = [inspect_candidate(candidate, choices.of(candidate.source)) for candidate in listing.candidates]
    items += [Inspected(one.source, "unknown", problem=_sentence(one)) for one in listing.refused]
    items += [Inspected(source, "unknown", problem=f"{source} is {_what_else(source)}.") for source in listing.ignored]
    return tuple(items)


def without_parts(paths: Iterable[Path]) -> list[Path]:
    """The paths without the other files of WFDB records whose headers are among them, as `100.*` names all of them."""
    given = list(paths)
    headers = [path for path in given if path.suffix.lower() == ".hea" and path.is_file()]
    parts = {file.resolve() for header in headers for file in wfdb_candidate(header, "").files[1:]}
    return [path for path in given if path.resolve() not in parts] if parts else given


def inspect_candidate(candidate: Candidate, choice: Choice) -> Inspected:
    """What one file or record holds; what is wrong is in the item, never raised."""
    name = record_name(candidate.path.stem)
    try:
        _check_size(candidate)
        if candidate.kind == "WFDB":
            item = inspect_wfdb(candidate, choice)
        else:
            look = inspect_edf if candidate.kind in ("EDF", "BDF") else inspect_table
            item = _with_patient(look(candidate.path, candidate.source, choice), candidate, choice)
    except DataError as error:
        return Inspected(candidate.source, candidate.kind, name=name, problem=str(error))
    return replace(item, name=name)


def load_candidate(candidate: Candidate, choice: Choice) -> Loaded:
    """An EDF, BDF or table file as a recording. Raises DataError if it cannot be brought in."""
    _check_size(candidate)
    load = load_edf if candidate.kind in ("EDF", "BDF") else load_table
    loaded = load(candidate.path, candidate.source, choice)
    return replace(loaded, inspected=_with_patient(loaded.inspected, candidate, choice))


def _with_patient(item: Inspected, candidate: Candidate, choice: Choice) -> Inspected:
    """The same, of the patient that a `patients.csv` beside the file names, under the name of the file or record."""
    beside, note = patients_beside(candidate.path.parent)
    names = (candidate.path.name, candidate.path.stem, record_name(candidate.path.stem))
    patient = choice.patient or next((beside[name] for name in names if name in beside), item.patient)
    return replace(item, patient=patient, notes=(*item.notes, *note))


def listing_at(path: Path, stage: Callable[[], Path]) -> Listing:
    """What there is at a path: a file alone, the files of a folder, or of a zip, unpacked into the folder that `stage`
    makes when it is needed.

    A path that is not there, and an archive that must not be unpacked, are refused in the listing.
    """
    try:
        path = path.expanduser().resolve(strict=True)
        if path.is_dir():
            return listing_of(path)
        if not path.is_file():
            return _refused(path.name, "neither a file nor a folder")
        kind = kind_of_file(path)
        if kind == "zip":
            return _unpacked(path, stage())
        if kind == "WFDB":
            return Listing((wfdb_candidate(path, path.name),))
        if kind == "unknown":
            beside = path.with_suffix(".hea")
            hint = f"part of a WFDB record: name its header, {beside.name}" if beside.is_file() else ""
            return _refused(path.name, hint or _what_else(path.name))
        return Listing((Candidate(path.name, path, kind),))
    except FileNotFoundError:
        return _refused(str(path), "there is no such file or folder")
    except NoRoom:
        raise
    except DataError as error:
        return Listing(refused=(Refused(path.name, str(error).rstrip(".")),))
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, `~nobody`, a NUL in the name
        return _refused(str(path)[:200], f"cannot be used as a file or folder: {error}")


def _unpacked(path: Path, stage: Path) -> Listing:
    folder = stage / "unpacked"
    while folder.exists():
        folder = folder.with_name(folder.name + "-")
    try:
        with disk_errors():
            folder.mkdir()
            refused = unpack(path, folder)
    except DataError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    listing = listing_of(folder)
    return replace(listing, refused=(*refused, *listing.refused))


def _what_else(source: str) -> str:
    """What a file is that is brought in by itself and cannot be."""
    place = PurePosixPath(source)
    if place.suffix.lower() in PARTS:
        return f"part of a WFDB record whose header, {place.stem}.hea, is not with it: bring in all its files together"
    return NOTHING


def _sentence(refused: Refused) -> str:
    reason = refused.reason.rstrip(".")
    return f"{reason}." if refused.source in reason else f"{refused.source}: {reason}."


def _refused(source: str, reason: str) -> Listing:
    return Listing(refused=(Refused(source, reason),))


def _check_size(candidate: Candidate) -> None:
    file = candidate.path.name
    size = sum(path.stat().st_size for path in candidate.files or (candidate.path,))
    most = MAX_RECORD_BYTES if candidate.files else MAX_FILE_BYTES
    if not size:
        raise DataError(f"{file} is empty: 0 bytes. Copy it again.")
    if size > most:
        raise DataError(f"{file} has more than {most / 1e9:.0f} GB. Split it into shorter files.")
