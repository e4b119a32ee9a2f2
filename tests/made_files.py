"""Made-up EDF, BDF, CSV and zip files for tests of the import."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import numpy.typing as npt

FS = 200


def ecg_like(n_samples: int, seed: int = 0) -> npt.NDArray[np.int16]:
    """ADC units with spikes once a second, (n_samples,)."""
    rng = np.random.default_rng(seed)
    wave = rng.integers(-30, 30, n_samples)
    wave[FS // 2 :: FS] += 900
    return wave.astype(np.int16)


def channel(digital: npt.NDArray[Any], fs: float = FS, **fields: Any) -> Any:
    """An EDF channel of 5 uV a step, or as `fields` say."""
    given = {
        "label": "ECG II",
        "physical_dimension": "uV",
        "physical_range": (-10_240, 10_235),
        "digital_range": (-2048, 2047),
    }
    return edfio.EdfSignal.from_digital(digital, fs, **given | fields)


def edf_bytes(channels: Sequence[Any], **fields: Any) -> bytes:
    """The bytes of an EDF file."""
    stream = io.BytesIO()
    edfio.Edf(list(channels), **{"data_record_duration": 1} | fields).write(stream)
    return stream.getvalue()


def patched(raw: bytes, at: int, text: str, width: int = 8) -> bytes:
    """The bytes with a text field of the header in place of another."""
    return raw[:at] + text.encode("latin-1").ljust(width) + raw[at + width :]


def edf_with_gaps(onsets: Sequence[float], n_channels: int = 1) -> bytes:
    """An EDF+D file of one data record of a second at each of the onsets, in seconds."""
    room = edfio.EdfAnnotation(0, None, 40 * " ")
    raw = edf_bytes([channel(ecg_like(FS * len(onsets), k)) for k in range(n_channels)], annotations=[room])
    header = 256 * (n_channels + 2)
    width = (len(raw) - header) // len(onsets)
    left = width - 2 * FS * n_channels
    body = b""
    for k, onset in enumerate(onsets):
        piece = raw[header + k * width : header + (k + 1) * width]
        body += piece[:-left] + f"+{onset}\x14\x14\x00".encode().ljust(left, b"\x00")
    return patched(raw[:header], 192, "EDF+D", 44) + body


def zip_of(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip at `path` of files by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
