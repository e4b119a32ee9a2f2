"""A strict reader of WFDB headers, run before `wfdb` sees the record.

wfdb 4.3.1 turns a sampling rate of `-360`, `nan` or `abc` into 250 without a word and believes any declared length.
Here every number that a page will show is checked, and an error names the file, the line and the field.
Format: https://physionet.org/physiotools/wag/header-5.htm
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ecg_core.errors import DataError
from ecg_core.files import FileState

NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_HEADER_BYTES = 64 * 1024
MAX_SIGNALS = 32
MAX_SAMPLES = 10**8
FS_RANGE_HZ = (50.0, 10_000.0)
GAIN_RANGE = (1.0, 1e6)  # ADC units per mV
DEFAULT_GAIN = 200.0  # what WFDB assumes for a signal whose gain is 0 or missing: "uncalibrated"
MILLIVOLTS = {"mV": 1.0, "uV": 1e-3, "V": 1e3}
BITS_PER_SAMPLE = {"16": 16, "61": 16, "80": 8, "160": 16, "212": 12}
INVALID_SAMPLE = {"16": -32768, "61": -32768, "80": -128, "160": -32768, "212": -2048}

_RECORD_FIELDS = "record name, number of signals, sampling frequency, number of samples"
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\U0010ffff]")  # and other ends of line than \n and \r
_INTEGER = re.compile(r"-?[0-9]{1,12}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_PLAIN = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_FREQUENCY = re.compile(rf"(?P<fs>{_PLAIN})(?:/-?{_PLAIN}(?:\(-?{_PLAIN}\))?)?")
_FILE = re.compile(rf"{NAME_PATTERN.pattern}\.{NAME_PATTERN.pattern}")
_GAIN = re.compile(r"(?P<gain>[^(/]*)(\((?P<baseline>[^)]*)\))?(/(?P<units>\S+))?")


@dataclass(frozen=True)
class SignalHeader:
    """One signal line: where the samples are and how ADC units become mV."""

    file_name: str
    fmt: str
    gain: float
    """ADC units per mV."""
    baseline: int
    """ADC value of 0 mV."""
    calibrated: bool
    checksum: int | None
    """Sum of all samples modulo 2**16 as the header gives it, 0 to 65535; None if absent."""
    lead: str


@dataclass(frozen=True)
class Header:
    """A single-segment WFDB header, checked."""

    name: str
    fs: float
    n_samples: int
    signals: tuple[SignalHeader, ...]
    comments: tuple[str, ...]


class _Line:
    """A header line that knows its file and number, so that every complaint can name them."""

    def __init__(self, file: str, number: int, text: str) -> None:
        self.file, self.number, self.fields = file, number, text.split()

    def fail(self, field: str, found: str, expected: str) -> DataError:
        return DataError(f"{self.file}, line {self.number}: {field} is {found!r}, expected {expected}.")

    def integer(self, field: str, text: str, low: int, high: int) -> int:
        if not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
            raise self.fail(field, text, f"a whole number from {low} to {high}")
        return int(text)

    def number_in(self, field: str, text: str, low: float, high: float) -> float:
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not low <= value <= high:
            raise self.fail(field, text, f"a number from {low:g} to {high:g}")
        return value


def check_name(name: str) -> str:
    """Return `name` if it can be a record name (letters, digits, `_`, `-`, at most 64), else raise DataError."""
    if not NAME_PATTERN.fullmatch(name):
        raise DataError(f"Unknown record {name[:80]!r}: a record name has only letters, digits, '_' and '-'.")
    return name


def inside(path: Path, folder: Path) -> Path:
    """Return `path` unless it is a link that leads out of `folder` or nowhere; then raise DataError."""
    try:
        target = path.resolve(strict=path.is_symlink())
    except (OSError, RuntimeError):
        raise DataError(f"{path.name} is a link that leads nowhere.") from None
    if not target.is_relative_to(folder.resolve()):
        raise DataError(f"{path.name} is a link to a file outside {folder}: not followed.")
    return path


@lru_cache(maxsize=512)
def _content(state: FileState) -> bytes:
    """Bytes of a header, at most one more than it may have. Opened once for each change: whoever wants the list of
    records, their patients, their counts or their samples reads the same few hundred bytes."""
    with state.path.open("rb") as file:
        return file.read(MAX_HEADER_BYTES + 1)


def header_lines(path: Path) -> tuple[str, ...]:
    """Lines of a header that nobody has checked, for a first look; none if it cannot be a header.

    Never more than `MAX_HEADER_BYTES` are read, and nothing but a file is opened: a pipe or a device of that name would
    block whoever looks.
    """
    try:
        if not path.is_file():
            return ()
        raw = _content(FileState.of(path))
    except OSError:
        return ()  # reading the record will say what is wrong
    return tuple(raw.decode("utf-8", "replace").splitlines()) if len(raw) <= MAX_HEADER_BYTES else ()


def comments_in(lines: Iterable[str]) -> tuple[str, ...]:
    """The comments among the lines of a header, without their `#`."""
    return tuple(line.lstrip()[1:].strip() for line in lines if line.lstrip().startswith("#"))


def signal_files_in(lines: Iterable[str]) -> tuple[str, ...]:
    """Names of the signal files among the lines of a header, each once, sorted; only the name is checked."""
    fields = [line.split()[0] for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return tuple(sorted({name for name in fields[1:] if _FILE.fullmatch(name)}))


def read_header(folder: Path, name: str) -> Header:
    """Read and check `<name>.hea` in `folder`.

    Raises DataError if the file is missing, is not plain text, or holds a number that cannot be true.
    """
    path = inside(folder / f"{check_name(name)}.hea", folder)
    if not path.is_file():
        raise DataError(f"Unknown record {name!r}: there is no {path.name} in {folder}.")
    try:
        raw = _content(FileState.of(path))
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_HEADER_BYTES:
        raise DataError(f"{path.name} is larger than {MAX_HEADER_BYTES} bytes: not a WFDB header.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not plain text: the header is damaged.") from None
    if _CONTROL.search(text):
        raise DataError(f"{path.name} is not plain text: the header is damaged.")
    return parse_header(text, path.name, name)


def parse_header(text: str, file: str, name: str) -> Header:
    """Check the text of a header; `file` is what errors call it, `name` the record it must describe."""
    lines = [
        _Line(file, number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    comments = comments_in(text.splitlines())
    if not lines:
        raise DataError(f"{file} is empty: expected a line with {_RECORD_FIELDS}.")
    first = lines[0]
    if len(first.fields) < 4:
        raise DataError(f"{file}, line {first.number}: {len(first.fields)} fields, expected {_RECORD_FIELDS}.")
    if "/" in first.fields[0]:
        raise DataError(f"{file}, line {first.number}: multi-segment records are not supported.")
    if first.fields[0] != name:
        raise first.fail("record name", first.fields[0], f"{name!r}, as the file is called")
    n_signals = first.integer("number of signals", first.fields[1], 1, MAX_SIGNALS)
    fs = _sampling_frequency(first)
    n_samples = first.integer("number of samples", first.fields[3], 1, MAX_SAMPLES)
    if len(lines) - 1 != n_signals:
        raise DataError(f"{file}: {n_signals} signals declared, but {len(lines) - 1} signal lines follow.")
    signals = tuple(_signal(line, k) for k, line in enumerate(lines[1:]))
    formats: dict[str, str] = {}
    for line, signal in zip(lines[1:], signals, strict=True):
        if formats.setdefault(signal.file_name, signal.fmt) != signal.fmt:
            raise line.fail("signal format", signal.fmt, f"{formats[signal.file_name]}, as before in the same file")
    return Header(name, fs, n_samples, signals, comments)


def _sampling_frequency(line: _Line) -> float:
    """Hz; what may follow, a counter frequency and its base, must be numbers too: wfdb loses the record's length over
    anything else, exponents and signs included."""
    match = _FREQUENCY.fullmatch(line.fields[2])
    if match is None:
        raise line.fail("sampling frequency in Hz", line.fields[2], "a plain number, such as 360")
    return line.number_in("sampling frequency in Hz", match["fs"], *FS_RANGE_HZ)


def _signal(line: _Line, index: int) -> SignalHeader:
    fields = line.fields
    if len(fields) < 2:
        raise DataError(f"{line.file}, line {line.number}: expected a file name and a format.")
    if not _FILE.fullmatch(fields[0]):
        raise line.fail("signal file", fields[0], "a plain file name in the same folder")
    if fields[1] not in BITS_PER_SAMPLE:
        raise line.fail("signal format", fields[1], "one of " + ", ".join(BITS_PER_SAMPLE))
    scale = _GAIN.fullmatch(fields[2] if len(fields) > 2 else "0")
    if scale is None:
        raise line.fail("gain", fields[2], "ADC units per physical unit, such as 200 or 200(1024)/mV")
    units = scale["units"] or "mV"
    if units not in MILLIVOLTS:
        raise line.fail("unit", units, "mV, uV or V")
    calibrated = (scale["gain"] or "0").strip("0.") != ""
    low, high = (limit * MILLIVOLTS[units] for limit in GAIN_RANGE)
    gain = line.number_in("gain", scale["gain"], low, high) / MILLIVOLTS[units] if calibrated else DEFAULT_GAIN
    zero = line.integer("ADC zero", fields[4], -(2**31), 2**31) if len(fields) > 4 else 0
    baseline = line.integer("baseline", scale["baseline"], -(2**31), 2**31) if scale["baseline"] is not None else zero
    checksum = line.integer("checksum", fields[6], -(2**15), 2**16) % 2**16 if len(fields) > 6 else None
    lead = " ".join(fields[8:]) or f"lead {index + 1}"
    return SignalHeader(fields[0], fields[1], gain, baseline, calibrated, checksum, lead)


def bytes_needed(header: Header) -> dict[str, int]:
    """Smallest size in bytes of each signal file, from the header's length and formats."""
    bits: dict[str, int] = {}
    for signal in header.signals:
        bits[signal.file_name] = bits.get(signal.file_name, 0) + BITS_PER_SAMPLE[signal.fmt]
    return {file: (per_frame * header.n_samples + 7) // 8 for file, per_frame in bits.items()}
