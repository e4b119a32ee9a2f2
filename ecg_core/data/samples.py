"""The samples of a record that is all in one piece: its signal files, checked against the header, a block at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ecg_core.data.header import Header, SignalHeader, bytes_needed, files_of, signal_path
from ecg_core.data.mapping import release
from ecg_core.data.record_path import header_path
from ecg_core.data.sample_formats import ALIGNED, FORMATS, Samples, bytes_of, decode
from ecg_core.errors import DataError

BLOCK_SAMPLES = 2**21  # read at once, of all channels of a file
Empty = Callable[[tuple[int, int], type[np.int16] | type[np.int32]], Samples]
"""Makes the array that samples are decoded into, of a shape and dtype."""


@dataclass(frozen=True)
class StoredSignals:
    """Chosen signals of a record as they are stored."""

    values: Samples = field(repr=False)
    """(n_frames * per_frame, n_signals) ADC units."""
    invalid: tuple[int, ...]
    """The value that stands for a missing sample, one a signal."""
    verified: bool
    """Whether the header has a checksum for each of them and all are right."""


def check_signal_files(folder: Path, header: Header) -> None:
    """Raise DataError if a signal file of a record of one piece is missing, or too short for what is declared."""
    for file, needed in bytes_needed(header).items():
        size = signal_path(folder, header, file).stat().st_size
        offset = files_of(header)[file][0].byte_offset
        name = header_path(folder, header.name).name
        if size < needed and 0 < size <= offset:
            raise DataError(f"{file} has {size:,} bytes: the samples cannot begin at byte {offset:,}, as {name} says.")
        if size < needed:
            raise DataError(
                f"{file} is cut off: {size:,} bytes, but {name} declares {header.n_samples:,} "
                f"samples, which take {needed:,}. Download or copy it again."
            )


def read_signals(
    folder: Path, header: Header, chosen: Sequence[int], per_frame: int, empty: Empty = np.empty
) -> StoredSignals:
    """Signals `chosen` of a record of one piece, each with `per_frame` samples a frame, in an array made by `empty`.

    A signal with fewer samples a frame is held between them, as WFDB does at high resolution; skewed signals are moved
    to their time, and what is then missing at the end is marked so.

    Raises DataError when a file is missing, too short, or its samples are not those the checksums were made of.
    """
    check_signal_files(folder, header)
    used = [header.signals[k] for k in chosen]
    dtype = np.int16 if all(FORMATS[signal.fmt].bits <= 16 for signal in used) else np.int32
    values = empty((header.n_samples * per_frame, len(chosen)), dtype)
    sums = dict.fromkeys(chosen, 0)
    for file, group in files_of(header).items():
        places = [k for k, signal in enumerate(header.signals) if signal.file_name == file and signal.fmt != "0"]
        if not set(places) & set(chosen):
            continue
        edges = np.cumsum([0, *(signal.samples_per_frame for signal in group)])
        start = 0
        for block in _blocks(signal_path(folder, header, file), header, group):  # (frames, samples of a frame)
            stop = start + len(block)
            for signal, place, left, right in zip(group, places, edges[:-1], edges[1:], strict=True):
                if place in sums:
                    part = block[:, left:right]
                    sums[place] += int(part.sum(dtype=np.int64))
                    if signal.samples_per_frame != per_frame:
                        part = part[:, np.arange(per_frame) * signal.samples_per_frame // per_frame]
                    values[start * per_frame : stop * per_frame, chosen.index(place)] = part.reshape(-1)
            start = stop
            release(values)
    verified = _compare_checksums(header, sums)
    for column, signal in enumerate(used):
        if late := min(signal.skew * per_frame, len(values)):
            values[: len(values) - late, column] = values[late:, column].copy()
            values[len(values) - late :, column] = FORMATS[signal.fmt].invalid
    return StoredSignals(values, tuple(FORMATS[signal.fmt].invalid for signal in used), verified)


def _compare_checksums(header: Header, sums: dict[int, int]) -> bool:
    """Whether every signal has the right checksum.

    A wrong one is an error, unless it is 0, which many programs write for want of one, or the length is not stated:
    then WFDB does not compare them.
    """
    for place, total in sums.items():
        signal = header.signals[place]
        if signal.checksum is not None and signal.checksum != total % 2**16:
            if not signal.checksum or not header.length_stated:
                return False
            raise DataError(
                f"{signal.file_name}: the checksum of lead {signal.lead} is {total % 2**16}, the header says "
                f"{signal.checksum}: the samples are damaged. Download or copy the record again."
            )
    return all(header.signals[place].checksum is not None for place in sums)


def _blocks(path: Path, header: Header, group: Sequence[SignalHeader]) -> Iterator[npt.NDArray[np.signedinteger]]:
    """The samples of a signal file in turns, (frames, samples of a frame)."""
    fmt, width = group[0].fmt, sum(signal.samples_per_frame for signal in group)
    n_frames = max(1, BLOCK_SAMPLES // width // ALIGNED) * ALIGNED
    if FORMATS[fmt].flac:
        from ecg_core.data.flac import blocks

        each = group[0].samples_per_frame
        first, length = group[0].byte_offset, header.n_samples * each
        for part in blocks(path, FORMATS[fmt].bits, len(group), first, length, n_frames * each):
            frames = part.reshape(-1, each, len(group)).transpose(0, 2, 1)  # (frames, signals, samples of each)
            yield frames.reshape(len(frames), width)
        return
    last = np.array([signal.initial for signal in group], np.int64)
    with _opened(path) as file:
        file.seek(group[0].byte_offset)
        for start in range(0, header.n_samples, n_frames):
            count = min(n_frames, header.n_samples - start) * width
            try:
                raw = np.frombuffer(file.read(bytes_of(fmt, count)), np.uint8)
            except OSError as error:
                raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
            if len(raw) < bytes_of(fmt, count):
                raise DataError(f"{path.name} became shorter while it was read. Try again.")
            block = decode(raw, fmt, count).reshape(-1, width)
            yield _summed(block, group, last) if fmt == "8" else block


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None


def _summed(
    differences: npt.NDArray[np.signedinteger], group: Sequence[SignalHeader], last: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    """Samples of format 8 from their differences; `last`, the value before the first of each signal, moves on."""
    values = np.empty(differences.shape, np.int32)
    left = 0
    for k, signal in enumerate(group):
        right = left + signal.samples_per_frame
        run = differences[:, left:right].reshape(-1).cumsum(dtype=np.int64) + last[k]
        last[k] = run[-1]
        values[:, left:right] = run.reshape(-1, right - left)
        left = right
    return values
