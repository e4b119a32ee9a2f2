"""From WFDB files to a `Record`: strict header first, then `wfdb`, then checksums and annotation positions."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.data.catalogue import published_sums
from ecg_core.data.header import INVALID_SAMPLE, NAME_PATTERN, Header, bytes_needed, read_header
from ecg_core.data.record import Annotations, Integrity, Record
from ecg_core.errors import DataError
from ecg_core.files import sha256

FIRST_LEAD = "MLII"
SIMULATED_MARK = "SIMULATED"
ANNOTATOR = "atr"


def record_names(folder: Path) -> list[str]:
    """Names of the records in `folder`: every `<name>.hea` with a usable name, sorted."""
    return sorted(path.stem for path in folder.glob("*.hea") if NAME_PATTERN.fullmatch(path.stem))


def read_record(folder: Path, name: str, verify_published: bool = False) -> Record:
    """Read one record: samples of all leads, annotations (`.atr`, empty if there is none), comments.

    Leads are reordered so that MLII comes first (record 114 stores V5 first). With `verify_published` the files'
    SHA-256 sums are compared with PhysioNet's list as well (a few ms a record).

    Raises DataError when a file is missing, too short, damaged, or disagrees with its header.
    """
    header = read_header(folder, name)
    signals = _samples(folder, header)
    verified = _compare_checksums(header, signals)
    published = _compare_published(folder, name) if verify_published else None
    order = sorted(range(len(header.signals)), key=lambda k: header.signals[k].lead != FIRST_LEAD)
    if order != sorted(order):
        signals = np.ascontiguousarray(signals[:, order])
    signals.flags.writeable = False
    chosen = [header.signals[k] for k in order]
    return Record(
        name=name,
        fs=header.fs,
        leads=tuple(s.lead for s in chosen),
        signals=signals,
        gain=tuple(s.gain for s in chosen),
        baseline=tuple(s.baseline for s in chosen),
        invalid=tuple(INVALID_SAMPLE[s.fmt] for s in chosen),
        annotations=read_annotations(folder, header),
        comments=header.comments,
        integrity=Integrity(verified, published),
        simulated=any(SIMULATED_MARK in comment for comment in header.comments),
    )


def read_annotations(folder: Path, header: Header) -> Annotations:
    """Read `<name>.atr`, or give no annotations if the file does not exist.

    Raises DataError if the file cannot be decoded or places an annotation outside the signal.
    """
    from wfdb import rdann

    path = folder / f"{header.name}.{ANNOTATOR}"
    if not path.exists():
        return Annotations(np.zeros(0, np.int64), np.zeros(0, "<U1"), ())
    _inside(path, folder)
    try:
        found = rdann(str(folder / header.name), ANNOTATOR)
        sample = np.asarray(found.sample, np.int64)
        symbol = np.array(found.symbol, dtype="<U1")
    except (IndexError, ValueError, KeyError, OverflowError, TypeError) as error:
        raise DataError(
            f"{path.name} cannot be decoded ({error}): the annotation file is damaged. Download or copy it again."
        ) from None
    outside = np.flatnonzero((sample < 0) | (sample >= header.n_samples))
    if len(outside):
        raise DataError(
            f"{path.name}: {len(outside)} of {len(sample)} annotations lie outside the signal (first at sample "
            f"{sample[outside[0]]:,}; the signal has {header.n_samples:,}). Does it belong to another record?"
        )
    if np.any(np.diff(sample) < 0):
        raise DataError(f"{path.name}: annotations are not in time order: the file is damaged.")
    return Annotations(sample, symbol, tuple(text.rstrip("\x00") for text in found.aux_note))


def _samples(folder: Path, header: Header) -> npt.NDArray[np.int16]:
    from wfdb import rdrecord

    for file, needed in bytes_needed(header).items():
        path = _inside(folder / file, folder)
        if not path.is_file():
            raise DataError(f"{file} is missing: {header.name}.hea says the samples are in it.")
        size = path.stat().st_size
        if size < needed:
            raise DataError(
                f"{file} is cut off: {size:,} bytes, but {header.name}.hea declares {header.n_samples:,} "
                f"samples, which take {needed:,}. Download or copy it again."
            )
    try:
        found = rdrecord(str(folder / header.name), physical=False, return_res=16).d_signal
    except (ValueError, IndexError, OSError) as error:
        raise DataError(f"The samples of record {header.name} cannot be read: {error}.") from None
    signals: npt.NDArray[np.int16] = np.ascontiguousarray(found, dtype=np.int16)
    if signals.shape != (header.n_samples, len(header.signals)):
        raise DataError(
            f"Record {header.name}: read {signals.shape}, the header declares "
            f"({header.n_samples}, {len(header.signals)})."
        )
    return signals


def _compare_checksums(header: Header, signals: npt.NDArray[np.int16]) -> bool:
    sums = signals.sum(axis=0, dtype=np.int64) % 2**16
    for signal, found in zip(header.signals, sums, strict=True):
        if signal.checksum is not None and signal.checksum != found:
            raise DataError(
                f"{signal.file_name}: the checksum of lead {signal.lead} is {found}, the header says "
                f"{signal.checksum}: the samples are damaged. Download or copy the record again."
            )
    return all(signal.checksum is not None for signal in header.signals)


def _compare_published(folder: Path, name: str) -> bool | None:
    files = [f"{name}.hea", f"{name}.dat", f"{name}.{ANNOTATOR}"]
    sums = published_sums()
    if not all(file in sums for file in files):
        return None
    return all((folder / file).is_file() and sha256(folder / file) == sums[file] for file in files)


def _inside(path: Path, folder: Path) -> Path:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{path.name} is a link to a file outside {folder}: not followed.")
    return path
