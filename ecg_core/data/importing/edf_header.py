"""A strict reader of EDF and BDF headers, run before `edfio` sees the file.

edfio 0.4.18 stops at a lying header with whatever Python raises there, or reads on; here every number is checked, and
an error names the file, the field and the channel. Format: https://www.edfplus.info/specs/edf.html,
https://www.edfplus.info/specs/edfplus.html, https://www.biosemi.com/faq/file_format.htm
"""

import math
import re
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path

from ecg_core.data.importing.limits import MAX_EDF_CHANNELS
from ecg_core.errors import DataError

EDF_MARK, BDF_MARK = b"0       ", b"\xffBIOSEMI"
FIXED_BYTES, CHANNEL_BYTES = 256, 256
_NO_DATE, _NO_TIME = (1985, 1, 1), "00:00:00"
"""What stands for a start that is not known or withheld."""
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DIGITAL = {2: (-(2**15), 2**15 - 1), 3: (-(2**23), 2**23 - 1)}


@dataclass(frozen=True)
class EdfChannel:
    """One channel as the header describes it."""

    label: str
    unit: str
    physical: tuple[float, float]
    digital: tuple[int, int]
    per_record: int
    """Samples in each data record."""
    offset: int
    """Bytes before its samples in each data record."""


@dataclass(frozen=True)
class EdfHeader:
    """The header of an EDF or BDF file, checked."""

    bytes_per_sample: int
    """2 in EDF, 3 in BDF."""
    plus: str
    """`+C`, `+D` (with gaps), or empty."""
    patient: str
    recording: str
    start: str
    """ISO 8601 without a zone; only the time where the date is withheld; empty where neither can be read."""
    n_records: int
    """Data records in the file."""
    record_s: float
    """Duration of a data record in seconds."""
    channels: tuple[EdfChannel, ...]
    """Ordinary channels; the annotation channels are left out."""
    indices: tuple[int, ...]
    """Place of each of them among all channels."""
    annotation_channels: tuple[EdfChannel, ...]
    record_bytes: int
    header_bytes: int
    notes: tuple[str, ...]

    def rate(self, channel: EdfChannel) -> float:
        """Samples a second of a channel, in Hz."""
        return channel.per_record / self.record_s


class _Fields:
    """Text fields of fixed width, one after the other; complaints name the file."""

    def __init__(self, raw: bytes, file: str) -> None:
        self.raw, self.file, self.at = raw, file, 0

    def text(self, width: int) -> str:
        piece = self.raw[self.at : self.at + width]
        self.at += width
        return piece.decode("latin-1").rstrip(" \x00").lstrip()

    def fail(self, field: str, found: str, expected: str) -> DataError:
        return DataError(f"{self.file}: {field} is {found[:40]!r}, expected {expected}. Export the file again.")

    def whole(self, width: int, field: str, low: int, high: int) -> int:
        text = self.text(width)
        if not re.fullmatch(r"[-+]?[0-9]{1,8}", text) or not low <= int(text) <= high:
            raise self.fail(field, text, f"a whole number from {low:,} to {high:,}")
        return int(text)

    def number(self, width: int, field: str) -> float:
        text = self.text(width).replace(",", ".")  # written so by some devices
        value = float(text) if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) else math.nan
        if not math.isfinite(value):
            raise self.fail(field, text, "a number")
        return value


def read_edf_header(path: Path) -> EdfHeader:
    """Read and check the header of an EDF or BDF file.

    Raises DataError, naming the field, for a number that cannot be true, and for a file shorter than its header says.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            raw = file.read(FIXED_BYTES + MAX_EDF_CHANNELS * CHANNEL_BYTES)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
    return parse_edf_header(raw, size, path.name)


def parse_edf_header(raw: bytes, size: int, file: str) -> EdfHeader:
    """Check the first bytes of a file of `size` bytes; `file` is what errors call it."""
    if raw[:8] not in (EDF_MARK, BDF_MARK):
        raise DataError(f"{file} is no EDF or BDF file: its first eight bytes are {raw[:8]!r}, not the mark of one.")
    if len(raw) < FIXED_BYTES:
        raise DataError(
            f"{file} is cut off: {len(raw)} bytes, and the header alone takes {FIXED_BYTES}. Copy it again."
        )
    width = 2 if raw[:8] == EDF_MARK else 3
    fields = _Fields(raw, file)
    fields.at = 8
    patient, recording, date, time = fields.text(80), fields.text(80), fields.text(8), fields.text(8)
    header_bytes = fields.whole(8, "number of bytes in the header", 0, 99_999_999)
    reserved = fields.text(44)
    declared = fields.whole(8, "number of data records", -1, 99_999_999)
    record_s = fields.number(8, "duration of a data record")
    n_channels = fields.whole(4, "number of channels", 1, MAX_EDF_CHANNELS)
    needed = FIXED_BYTES + n_channels * CHANNEL_BYTES
    if header_bytes != needed:
        raise fields.fail("number of bytes in the header", str(header_bytes), f"{needed} for {n_channels} channels")
    if len(raw) < needed:
        raise DataError(f"{file} is cut off within its header: {size:,} bytes of {needed:,}. Copy it again.")
    if not 0 <= record_s <= 86_400:
        raise fields.fail("duration of a data record", f"{record_s:g}", "seconds, up to a day")
    everything = _channels(fields, n_channels, width)
    mark = f"{'EDF' if width == 2 else 'BDF'} Annotations"
    signals = [k for k, channel in enumerate(everything) if channel.label != mark]
    if signals and record_s == 0:
        raise fields.fail("duration of a data record", "0", "more than 0 seconds: without it there is no rate")
    record_bytes = sum(channel.per_record for channel in everything) * width
    n_records, notes = _length(declared, (size - needed) // record_bytes, (size - needed) % record_bytes, file)
    plus = reserved[3:5] if reserved[:3] in ("EDF", "BDF") and reserved[3:5] in ("+C", "+D") else ""
    return EdfHeader(
        bytes_per_sample=width,
        plus=plus,
        patient=patient,
        recording=recording,
        start=_start(date, time, recording if plus else ""),
        n_records=n_records,
        record_s=record_s,
        channels=tuple(everything[k] for k in signals),
        indices=tuple(signals),
        annotation_channels=tuple(channel for channel in everything if channel.label == mark),
        record_bytes=record_bytes,
        header_bytes=needed,
        notes=notes,
    )


def _channels(fields: _Fields, count: int, width: int) -> list[EdfChannel]:
    labels = [fields.text(16) for _ in range(count)]
    fields.at += 80 * count  # transducers

    def named(field: str, k: int) -> str:
        return f"{field} of channel {k + 1} ({labels[k]})"

    units = [fields.text(8) for _ in range(count)]
    physical_low = [fields.number(8, named("physical minimum", k)) for k in range(count)]
    physical_high = [fields.number(8, named("physical maximum", k)) for k in range(count)]
    digital_low = [fields.whole(8, named("digital minimum", k), *_DIGITAL[width]) for k in range(count)]
    digital_high = [fields.whole(8, named("digital maximum", k), *_DIGITAL[width]) for k in range(count)]
    fields.at += 80 * count  # filters
    per_record = [fields.whole(8, named("samples per data record", k), 1, 10_000_000) for k in range(count)]
    offset, channels = 0, []
    for k in range(count):
        if digital_low[k] >= digital_high[k]:
            found = f"{digital_low[k]} to {digital_high[k]}"
            raise fields.fail(named("digital range", k), found, "a minimum below the maximum")
        channels.append(
            EdfChannel(
                labels[k],
                units[k],
                (physical_low[k], physical_high[k]),
                (digital_low[k], digital_high[k]),
                per_record[k],
                offset,
            )
        )
        offset += per_record[k] * width
    return channels


def _length(declared: int, present: int, rest: int, file: str) -> tuple[int, tuple[str, ...]]:
    """Data records to read, and what is to be said of them."""
    if declared == -1:
        if not present:
            raise DataError(f"{file} holds no data record: only its header. Copy it again.")
        return present, (f"The header leaves the length open; the file holds {present:,} data records.",)
    if declared == 0:
        raise DataError(f"{file}: number of data records is 0: there are no samples in it.")
    if present < declared:
        raise DataError(
            f"{file} is cut off: the header declares {declared:,} data records, the file holds {present:,}. "
            "Copy it again."
        )
    if present > declared or rest:
        return declared, ("The file goes on after the data records its header declares; what follows is not read.",)
    return declared, ()


def _start(date: str, time: str, recording: str) -> str:
    """Start as ISO text. EDF+ has the year in full in the recording's identification, or `X` for a withheld date."""
    words = recording.split()
    clock = re.fullmatch(r"(\d{1,2})[.:](\d{1,2})[.:](\d{1,2})", time)
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59 or int(clock[3]) > 59:
        return ""
    hours = f"{int(clock[1]):02d}:{int(clock[2]):02d}:{int(clock[3]):02d}"
    day = re.fullmatch(r"(\d{1,2})[.\-/](\d{1,2})[.\-/](\d{2})", date)
    only_time = "" if hours == _NO_TIME else hours
    if words[:2] == ["Startdate", "X"] or day is None:
        return only_time
    year = int(day[3]) + (1900 if int(day[3]) >= 85 else 2000)
    numbers = (year, int(day[2]), int(day[1]))
    full = (
        re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", words[1]) if words[:1] == ["Startdate"] and words[1:] else None
    )
    if full and full[2].upper() in _MONTHS:
        numbers = (int(full[3]), _MONTHS.index(full[2].upper()) + 1, int(full[1]))
    try:
        return only_time if numbers == _NO_DATE else f"{Date(*numbers).isoformat()}T{hours}"
    except ValueError:
        return only_time
