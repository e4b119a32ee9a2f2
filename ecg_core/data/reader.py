"""From WFDB files to a `Record`: strict header first, then `wfdb`, then checksums and annotation positions.

Annotations are decoded here: on damaged or hostile bytes wfdb 4.3.1 loops for ever (a note `## anything` at sample 0),
turns an unknown code into the symbol `n`, and ignores a time resolution that is not the record's.
Format: https://physionet.org/physiotools/wag/annot-5.htm
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.data.catalogue import published_sums
from ecg_core.data.header import INVALID_SAMPLE, NAME_PATTERN, Header, bytes_needed, inside, read_header
from ecg_core.data.labels import REFERENCE, Annotations, LabelLayer
from ecg_core.data.patients import find_patients
from ecg_core.data.record import Integrity, Record
from ecg_core.errors import DataError
from ecg_core.files import sha256

FIRST_LEAD = "MLII"
BLOCK_SAMPLES = 2**21  # read at once: wfdb needs some fifty bytes for each while it unpacks them
SIMULATED_MARK = "SIMULATED"
SYNTHETIC_MARK = "SYNTHETIC"
"""In the header of a record that holds a generator's beats: it can be looked at, and nothing may be judged on it."""
ANNOTATOR = "atr"
MAX_ANNOTATION_BYTES = 8_000_000  # a 24 h recording needs about 0.4 MB

_CODES = dict(enumerate('NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r', start=1))
_NOTE, _SKIP, _NUM, _CHAN, _AUX = 22, 59, 60, 62, 63
_RESOLUTION = "## time resolution:"


def refuse_synthetic(name: str, comments: Sequence[str]) -> None:
    """Raise DataError if a record's header says that its beats were made by a generator."""
    if any(SYNTHETIC_MARK in comment for comment in comments):
        raise DataError(
            f"Record {name} holds {SYNTHETIC_MARK} beats, as its header says: they are no recording, and nothing may "
            "be trained, validated or tested on them as if they were. Take it out of the data folder."
        )


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
        layers=_reference_layer(folder, header),
        comments=header.comments,
        integrity=Integrity(verified, published),
        simulated=any(SIMULATED_MARK in comment for comment in header.comments),
        patient=find_patients(folder, [name]).by_record.get(name),
    )


def _reference_layer(folder: Path, header: Header) -> dict[str, LabelLayer]:
    """The annotations delivered with the recording as a layer; none where there is no annotation file."""
    path = folder / f"{header.name}.{ANNOTATOR}"
    annotations = read_annotations(folder, header)
    if not path.exists():
        return {}
    made_from = sha256(path)
    return {REFERENCE: LabelLayer(REFERENCE, "reference", path.name, made_from, annotations=annotations)}


def read_annotations(folder: Path, header: Header) -> Annotations:
    """Read `<name>.atr` (MIT format), or give no annotations if the file does not exist.

    Raises DataError if the file cannot be decoded or places an annotation outside the signal.
    """
    path = inside(folder / f"{header.name}.{ANNOTATOR}", folder)
    if not path.exists():
        return Annotations.none()
    if not path.is_file():
        raise DataError(f"{path.name} is not a file.")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_ANNOTATION_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_ANNOTATION_BYTES:
        raise DataError(f"{path.name} is larger than {MAX_ANNOTATION_BYTES:,} bytes: not a WFDB annotation file.")
    found = _decode(raw, path.name, header.fs)
    sample = np.array([at for at, _, _ in found], np.int64)
    outside = np.flatnonzero((sample < 0) | (sample >= header.n_samples))
    if len(outside):
        raise DataError(
            f"{path.name}: {len(outside)} of {len(sample)} annotations lie outside the signal (first at sample "
            f"{sample[outside[0]]:,}; the signal has {header.n_samples:,}). Does it belong to another record?"
        )
    if np.any(np.diff(sample) < 0):
        raise DataError(f"{path.name}: annotations are not in time order: the file is damaged.")
    symbol = np.array([code for _, code, _ in found], "<U1")
    return Annotations(sample, symbol, tuple(text for _, _, text in found))


def _decode(raw: bytes, file: str, fs: float) -> list[tuple[int, str, str]]:
    """Sample, symbol and text of each annotation in the bytes of a file in MIT format."""

    def damaged(what: str) -> DataError:
        return DataError(
            f"{file} cannot be decoded ({what} at byte {2 * at}): the annotation file is damaged. "
            "Download or copy it again."
        )

    words = np.frombuffer(raw, "<u2", len(raw) // 2).tolist()
    found: list[tuple[int, int, str]] = []
    at = time = 0
    while True:
        if at >= len(words):
            raise damaged("no end mark")
        code, value = words[at] >> 10, words[at] & 1023
        at += 1
        if code == value == 0:
            break
        if code == _SKIP:
            if at + 2 > len(words):
                raise damaged("cut off")
            skip = words[at] << 16 | words[at + 1]
            time += skip - (1 << 32 if skip >> 31 else 0)
            at += 2
        elif code == _AUX and found:
            length = value & 0xFF  # as wfdb has it: the two bits above are not part of the length
            text = raw[2 * at : 2 * at + length].decode("latin-1")
            at += (length + 1) // 2
            if at > len(words):
                raise damaged("cut off")
            found[-1] = (*found[-1][:2], text.rstrip("\x00"))
        elif not (_NUM <= code <= _CHAN and found):
            if code and _CODES.get(code, " ") == " ":
                raise damaged(f"unknown code {code}")
            time += value
            found.append((time, code, ""))
    if any(raw[2 * at :]):
        raise damaged("bytes after the end mark")
    _check_definitions([text for sample, code, text in found if sample == 0 and code == _NOTE], file, fs)
    return [
        (sample, _CODES[code], text)
        for sample, code, text in found
        if code and not (sample == 0 and code == _NOTE and text.startswith("## "))
    ]


def _check_definitions(notes: list[str], file: str, fs: float) -> None:
    """Refuse what would change the meaning of the annotations without a word."""
    for note in notes:
        if note.startswith(_RESOLUTION) and note.removeprefix(_RESOLUTION).strip() not in (str(fs), f"{fs:g}"):
            raise DataError(f"{file} counts time in another resolution than {fs:g} Hz ({note!r}): not supported.")
        if note.startswith("## annotation type definitions"):
            raise DataError(f"{file} defines annotation types of its own: not supported.")


def _samples(folder: Path, header: Header) -> npt.NDArray[np.int16]:
    from wfdb import rdrecord

    for file, needed in bytes_needed(header).items():
        path = inside(folder / file, folder)
        if not path.is_file():
            raise DataError(f"{file} is missing: {header.name}.hea says the samples are in it.")
        size = path.stat().st_size
        if size < needed:
            raise DataError(
                f"{file} is cut off: {size:,} bytes, but {header.name}.hea declares {header.n_samples:,} "
                f"samples, which take {needed:,}. Download or copy it again."
            )
    signals = np.empty((header.n_samples, len(header.signals)), np.int16)
    for start in range(0, header.n_samples, BLOCK_SAMPLES):
        stop = min(start + BLOCK_SAMPLES, header.n_samples)
        try:
            found = rdrecord(
                str(folder / header.name), physical=False, return_res=16, sampfrom=start, sampto=stop
            ).d_signal
        except (ValueError, IndexError, OSError) as error:
            raise DataError(f"The samples of record {header.name} cannot be read: {error}.") from None
        if found.shape != (stop - start, len(header.signals)):
            raise DataError(
                f"Record {header.name}: read {found.shape} from sample {start:,} on, the header declares "
                f"({stop - start}, {len(header.signals)})."
            )
        signals[start:stop] = found
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
