"""The formats in which WFDB signal files keep samples, as arithmetic on bytes.

`wfdb` 4.3.1 reads them too, and every format is tested against it. It cannot be used here: it takes no signal file of
two dots, fails on a skewed FLAC file, begins format 8 anew at each block, averages missing samples with others, and
has no public way to decode without its own lenient header parser.
Source: https://physionet.org/physiotools/wag/signal-5.htm
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16] | npt.NDArray[np.int32]


@dataclass(frozen=True)
class SampleFormat:
    """One way to keep samples."""

    bits: int
    """Bits of a sample once decoded; 32 for sums of differences."""
    invalid: int
    """The value that stands for a missing sample."""
    packed: tuple[int, int] = (0, 0)
    """So many samples take so many bytes, the smallest such group; zeros for a compressed format."""
    flac: bool = False

    @property
    def dtype(self) -> type[np.int16] | type[np.int32]:
        """The integers that hold such samples."""
        return np.int16 if self.bits <= 16 else np.int32


FORMATS: dict[str, SampleFormat] = {
    "8": SampleFormat(32, -(2**31), (1, 1)),
    "16": SampleFormat(16, -(2**15), (1, 2)),
    "24": SampleFormat(24, -(2**23), (1, 3)),
    "32": SampleFormat(32, -(2**31), (1, 4)),
    "61": SampleFormat(16, -(2**15), (1, 2)),
    "80": SampleFormat(8, -(2**7), (1, 1)),
    "160": SampleFormat(16, -(2**15), (1, 2)),
    "212": SampleFormat(12, -(2**11), (2, 3)),
    "310": SampleFormat(10, -(2**9), (3, 4)),
    "311": SampleFormat(10, -(2**9), (3, 4)),
    "508": SampleFormat(8, -(2**7), flac=True),
    "516": SampleFormat(16, -(2**15), flac=True),
    "524": SampleFormat(24, -(2**23), flac=True),
}
ALIGNED = 6
"""A block that begins at a multiple of so many samples begins with a whole byte in every format."""


def bytes_of(fmt: str, n_samples: int) -> int:
    """Bytes that so many samples take in a format that is not compressed; the last group may be cut short."""
    group, size = FORMATS[fmt].packed
    whole, rest = divmod(n_samples, group)
    if rest == 2 and fmt == "310":  # the second of three reaches into the fourth byte
        return size * (whole + 1)
    return size * whole + -(-rest * size // group)


def samples_in(fmt: str, n_bytes: int) -> int:
    """How many whole samples are in so many bytes of a format that is not compressed."""
    group, size = FORMATS[fmt].packed
    n_samples = group * (n_bytes // size)
    while bytes_of(fmt, n_samples + 1) <= n_bytes:
        n_samples += 1
    return n_samples


def decode(raw: npt.NDArray[np.uint8], fmt: str, n_samples: int) -> Samples:
    """Samples of a format that is not compressed, (n_samples,) int16 or int32; of format 8 the differences.

    `raw` holds the bytes from the beginning of a group on, at least `bytes_of(fmt, n_samples)` of them.
    """
    if fmt == "16":
        return raw[: 2 * n_samples].view("<i2").astype(np.int16, copy=False)
    if fmt == "61":
        return raw[: 2 * n_samples].view(">i2").astype(np.int16)
    if fmt == "160":
        return (raw[: 2 * n_samples].view("<u2") ^ 0x8000).view(np.int16)
    if fmt == "80":
        return raw[:n_samples].astype(np.int16) - 128
    if fmt == "8":
        return raw[:n_samples].view(np.int8).astype(np.int32)
    if fmt == "32":
        return raw[: 4 * n_samples].view("<i4").astype(np.int32, copy=False)
    group, size = FORMATS[fmt].packed
    parts = np.zeros((-(-n_samples // group), size), np.uint8)  # (groups, bytes of a group)
    parts.reshape(-1)[: bytes_of(fmt, n_samples)] = raw[: bytes_of(fmt, n_samples)]
    return _unpacked(parts, fmt).reshape(-1)[:n_samples]


def _unpacked(parts: npt.NDArray[np.uint8], fmt: str) -> Samples:
    """(groups, bytes) to (groups, samples)."""
    if fmt == "24":
        words = np.zeros((len(parts), 4), np.uint8)
        words[:, 1:] = parts
        return words.view("<i4").astype(np.int32) >> 8
    if fmt == "212":
        low, middle, high = (parts[:, k].astype(np.int16) for k in range(3))
        pair = np.empty((len(parts), 2), np.int16)
        pair[:, 0] = (low | (middle & 0x0F) << 8) << 4
        pair[:, 1] = (high | (middle & 0xF0) << 4) << 4
        return pair >> 4  # an arithmetic shift: the sign comes along
    words32 = np.ascontiguousarray(parts).view("<u4").reshape(-1)
    if fmt == "310":  # two little-endian words of 16 bits: ten bits each from bit 1 on, and the rest of both
        fields = (words32 >> 1, words32 >> 17, (words32 >> 11 & 0x1F) | (words32 >> 27) << 5)
    else:
        fields = (words32, words32 >> 10, words32 >> 20)
    triple = np.stack([(field & 0x3FF).astype(np.int16) for field in fields], axis=1)
    return triple << 6 >> 6
