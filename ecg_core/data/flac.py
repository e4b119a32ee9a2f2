"""FLAC signal files, WFDB's formats 508, 516 and 524: the samples of each channel, without loss, compressed.

Format: RFC 9639; in WFDB a file has one channel a signal, and a channel's samples of a frame follow each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ecg_core.errors import DataError

BITS = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    try:
        with path.open("rb") as raw:
            if raw.read(4) != b"fLaC":
                raise DataError(f"{path.name} is no FLAC file, as its header says it is.")
            raw.seek(0)
            with soundfile.SoundFile(raw) as file:
                yield file
    except (soundfile.SoundFileError, OSError) as error:
        raise DataError(f"{path.name} cannot be read as FLAC: {error} Copy it again.") from None


def frames_in(path: Path) -> int:
    """Samples of each channel. Raises DataError if it is no FLAC file."""
    with _opened(path) as file:
        return int(file.frames)


def blocks(
    path: Path, most_bits: int, n_channels: int, first: int, n_samples: int, block: int
) -> Iterator[npt.NDArray[np.int32]]:
    """Samples [first, first + n_samples) of each channel in turns, (at most block, n_channels) int32.

    Raises DataError if the file has other channels, finer samples than the format allows, or fewer of them.
    """
    with _opened(path) as file:
        bits = BITS.get(file.subtype, 32)
        if bits > most_bits or file.channels != n_channels:
            raise DataError(
                f"{path.name} has {file.channels} channels of {bits} bits, its header declares {n_channels} of at most "
                f"{most_bits}."
            )
        if file.frames < first + n_samples:
            raise DataError(
                f"{path.name} is cut off: {file.frames:,} samples a channel, its header declares {n_samples:,}"
                + (f" from {first:,} on." if first else ".")
            )
        file.seek(first)
        for start in range(0, n_samples, block):
            part = file.read(min(block, n_samples - start), dtype="int32", always_2d=True)
            if len(part) < min(block, n_samples - start):
                raise DataError(f"{path.name} is cut off after {first + start + len(part):,} samples. Copy it again.")
            yield part >> (32 - bits)
