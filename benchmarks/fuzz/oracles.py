"""Independent readers, slow and plain: what the product read is compared with what they read."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import soundfile
import wfdb

from benchmarks.fuzz.judging import Wrong
from ecg_core.data.annotation_file import FileAnnotations
from ecg_core.data.header import MILLIVOLTS, Header
from ecg_core.data.record import Record

_GROUPS = {"8": (1, 1), "16": (1, 2), "24": (1, 3), "32": (1, 4), "61": (1, 2), "80": (1, 1), "160": (1, 2), "212": (2, 3), "310": (3, 4), "311": (3, 4)}  # fmt: skip
_NOTE, _LAST_CODE = 22, 49
_SYMBOLS = ' NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r'


def bytes_of(fmt: str, n: int) -> int:
    """Bytes of `n` samples, in whole groups: enough in every format."""
    group, size = _GROUPS[fmt]
    return -(-n // group) * size


WFDB_UNIT = re.compile(r"[\w^?%/-]*")
"""Units that `wfdb` knows to end where a space does: from any other on it takes the fields that follow for the name."""


def compare_header(found: Header, path: Path, raw: bytes) -> None:
    """Rate, length, signals, formats, gains, baselines and names as `wfdb` reads them, where it reads them at all."""
    if found.segment_lines or not raw.isascii():
        return
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            other = wfdb.rdheader(str(path))
        except Exception:  # noqa: BLE001 - it stops at much that can be understood
            return
    pairs = {
        "rate": (found.fs, float(other.fs or 250)),
        "signals": (len(found.signals), other.n_sig),
        "length": (found.n_samples if found.length_stated else 0, other.sig_len or 0),
    }
    for what, (own, theirs) in pairs.items():
        if own != theirs:
            raise Wrong(f"{what}: {own} here, {theirs} by wfdb")
    for k, signal in enumerate(found.signals):
        unit = MILLIVOLTS.get(signal.unit.casefold())
        if other.file_name[k] != signal.file_name or other.fmt[k] != signal.fmt:
            raise Wrong(f"file or format of signal {k}: {signal.fmt} here, {other.fmt[k]} by wfdb")
        if (
            signal.calibrated
            and unit
            and not signal.why_left_out
            and not np.isclose(signal.gain * unit, other.adc_gain[k], rtol=1e-9)
        ):
            raise Wrong(f"gain of signal {k}: {signal.gain * unit} here, {other.adc_gain[k]} by wfdb")
        if signal.baseline != (other.baseline[k] or 0):
            raise Wrong(f"baseline of signal {k}: {signal.baseline} here, {other.baseline[k]} by wfdb")
        name = other.sig_name[k] if WFDB_UNIT.fullmatch(signal.unit) else ""
        if name and "…" not in signal.lead and re.sub(r"\W", "", name) not in re.sub(r"\W", "", signal.lead):
            raise Wrong(f"name of signal {k}: {signal.lead[:30]!r} here, {name[:30]!r} by wfdb")


def samples_of(raw: bytes, fmt: str, n: int) -> list[int]:
    """The first `n` samples of a format that is not compressed; of format 8 the differences."""
    values: list[int] = []
    _group, size = _GROUPS[fmt]
    for start in range(0, bytes_of(fmt, n), size):
        b = [*raw[start : start + size], 0, 0, 0, 0][:size]
        match fmt:
            case "8":
                values.append(_signed(b[0], 8))
            case "80":
                values.append(b[0] - 128)
            case "16" | "24" | "32":
                values.append(_signed(sum(one << 8 * k for k, one in enumerate(b)), 8 * size))
            case "61":
                values.append(_signed(b[0] << 8 | b[1], 16))
            case "160":
                values.append((b[0] | b[1] << 8) - 32768)
            case "212":
                values += [_signed(b[0] | (b[1] & 15) << 8, 12), _signed(b[2] | (b[1] >> 4) << 8, 12)]
            case "310":
                first, second = b[0] | b[1] << 8, b[2] | b[3] << 8
                values += [
                    _signed(first >> 1 & 1023, 10),
                    _signed(second >> 1 & 1023, 10),
                    _signed(first >> 11 | (second >> 11) << 5, 10),
                ]
            case _:
                word = sum(one << 8 * k for k, one in enumerate(b))
                values += [_signed(word & 1023, 10), _signed(word >> 10 & 1023, 10), _signed(word >> 20 & 1023, 10)]
    return values[:n]


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def compare_samples(record: Record, text: str, raw: bytes, path: Path) -> None:
    """Every sample of a record as the plain decoder has it."""
    lines = [line.split() for line in text.splitlines()]
    n_signals, frames = int(lines[0][1]), int(lines[0][3])
    layout = re.fullmatch(r"(\d+)x(\d+):(\d+)\+(\d+)", lines[1][1])
    if layout is None:
        raise Wrong("no layout")
    fmt, each, skew, offset = layout[1], int(layout[2]), int(layout[3]), int(layout[4])
    invalid = {"8": -(2**31), "80": -128, "310": -512, "311": -512, "212": -2048, "24": -(2**23), "32": -(2**31)}.get(
        fmt, -32768
    )
    if fmt in ("508", "516", "524"):
        stored = soundfile.read(path, dtype="int32", always_2d=True)[0] >> {"508": 24, "516": 16, "524": 8}[fmt]
        frames_of = np.asarray(stored[:frames], np.int64).reshape(frames, 1, n_signals)
        invalid = {"508": -128, "516": -32768, "524": -(2**23)}[fmt]
    else:
        flat = np.array(samples_of(raw[offset:], fmt, frames * each * n_signals), np.int64)
        frames_of = flat.reshape(frames, n_signals, each).transpose(0, 2, 1)  # (frames, samples of each, signals)
    values = frames_of.reshape(frames * each, n_signals)
    if fmt == "8":
        values = values.cumsum(axis=0) + int(lines[1][5])
    late = min(skew * each, len(values))
    shown = np.full_like(values, invalid)
    shown[: len(values) - late] = values[late:]
    if record.signals.shape != shown.shape or not np.array_equal(record.signals.astype(np.int64), _wrapped(shown, fmt)):
        raise Wrong(f"samples of format {fmt} differ")


def _wrapped(
    values: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", fmt: str
) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    return values.astype(np.int32).astype(np.int64) if fmt == "8" else values


def annotations_of(raw: bytes) -> list[tuple[int, int, int, int, int, bytes]]:
    """Time, code, subtype, channel, number and text of each annotation, as `getann` of the WFDB library goes: word by
    word, the length of a note being the low eight bits of its word."""
    found: list[list[int | bytes]] = []
    time = at = 0
    skip = channel = number = 0
    while at + 1 < len(raw):
        word = raw[at] | raw[at + 1] << 8
        at += 2
        code, value = word >> 10, word & 1023
        if word == 0:
            break
        if code == 59:
            skip = _signed((raw[at] | raw[at + 1] << 8) << 16 | raw[at + 2] | raw[at + 3] << 8, 32)
            at += 4
            time += skip
        elif code == 60:
            number = _signed(value & 255, 8)
            found[-1][4] = number
        elif code == 61:
            found[-1][2] = _signed(value & 255, 8)
        elif code == 62:
            channel = value & 255
            found[-1][3] = channel
        elif code == 63:
            length = value & 255
            found[-1][5] = raw[at : at + length]
            at += length + length % 2
        else:
            time += value
            found.append([time, code, 0, channel, number, b""])
    return [(int(a), int(b), int(c), int(d), int(e), bytes(f)) for a, b, c, d, e, f in found]


def compare_annotations(found: FileAnnotations, raw: bytes, fs: float) -> None:
    """Times, symbols and numbers as WFDB's own rule gives them, in time order."""
    rows = annotations_of(raw)
    about = {k for k, row in enumerate(rows) if row[0] == 0 and row[1] == _NOTE and row[5]}
    own = about and any(b"## annotation type definitions" in rows[k][5] for k in about)
    rows = [
        row for k, row in enumerate(rows) if row[1] != 0 and not (k in about and (own or row[5].startswith(b"## ")))
    ]
    if own:  # a file that defines types of its own: how many there are is compared
        if abs(len(rows) - len(found)) > len(about):
            raise Wrong(f"{len(found)} annotations here, {len(rows)} by WFDB's rule")
        return
    if found.resolution_hz is None or found.resolution_hz == fs:
        rows.sort(key=lambda row: row[0])
        if [row[0] for row in rows] != found.sample.tolist():
            raise Wrong(f"times of {len(found)} annotations here, {len(rows)} by WFDB's rule")
        if [_SYMBOLS[row[1]] for row in rows] != found.symbol.tolist():
            raise Wrong("symbols differ")
        if [row[2:5] for row in rows] != list(
            zip(found.subtype.tolist(), found.channel.tolist(), found.number.tolist(), strict=True)
        ):
            raise Wrong("subtype, channel or number differ")
        if [row[5].rstrip(b"\0").decode("latin-1") for row in rows] != list(found.aux):
            raise Wrong("texts differ")
    elif len(rows) != len(found):
        raise Wrong(f"{len(found)} annotations here, {len(rows)} by WFDB's rule")


def compare_edf(loaded: object, raw: bytes) -> None:
    """The first lead of a file whose channels all have one rate and that has no gap, in mV, as its header says."""
    from ecg_core.data.importing.writing import Loaded

    if not isinstance(loaded, Loaded) or raw[192:197].strip() in (b"EDF+D", b"BDF+D"):
        return
    n = int(raw[252:256])
    width = 3 if raw[:1] == b"\xff" else 2

    def fields(before: int, size: int) -> list[str]:
        start = 256 + n * before
        return [raw[start + k * size : start + (k + 1) * size].decode("latin-1").strip(" \0") for k in range(n)]

    labels, units, counts = fields(0, 16), fields(96, 8), [int(text) for text in fields(216, 8)]
    channels = [k for k in range(n) if "Annotations" not in labels[k]]
    used = [k for k in channels if units[k].lower() in ("uv", "mv")]
    if (
        not used
        or len(used) != len(channels)
        or len({counts[k] for k in channels}) > 1
        or len(loaded.leads) != len(used)
    ):
        return
    low, high = (float(fields(place, 8)[used[0]].replace(",", ".")) for place in (104, 112))
    least, most = (int(fields(place, 8)[used[0]]) for place in (120, 128))
    body, each = raw[256 * (n + 1) :], sum(counts) * width
    offset = sum(counts[: used[0]]) * width
    digital: list[int] = []
    for start in range(0, len(loaded.adc) // counts[used[0]] * each, each):
        piece = body[start + offset : start + offset + counts[used[0]] * width]
        digital += [
            _signed(int.from_bytes(piece[k : k + width], "little"), 8 * width) for k in range(0, len(piece), width)
        ]
    scale = (1e-3 if units[used[0]].lower() == "uv" else 1.0) * (high - low) / (most - least)
    mv = (np.array(digital, float) - least) * scale + low * (1e-3 if units[used[0]].lower() == "uv" else 1.0)
    own = (loaded.adc[:, 0].astype(float) - loaded.baseline[0]) / loaded.gain[0]
    allowed = 2 * abs(scale) + 2 / loaded.gain[0] + 1e-6 * np.abs(mv).max(initial=0)
    if len(mv) != len(own) or np.abs(mv - own).max(initial=0) > allowed:
        raise Wrong("mV of the first lead of an EDF file differ")
