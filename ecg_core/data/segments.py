"""The samples of a multi-segment record: each segment's in their place, gaps where there is none.

Fixed layout: every segment has the same signals in the same order. Variable layout: a first segment of length 0
describes the signals, each segment holds some of them, told by their names. A segment whose gain or baseline is not
that of the record is converted, as the WFDB library does.
Format: https://physionet.org/physiotools/wag/header-5.htm
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.data.header import Header, SignalHeader, segment_header
from ecg_core.data.sample_formats import FORMATS
from ecg_core.data.samples import Empty, StoredSignals, check_signal_files, read_signals


def _with_samples(folder: Path, header: Header) -> list[tuple[int, Header | None]]:
    """First frame and header of each segment; None for a gap."""
    parts, start = [], 0
    for part in header.segment_lines:
        segment = segment_header(folder, header, part)
        if part.n_samples:
            parts.append((start, segment))
        start += part.n_samples
    return parts


def check_segments(folder: Path, header: Header) -> None:
    """Raise DataError if a signal file of a segment is missing or too short."""
    for _, segment in _with_samples(folder, header):
        if segment is not None:
            check_signal_files(folder, segment)


def read_segments(
    folder: Path, header: Header, chosen: Sequence[int], per_frame: int, empty: Empty = np.empty
) -> StoredSignals:
    """Signals `chosen` of a multi-segment record; what `read_signals` gives for a record of one piece."""
    by_name = bool(header.segment_lines) and header.segment_lines[0].n_samples == 0
    parts = _with_samples(folder, header)
    formats = {FORMATS[s.fmt].bits for _, segment in parts if segment for s in segment.signals if not s.why_left_out}
    dtype = np.int16 if max(formats, default=16) <= 16 else np.int32
    missing = int(np.iinfo(dtype).min)
    values = empty((header.n_samples * per_frame, len(chosen)), dtype)
    values[:] = missing
    verified = True
    for start, segment in parts:
        if segment is None:
            continue
        places = {signal.lead if by_name else k: k for k, signal in enumerate(segment.signals)}
        wanted = [(column, header.signals[k].lead if by_name else k) for column, k in enumerate(chosen)]
        pairs = [
            (column, places[key])
            for column, key in wanted
            if key in places and not segment.signals[places[key]].why_left_out
        ]
        stored = read_signals(folder, segment, [place for _, place in pairs], per_frame)
        verified &= stored.verified
        first, stop = start * per_frame, (start + segment.n_samples) * per_frame
        for n, (column, place) in enumerate(pairs):
            signal, whole = segment.signals[place], header.signals[chosen[column]]
            part = _rescaled(stored.values[:, n], signal, whole, dtype)
            part[stored.values[:, n] == stored.invalid[n]] = missing
            values[first:stop, column] = part
    return StoredSignals(values, (missing,) * len(chosen), verified)


def _rescaled(
    adc: npt.NDArray[np.signedinteger],
    signal: SignalHeader,
    whole: SignalHeader,
    dtype: type[np.int16] | type[np.int32],
) -> npt.NDArray[np.signedinteger]:
    """A segment's samples of one signal in the ADC units of the whole record."""
    if (signal.gain, signal.baseline) == (whole.gain, whole.baseline):
        return adc.astype(dtype)
    converted: npt.NDArray[np.float64] = np.rint(
        (adc - float(signal.baseline)) * (whole.gain / signal.gain) + whole.baseline
    )
    limits = np.iinfo(dtype)
    rescaled: npt.NDArray[np.signedinteger] = np.clip(converted, limits.min + 1, limits.max).astype(dtype)
    return rescaled
