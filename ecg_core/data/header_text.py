"""The text of a WFDB header, checked line by line: every number that a page will show is believable or refused.

wfdb 4.3.1 turns a sampling rate of `-360`, `nan` or `abc` into 250 without a word and believes any declared length.
Format: https://physionet.org/physiotools/wag/header-5.htm
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ecg_core.data.leads import is_other_signal
from ecg_core.data.record_path import NAME_PATTERN, SIGNAL_FILE
from ecg_core.data.sample_formats import FORMATS, bytes_of
from ecg_core.errors import DataError
from ecg_core.text import plain

MAX_SIGNALS = 256
MAX_SEGMENTS = 20_000
MAX_SAMPLES = 10**9
MAX_PER_FRAME = 10_000
MAX_SKEW = 10**6
MAX_OFFSET = 2**40
MAX_BITS = 64
MAX_LEAD_CHARACTERS = 80
MAX_VALUES = 10**9
"""Samples of all leads together that are read at once: two GB of 16 bits each."""
FS_RANGE_HZ = (50.0, 10_000.0)
FRAME_RATE_RANGE_HZ = (0.01, 10_000.0)
"""Frames a second, of which each may hold several samples of a lead."""
DEFAULT_FS = 250.0
"""Hz that WFDB assumes for a header that states no sampling frequency."""
GAIN_RANGE = (1.0, 1e6)  # ADC units per mV in 16 bits; more bits may divide the same voltage more finely
DEFAULT_GAIN = 200.0  # what WFDB assumes for a signal whose gain is 0 or missing: "uncalibrated"
MILLIVOLTS = {"mv": 1.0, "uv": 1e-3, "\u00b5v": 1e-3, "\u03bcv": 1e-3, "nv": 1e-6, "v": 1e3}
"""Units of an ECG, in small letters -> mV."""
NULL = "~"
"""The name of a segment that is a gap, and of the file of a signal that has none."""

_RECORD_FIELDS = "record name, number of signals, sampling frequency, number of samples"
_INTEGER = re.compile(r"-?[0-9]{1,12}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_PLAIN = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_TIME_OF_DAY = re.compile(r"(?:(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):)(?P<s>\d{1,2}(?:\.\d+)?)")
_FREQUENCY = re.compile(rf"(?P<fs>{_PLAIN})(?:/-?{_PLAIN}(?:\(-?{_PLAIN}\))?)?")
_FORMAT = re.compile(r"(?P<fmt>[0-9]+)(?:x(?P<per_frame>[0-9]+))?(?::(?P<skew>[0-9]+))?(?:\+(?P<offset>[0-9]+))?")
_GAIN = re.compile(r"(?P<gain>[^(/]*)(\((?P<baseline>[^)]*)\))?(/(?P<unit>[^\s()]+))?")


@dataclass(frozen=True)
class SignalHeader:
    """One signal line: where the samples are and how ADC units become mV."""

    file_name: str
    fmt: str
    gain: float
    """ADC units per mV; per unit for a channel that is no ECG."""
    baseline: int
    """ADC value of 0 mV."""
    calibrated: bool
    """Whether the header gives a gain; if not, mV are WFDB's guess."""
    checksum: int | None
    """Sum of all samples modulo 2**16 as the header gives it, 0 to 65535; None if absent."""
    lead: str
    samples_per_frame: int = 1
    skew: int = 0
    """Frames by which the samples are stored late."""
    byte_offset: int = 0
    """Bytes of the file before the first sample; samples of each channel in a compressed format."""
    initial: int = 0
    """Value before the first difference, for format 8."""
    unit: str = "mV"

    @property
    def why_left_out(self) -> str:
        """Why this channel is not read as a lead; empty for an ECG."""
        if self.unit.casefold() not in MILLIVOLTS:
            return f"in {self.unit}, not in mV"
        if is_other_signal(self.lead):
            return "no ECG by its name"
        return "no samples are stored" if self.fmt == "0" else ""


@dataclass(frozen=True)
class SegmentLine:
    """One part of a multi-segment record as its header has it."""

    name: str
    """The record that holds it; `~` for a gap."""
    n_samples: int
    """Frames; 0 for the layout of a record of variable layout."""
    line: int


@dataclass(frozen=True)
class Header:
    """A WFDB header, checked."""

    name: str
    fs: float
    """Frames a second: the sampling frequency in Hz of a signal of one sample a frame."""
    n_samples: int
    """Frames: the length of a signal of one sample a frame; 0 where the text does not say."""
    signals: tuple[SignalHeader, ...]
    comments: tuple[str, ...]
    fs_stated: bool = True
    length_stated: bool = True
    start_of_day_s: float | None = None
    """Time of day at which the recording begins, in s from midnight; None where the header does not say."""
    segment_lines: tuple[SegmentLine, ...] = field(default=(), repr=False)
    """The parts of a multi-segment record, whose `signals` are those of its parts once they have been looked at."""

    @property
    def leads(self) -> tuple[int, ...]:
        """Which of the signals are ECG leads."""
        return tuple(k for k, signal in enumerate(self.signals) if not signal.why_left_out)

    @property
    def samples_per_frame(self) -> int:
        """Samples a frame of the leads; of several numbers the largest."""
        return max((self.signals[k].samples_per_frame for k in self.leads), default=1)

    @property
    def is_layout(self) -> bool:
        """Whether this only describes the signals of a record of variable layout, and holds no samples."""
        return bool(self.signals) and all(s.file_name == NULL and s.fmt == "0" for s in self.signals)


class Line:
    """A header line that knows its file and number, so that every complaint can name them."""

    def __init__(self, file: str, number: int, text: str) -> None:
        self.file, self.number, self.fields = file, number, text.split()

    def fail(self, field: str, found: str, expected: str) -> DataError:
        return DataError(f"{self.file}, line {self.number}: {field} is {found[:80]!r}, expected {expected}.")

    def integer(self, field: str, text: str, low: int, high: int) -> int:
        signed = low >= 0 and text.startswith("-")  # `-0` is a number to us and none to wfdb
        if signed or not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
            raise self.fail(field, text, f"a whole number from {low} to {high}")
        return int(text)

    def number_in(self, field: str, text: str, low: float, high: float) -> float:
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not low <= value <= high:
            raise self.fail(field, text, f"a number from {low:g} to {high:g}")
        return value


def comments_in(lines: Iterable[str]) -> tuple[str, ...]:
    """The comments among the lines of a header, without their `#`."""
    return tuple(line.lstrip()[1:].strip() for line in lines if line.lstrip().startswith("#"))


def parse_header(text: str, file: str, name: str) -> Header:
    """Check the text of a header; `file` is what errors call it, `name` the record it must describe."""
    lines = [
        Line(file, number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    comments = comments_in(text.splitlines())
    if not lines:
        raise DataError(f"{file} is empty: expected a line with {_RECORD_FIELDS}.")
    first, rest = lines[0], lines[1:]
    if len(first.fields) < 2:
        raise DataError(f"{file}, line {first.number}: {len(first.fields)} fields, expected {_RECORD_FIELDS}.")
    stated_name, several, n_segments = first.fields[0].partition("/")
    if stated_name.casefold() != name.rpartition("/")[2].casefold():
        raise first.fail("record name", first.fields[0], f"{name.rpartition('/')[2]!r}, as the file is called")
    if first.fields[1] == "0" and not rest:
        raise DataError(f"{file}: record {name} has no signals, only annotations: there is nothing to show or score.")
    n_signals = first.integer("number of signals", first.fields[1], 1, MAX_SIGNALS)
    stated = first.fields[2:]
    fs = _frequency(first) if stated else DEFAULT_FS
    n_samples = first.integer("number of samples", stated[1], 0, MAX_SAMPLES) if len(stated) > 1 else 0
    header = Header(
        name, fs, n_samples, (), comments, fs_stated=bool(stated), length_stated=n_samples > 0,
        start_of_day_s=_time_of_day(stated[2]) if len(stated) > 2 else None,
    )  # fmt: skip
    if several:
        return _of_segments(header, first, n_segments, rest)
    if len(rest) != n_signals:
        raise DataError(f"{file}: {n_signals} signals declared, but {len(rest)} signal lines follow.")
    signals = tuple(_signal(line, k) for k, line in enumerate(rest))
    _check_files(rest, signals)
    checked = replace(header, signals=signals)
    if checked.leads:
        rate = fs * checked.samples_per_frame
        if not FS_RANGE_HZ[0] <= rate <= FS_RANGE_HZ[1]:
            low, high = FS_RANGE_HZ
            raise first.fail("sampling frequency in Hz", f"{rate:g}", f"a number from {low:g} to {high:g} for a lead")
    if n_samples * max(1, len(checked.leads)) * checked.samples_per_frame > MAX_VALUES:
        raise first.fail(
            "number of samples", stated[1], f"at most {MAX_VALUES:,} in all leads together: cut the record into parts"
        )
    return checked


def _frequency(line: Line) -> float:
    """Hz; what may follow, a counter frequency and its base, must be numbers too: wfdb loses the record's length over
    anything else, exponents and signs included."""
    match = _FREQUENCY.fullmatch(line.fields[2])
    if match is None:
        raise line.fail("sampling frequency in Hz", line.fields[2], "a plain number, such as 360")
    return line.number_in("sampling frequency in Hz", match["fs"], *FRAME_RATE_RANGE_HZ)


def _time_of_day(text: str) -> float | None:
    """Seconds from midnight of `hh:mm:ss` (hours, or hours and minutes, may be left out); None for what is none."""
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match["h"] or 0), int(match["m"] or 0), float(match["s"])
    return 3600 * hours + 60 * minutes + seconds if hours < 24 and minutes < 60 and seconds < 60 else None


def _of_segments(header: Header, first: Line, n_segments: str, lines: list[Line]) -> Header:
    declared = first.integer("number of segments", n_segments, 1, MAX_SEGMENTS)
    if len(lines) != declared:
        raise DataError(f"{first.file}: {declared} segments declared, but {len(lines)} segment lines follow.")
    parts = []
    for k, line in enumerate(lines):
        if len(line.fields) != 2:
            raise DataError(f"{line.file}, line {line.number}: expected the name of a segment and its length.")
        name, length = line.fields
        if name != NULL and not NAME_PATTERN.fullmatch(name):
            raise line.fail("segment", name, "the name of a record in the same folder, or '~' for a gap")
        parts.append(SegmentLine(name, line.integer("length", length, 0 if k == 0 else 1, MAX_SAMPLES), line.number))
    total = sum(part.n_samples for part in parts)
    if header.length_stated and header.n_samples != total:
        raise first.fail("number of samples", first.fields[3], f"{total}, the length of all segments")
    if not 1 <= total <= MAX_SAMPLES:
        raise DataError(f"{first.file}: the segments have {total:,} samples together, expected 1 to {MAX_SAMPLES:,}.")
    return replace(header, n_samples=total, segment_lines=tuple(parts))


def _signal(line: Line, index: int) -> SignalHeader:
    fields = line.fields
    if len(fields) < 2:
        raise DataError(f"{line.file}, line {line.number}: expected a file name and a format.")
    layout = _FORMAT.fullmatch(fields[1])
    stored = layout is not None and layout["fmt"] != "0"
    if not SIGNAL_FILE.fullmatch(fields[0]) and (stored or fields[0] != NULL):
        raise line.fail("signal file", fields[0], "a plain file name in the same folder")
    if layout is None or (stored and layout["fmt"] not in FORMATS):
        raise line.fail("signal format", fields[1], "one of " + ", ".join(FORMATS))
    scale = _GAIN.fullmatch(fields[2] if len(fields) > 2 else "0")
    if scale is None:
        raise line.fail("gain", fields[2], "ADC units per physical unit, such as 200 or 200(1024)/mV")
    unit = scale["unit"] or "mV"
    calibrated = (scale["gain"] or "0").strip("0.") != ""
    bits = FORMATS[layout["fmt"]].bits if stored else 16
    for what, place, high in (("ADC resolution in bits", 3, MAX_BITS), ("block size", 7, 2**31)):
        if len(fields) > place:  # used for nothing; a line that lacks a field has the next one here
            line.integer(what, fields[place], 0, high)
    named = plain(" ".join(fields[8:]).strip(" ,;"), MAX_LEAD_CHARACTERS)  # some databases end names with a comma
    lead = named or f"lead {index + 1}"
    zero = line.integer("ADC zero", fields[4], -(2**31), 2**31) if len(fields) > 4 else 0
    return SignalHeader(
        file_name=fields[0],
        fmt=layout["fmt"],
        gain=_gain(line, scale["gain"], unit, lead, bits) if calibrated else DEFAULT_GAIN,
        baseline=line.integer("baseline", scale["baseline"], -(2**31), 2**31)
        if scale["baseline"] is not None
        else zero,
        calibrated=calibrated,
        checksum=line.integer("checksum", fields[6], -(2**15), 2**16) % 2**16 if len(fields) > 6 else None,
        lead=lead,
        samples_per_frame=line.integer("samples per frame", layout["per_frame"] or "1", 1, MAX_PER_FRAME),
        skew=line.integer("skew", layout["skew"] or "0", 0, MAX_SKEW),
        byte_offset=line.integer("byte offset", layout["offset"] or "0", 0, MAX_OFFSET),
        initial=line.integer("initial value", fields[5], -(2**31), 2**31 - 1) if len(fields) > 5 else 0,
        unit=unit,
    )


def _gain(line: Line, text: str, unit: str, lead: str, bits: int) -> float:
    mv = MILLIVOLTS.get(unit.casefold())
    if mv is None or is_other_signal(lead):  # left out: whatever its scale is, nobody will use it
        return line.number_in("gain", text, -math.inf, math.inf)
    low, high = GAIN_RANGE[0] * mv, GAIN_RANGE[1] * mv * 2 ** max(0, bits - 16)
    return line.number_in("gain", text, low, high) / mv


def _check_files(lines: list[Line], signals: tuple[SignalHeader, ...]) -> None:
    """The signals of one file follow each other and agree on its format."""
    of_file: dict[str, SignalHeader] = {}
    for line, signal, before in zip(lines, signals, (None, *signals), strict=False):
        if signal.fmt == "0":
            continue
        other = of_file.setdefault(signal.file_name, signal)
        if other.fmt != signal.fmt:
            raise line.fail("signal format", signal.fmt, f"{other.fmt}, as before in the same file")
        if other.byte_offset != signal.byte_offset:
            raise line.fail("byte offset", str(signal.byte_offset), f"{other.byte_offset}, as before in the same file")
        if other is not signal and (before is None or before.file_name != signal.file_name):
            raise line.fail("signal file", signal.file_name, "the signals of one file one after the other")
        if FORMATS[signal.fmt].flac and other.samples_per_frame != signal.samples_per_frame:
            found, expected = str(signal.samples_per_frame), f"{other.samples_per_frame}, as before in the same file"
            raise line.fail("samples per frame", found, expected)


def bytes_needed(header: Header) -> dict[str, int]:
    """Smallest size in bytes of each signal file, from the header's length and formats; 1 for a compressed file."""
    return {
        file: 1
        if FORMATS[group[0].fmt].flac
        else group[0].byte_offset
        + bytes_of(group[0].fmt, header.n_samples * sum(signal.samples_per_frame for signal in group))
        for file, group in files_of(header).items()
    }


def files_of(header: Header) -> dict[str, list[SignalHeader]]:
    """Signal files -> the signals in each, in order."""
    groups: dict[str, list[SignalHeader]] = {}
    for signal in header.signals:
        if signal.fmt != "0":
            groups.setdefault(signal.file_name, []).append(signal)
    return groups
