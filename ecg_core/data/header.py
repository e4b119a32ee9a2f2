"""Headers of records: looked at, or read and checked, those of the parts of a multi-segment record included."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ecg_core.data.header_text import (
    DEFAULT_FS,
    DEFAULT_GAIN,
    FS_RANGE_HZ,
    GAIN_RANGE,
    MAX_SAMPLES,
    MAX_SIGNALS,
    MAX_VALUES,
    MILLIVOLTS,
    NULL,
    Header,
    SegmentLine,
    SignalHeader,
    bytes_needed,
    comments_in,
    files_of,
    parse_header,
)
from ecg_core.data.record_path import NAME_PATTERN, SIGNAL_FILE, check_name, header_path, inside, present
from ecg_core.data.sample_formats import FORMATS, samples_in
from ecg_core.errors import DataError
from ecg_core.files import FileState

__all__ = [
    "DEFAULT_FS",
    "DEFAULT_GAIN",
    "FS_RANGE_HZ",
    "GAIN_RANGE",
    "MAX_HEADER_BYTES",
    "MAX_SAMPLES",
    "MAX_SIGNALS",
    "MILLIVOLTS",
    "NAME_PATTERN",
    "NULL",
    "Header",
    "SegmentLine",
    "SignalHeader",
    "bytes_needed",
    "check_name",
    "comments_in",
    "files_of",
    "header_lines",
    "inside",
    "parse_header",
    "read_header",
    "segment_header",
    "segment_names_in",
    "signal_files_in",
    "signal_path",
]

MAX_HEADER_BYTES = 512 * 1024
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\U0010ffff]")  # and other ends of line than \n and \r
_ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
"""Headers are plain text; their comments may come from older systems. The last one reads any bytes."""
_SEGMENTED = re.compile(r"[^\s#/]+/[0-9]+")


@lru_cache(maxsize=4096)
def _content(state: FileState) -> bytes:
    """Bytes of a header, at most one more than it may have. Opened once for each change: whoever wants the list of
    records, their patients, their counts or their samples reads the same few hundred bytes."""
    with state.path.open("rb") as file:
        return file.read(MAX_HEADER_BYTES + 1)


def _decoded(raw: bytes) -> str:
    for encoding in _ENCODINGS[:-1]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode(_ENCODINGS[-1])


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
    return tuple(_decoded(raw).splitlines()) if len(raw) <= MAX_HEADER_BYTES else ()


def signal_files_in(lines: Iterable[str]) -> tuple[str, ...]:
    """Names of the signal files among the lines of a header, each once, sorted; only the name is checked.

    None for a multi-segment header, whose lines name records (`segment_names_in`).
    """
    first, *rest = _fields(lines) or [[""]]
    if _SEGMENTED.fullmatch(first[0]):
        return ()
    return tuple(sorted({fields[0] for fields in rest if SIGNAL_FILE.fullmatch(fields[0])}))


def segment_names_in(lines: Iterable[str]) -> tuple[str, ...]:
    """Names of the records that a multi-segment header joins, each once, sorted; none for another header."""
    first, *rest = _fields(lines) or [[""]]
    if not _SEGMENTED.fullmatch(first[0]):
        return ()
    return tuple(sorted({fields[0] for fields in rest if NAME_PATTERN.fullmatch(fields[0])}))


def scale_in(lines: Iterable[str]) -> tuple[str, ...]:
    """What the lines of a header say of how samples are to be understood, unchecked: the rate, the number of samples,
    and the format and gain of each signal; none of the names."""
    first, *rest = _fields(lines) or [[""]]
    return (" ".join(first[2:4]), *(" ".join(fields[1:3]) for fields in rest))


def _fields(lines: Iterable[str]) -> list[list[str]]:
    return [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def read_header(folder: Path, name: str) -> Header:
    """Read and check the header of record `name` in `folder`, and those of its segments if it has any.

    Where the header states no length, the signal files tell it. Raises DataError if a file is missing, is not plain
    text, or holds a number that cannot be true.
    """
    header = _parsed(folder, name)
    if header.segment_lines:
        return _joined(folder, header)
    if header.is_layout:
        raise DataError(
            f"Record {name} only describes the signals of a multi-segment record and holds no samples: open the record "
            "it is part of."
        )
    return header if header.length_stated else replace(header, n_samples=_length(folder, header))


def segment_header(folder: Path, header: Header, part: SegmentLine) -> Header | None:
    """The header of one segment of a multi-segment record; None for a gap. Raises DataError as `read_header`."""
    if part.name == NULL:
        return None
    segment = _parsed(folder, str(Path(header.name).with_name(part.name)))
    where = f"{header_path(folder, header.name).name}, line {part.line}: segment {part.name}"
    if segment.segment_lines:
        raise DataError(f"{where} has segments itself: only a record of one piece can be part of another.")
    if segment.is_layout:
        return segment
    if not segment.length_stated:
        segment = replace(segment, n_samples=_length(folder, segment))
    if segment.n_samples != part.n_samples:
        raise DataError(f"{where} has {segment.n_samples:,} samples, {part.n_samples:,} are declared here.")
    if segment.fs != header.fs:
        raise DataError(f"{where} has {segment.fs:g} Hz, the whole record {header.fs:g} Hz.")
    return segment


def _parsed(folder: Path, name: str) -> Header:
    path = inside(header_path(folder, check_name(name)), folder)
    if not path.is_file():
        raise DataError(f"Unknown record {name!r}: there is no {path.name} in {folder}.")
    try:
        raw = _content(FileState.of(path))
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_HEADER_BYTES:
        raise DataError(f"{path.name} is larger than {MAX_HEADER_BYTES} bytes: not a WFDB header.")
    text = _decoded(raw)
    if _CONTROL.search(text):
        raise DataError(f"{path.name} is not plain text: the header is damaged.")
    return parse_header(text, path.name, name)


def _joined(folder: Path, header: Header) -> Header:
    """The header of a multi-segment record with the signals of its segments, each as the first that has it says; one
    that any segment has without a gain is uncalibrated.

    In a fixed layout signals are told by their place; in a variable one, which begins with a layout of length 0, by
    their name, and a signal that no segment has is none.
    """
    parts = [(part, segment_header(folder, header, part)) for part in header.segment_lines]
    file = header_path(folder, header.name).name
    layout = parts[0][1]
    if layout is not None and layout.is_layout:
        by_name: dict[str, list[SignalHeader]] = {}
        for _, segment in parts[1:]:
            for signal in segment.signals if segment else ():
                by_name.setdefault(signal.lead, []).append(signal)
        columns = [by_name[signal.lead] for signal in layout.signals if signal.lead in by_name]
    else:
        held = [(part, segment) for part, segment in parts if segment is not None]
        columns = [[signal] for signal in held[0][1].signals] if held else []
        for part, segment in held:
            if segment.is_layout or len(segment.signals) != len(columns):
                raise DataError(
                    f"{file}, line {part.line}: segment {part.name} has other signals than those before it, but the "
                    "record has no layout segment, of length 0, at its beginning."
                )
            for column, signal in zip(columns, segment.signals, strict=True):
                column.append(signal)
    if not columns:
        raise DataError(f"{file}: no segment holds a signal.")
    signals = tuple(replace(each[0], calibrated=all(signal.calibrated for signal in each)) for each in columns)
    joined = replace(header, signals=signals, fs_stated=True)
    size = joined.n_samples * max(1, len(joined.leads)) * joined.samples_per_frame
    if size > MAX_VALUES:
        raise DataError(f"{file}: the segments hold {size:,} samples of all leads, at most {MAX_VALUES:,} are read.")
    return joined


def signal_path(folder: Path, header: Header, file: str) -> Path:
    """Where a signal file of a record is. Raises DataError if it is missing or a link out of the folder."""
    path = inside(present((folder / header.name).with_name(file)), folder)
    if not path.is_file():
        raise DataError(f"{file} is missing: {header_path(folder, header.name).name} says the samples are in it.")
    return path


def _length(folder: Path, header: Header) -> int:
    """Frames in the signal files of a header that does not say how many; the fewest, if they differ."""
    lengths = []
    for file, group in files_of(header).items():
        path = signal_path(folder, header, file)
        per_frame = sum(signal.samples_per_frame for signal in group)
        if FORMATS[group[0].fmt].flac:
            from ecg_core.data.flac import frames_in

            lengths.append((frames_in(path) - group[0].byte_offset) // group[0].samples_per_frame)
        else:
            size = max(0, path.stat().st_size - group[0].byte_offset)
            lengths.append(samples_in(group[0].fmt, size) // per_frame)
    length = min(lengths, default=0)
    leads = max(1, len(header.leads)) * header.samples_per_frame
    if not 1 <= length <= MAX_VALUES // leads:
        raise DataError(
            f"{header_path(folder, header.name).name} states no number of samples, and its signal files hold "
            f"{max(0, length):,}: expected 1 to {MAX_VALUES // leads:,}."
        )
    return length
