"""One recording to prepared beats: filtered, cut at the R peaks, each with its rhythm and whether it can be judged."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats.centre import UsualQrs, aligned, centres, slope_energy
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.filters import bandpass, fill_missing
from ecg_core.beats.lead_places import Places, lead_places, place_names, placed_mv
from ecg_core.beats.marked import files_of, labels_of
from ecg_core.beats.quality import CLIPPED_S, bad_samples, rails_of, reasons
from ecg_core.beats.segment import cut
from ecg_core.beats.table import Empty, beat_rows, codes_of
from ecg_core.data.labels import REFERENCE, Annotations
from ecg_core.data.mapping import release
from ecg_core.data.reader import read_record, record_files, refuse_synthetic
from ecg_core.data.record import Record
from ecg_core.errors import DataError
from ecg_core.files import sha256
from ecg_core.parallel.threads import in_threads

TAKEN_AT_ONCE = 8
TEMPLATE_BEATS = 400  # enough for a median beat, and an order faster than all
QRS_S = (-0.125, 0.125)
SMALLEST_UNIT_MV = 0.05  # of a lead without a signal
MANY_BLOCKS = 12
"""Three hours: from there on two blocks are cut at a time, if none needs what was found in the one before."""
BLOCK_S, LONG_BLOCK_S, BLOCK_MARGIN_S = 3600.0, 900.0, 30.0
"""A recording of up to an hour is filtered at once, a longer one in blocks of a quarter of an hour."""


@dataclass(frozen=True)
class PreparedRecord:
    """The beats of one recording."""

    name: str
    signals: npt.NDArray[np.float32] = field(repr=False)
    """(n_beats, n_leads, n_points) mV."""
    rows: npt.NDArray[np.void] = field(repr=False)
    """(n_beats,) of dtype `table.ROW`."""
    template: npt.NDArray[np.float32] = field(repr=False)
    """Median beat, (n_leads, n_points) mV."""
    unit_mv: npt.NDArray[np.float32]
    """Median QRS peak-to-peak amplitude, (n_leads,) mV."""
    leads: tuple[str, ...]
    """Their names, empty for a lead that is not there: its signals are zeros."""
    fs: float
    """Sampling frequency of the recording in Hz."""
    duration_s: float
    simulated: bool


def prepare_record(
    folder: Path, name: str, config: BeatConfig, layer: str = REFERENCE, empty: Empty = np.empty
) -> PreparedRecord:
    """Read one record, prepare its beats: those of its reference labels, or of a layer kept in the workspace.

    Raises DataError as `read_record`, `kept_layer` and `prepare`.
    """
    record = read_record(folder, name)
    kept = labels_of(folder, name, layer) if layer != REFERENCE else None
    return prepare(record.with_layer(kept) if kept else record, config, layer, empty)


def prepare(record: Record, config: BeatConfig, layer: str = REFERENCE, empty: Empty = np.empty) -> PreparedRecord:
    """Prepare the beats that one of a recording's label layers marks; none if it has no reference layer.

    `empty` makes the arrays that the beats go to. Raises DataError for synthetic beats, or if there is no other layer
    of that name.
    """
    if layer != REFERENCE and layer not in record.layers:
        raise DataError(f"Record {record.name} has no labels called {layer!r}: it has {_named(record.layers)}.")
    labels = record.layers[layer].annotations if layer in record.layers else Annotations.none()
    refuse_synthetic(record.name, record.comments)
    places = lead_places(record, config.n_leads)
    beats = np.flatnonzero(np.isin(labels.symbol, list(BY_CODE)))
    r_sample = labels.sample[beats]
    signals, centre = filtered_beats(record, places, r_sample, config, empty=empty)
    excluded = _excluded(record, places, r_sample, centre, signals, config)
    template, unit_mv = median_beat(signals, config, np.flatnonzero(excluded == 0))
    return PreparedRecord(
        name=record.name,
        signals=signals,
        rows=beat_rows(r_sample, labels.symbol[beats], excluded, record.fs, centre, empty),
        template=template,
        unit_mv=unit_mv,
        leads=place_names(record, places),
        fs=record.fs,
        duration_s=record.duration_s,
        simulated=record.simulated,
    )


def _excluded(
    record: Record,
    places: Places,
    r_sample: npt.NDArray[np.int64],
    centre: npt.NDArray[np.float64],
    signals: npt.NDArray[np.float32],
    config: BeatConfig,
) -> npt.NDArray[np.uint8]:
    """Why each beat, (n_beats,), cannot be judged, as rows keep it; the recording is looked at in blocks."""
    there = [lead for lead in places if lead is not None]
    invalid, fs = tuple(record.invalid[lead] for lead in there), record.fs
    before, after, aside = round(config.before_s * fs), round(config.after_s * fs), round(2 * CLIPPED_S * fs) + 1
    rails = rails_of(record.signals, there, invalid)
    middle = np.rint(centre).astype(np.int64)
    found = np.zeros(len(middle), np.uint8)
    for some in _blocks(record, r_sample, LONG_BLOCK_S):
        own = middle[some]
        low = max(0, int(own.min()) - before - aside)
        adc = record.signals[low : int(own.max()) + after + aside + 1][:, there]
        missing, clipped = bad_samples(adc, invalid, fs, rails)
        swing = np.ptp(signals[some], axis=2)
        found[some] = codes_of(reasons(own - before - low, own + after - low, swing, missing, clipped))
        release(record.signals)
        release(signals)
    return found


def _blocks(record: Record, r_sample: npt.NDArray[np.int64], block_s: float) -> Iterator[slice]:
    """Rows of the beats of each stretch of `block_s` in which there are any."""
    block = round(block_s * record.fs)
    for start in range(0, record.n_samples, block):
        first, last = np.searchsorted(r_sample, [start, start + block])
        if first < last:
            yield slice(int(first), int(last))


def _named(layers: Iterable[str]) -> str:
    return ", ".join(map(repr, layers)) or "none"


def digest_of(folder: Path, name: str, layer: str = REFERENCE) -> str:
    """SHA-256 over the SHA-256 of a record's annotations, signal files and headers, where there are any; of another
    layer than the reference, over its kept file too.

    In this order: shipped models carry hashes made of it.
    """
    files = record_files(folder, name)
    ordered = [*([files.annotations] if files.annotations else []), *files.signals, files.header, *files.segments]
    ordered += [files.notes] if files.notes else []
    ordered += files_of(folder, name, layer)
    return hashlib.sha256("".join(sha256(path) for path in ordered if path.exists()).encode()).hexdigest()


def filtered_beats(
    record: Record,
    places: Places,
    r_sample: npt.NDArray[np.int64],
    config: BeatConfig,
    block_s: float | None = None,
    empty: Empty = np.empty,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Band-pass a recording and cut its beats, (n_beats, n_leads, n_points) mV; and where each was cut, in samples.

    Recordings longer than an hour, or than `block_s`, are filtered in blocks that overlap by half a minute, far longer
    than the 0.5 Hz edge rings, so that a day needs no more memory for it than an hour.
    """
    if block_s is None:
        block_s = BLOCK_S if record.duration_s <= BLOCK_S else LONG_BLOCK_S
    block, margin = round(block_s * record.fs), round(BLOCK_MARGIN_S * record.fs)
    signals = empty((len(r_sample), len(places), len(config.times_s)), np.float32)
    centre = r_sample.astype(np.float64)
    usual: UsualQrs | None = None

    def cut_block(some: slice) -> None:
        nonlocal usual
        start = int(r_sample[some.start]) // block * block
        origin = max(0, start - margin)
        mv = fill_missing(placed_mv(record, places, origin, start + block + margin))
        filtered = bandpass(mv, record.fs, config.band_hz)
        place: npt.NDArray[np.float64] | npt.NDArray[np.int64] = r_sample[some] - origin
        if config.centre != "label":
            place = centres(slope_energy(filtered, record.fs), r_sample[some] - origin, record.fs)
            if config.centre == "usual QRS":
                place, usual = aligned(filtered, record.fs, place, usual)
            centre[some] = place + origin
        signals[some] = cut(filtered, record.fs, place, config.times_s)
        release(signals)
        release(record.signals)

    blocks = list(_blocks(record, r_sample, block_s))
    for _ in in_threads(cut_block, blocks, len(blocks) > MANY_BLOCKS and config.centre != "usual QRS"):
        pass
    return signals, centre


def _taken(signals: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Some beats; of a mapped file, in which each brings its surroundings along, a few at a time."""
    taken = np.empty((len(rows), *signals.shape[1:]), np.float32)
    for first in range(0, len(rows), TAKEN_AT_ONCE):
        some = rows[first : first + TAKEN_AT_ONCE]
        taken[first : first + TAKEN_AT_ONCE] = signals[some]
        release(signals)
    return taken


def median_beat(
    signals: npt.NDArray[np.float32], config: BeatConfig, rows: npt.NDArray[np.int64] | None = None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Median beat (n_leads, n_points) in mV and median QRS peak-to-peak (n_leads,) in mV of one recording's beats, or
    of those in `rows`.

    Taken over at most 400 beats, evenly spread; labels play no part. Without any beat: zeros, and 1 mV.
    """
    n_points, n = len(config.times_s), len(signals) if rows is None else len(rows)
    if not n:
        return np.zeros((config.n_leads, n_points), np.float32), np.ones(config.n_leads, np.float32)
    step = max(1, -(-n // TEMPLATE_BEATS))
    some = _taken(signals, np.arange(0, n, step) if rows is None else rows[::step])
    qrs = some[:, :, (config.times_s >= QRS_S[0]) & (config.times_s <= QRS_S[1])]
    unit = np.maximum(np.median(np.ptp(qrs, axis=2), axis=0), SMALLEST_UNIT_MV)
    return np.median(some, axis=0).astype(np.float32), unit.astype(np.float32)
