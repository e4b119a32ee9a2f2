"""R peaks of a whole recording from all of its leads together, found without labels and with the whole rhythm known.

1. `qrs_energy`: per lead, how much a QRS complex is going on (curve length in 5 to 20 Hz), relative to a usual beat.
2. `lead_fusion`: all leads as one curve, each weighted by how quiet it is between beats; its maxima are candidates.
3. `beat_path`: which candidates are beats, from their strength and the rhythm around, as one best path.
4. Here: each beat moves to its R peak, and beats in seconds that cannot be read (`readable`) are left out.

The recording is read in blocks of ten minutes that overlap, so memory does not grow with its length. What is found does
not depend on the unit, the polarity or the order of leads.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_likeness import likeness_by_second
from ecg_core.beats.beat_path import LongPath
from ecg_core.beats.filters import fill_missing
from ecg_core.beats.lead_fusion import fuse
from ecg_core.beats.qrs_energy import Energy, Floats, qrs_energy, second_of
from ecg_core.beats.readable import Codes, Stretch, legibility, noise_around, reasons_by_second, stretches
from ecg_core.data.mapping import release
from ecg_core.data.record import Record
from ecg_core.parallel.threads import in_threads

DETECTOR = "curve length of all leads, best path"
MANY_BLOCKS = 18  # three hours: from there on two are read at a time
BLOCK_S, MARGIN_S = 600, 30  # the margin is longer than all that is measured around a beat
REACH_S = 0.08  # from the middle of a QRS complex to its R peak, at most
APART_S = 0.1  # two candidates that share an R peak are one beat
TRUSTED = 0.5  # of the largest weight: the first lead that has it places the R peaks
SPEAKS = 0.1  # weight below which a lead cannot place the R peak of a beat
EDGE_S = 0.06  # from either end of the recording: a beat of which half is outside is not judged
SHORTEST_S = 2.0  # of a recording


@dataclass(frozen=True)
class RPeaks:
    """R peaks found in one recording, and where none can be found."""

    r_sample: npt.NDArray[np.int64] = field(repr=False)
    """(n,) sample index of each R peak, ascending."""
    confidence: npt.NDArray[np.float32] = field(repr=False)
    """(n,) 0 to 1: how much better the recording reads with this beat than without it, less where it is noisy."""
    unreadable: tuple[Stretch, ...]
    """(first sample, sample after the last, reason) of each stretch that cannot be read, in time order."""
    detector: str = DETECTOR


@dataclass(frozen=True)
class _Candidates:
    """Of one block, in samples of the recording."""

    sample: npt.NDArray[np.int64]  # (n,)
    strength: npt.NDArray[np.float64]  # (n,)
    peak: npt.NDArray[np.int64]  # (n, n_leads) where each lead is farthest from its baseline
    weight: Floats  # (n, n_leads)
    legible: Floats  # (n,)
    codes: Codes  # (n_seconds,)


def detect_r_peaks(record: Record) -> RPeaks:
    """Find the R peaks of a recording of any length, rate (from 50 Hz) and number of leads.

    An R peak is the sample at which the band-passed signal (5 to 20 Hz, zero phase) is farthest from its baseline,
    either way, within 80 ms of the middle of the QRS complex, in the first lead whose average weight is at least half
    of the best lead's; where that lead is silent or mostly noise, in the lead that weighs most there.
    """
    n_leads = len(record.leads)
    if record.n_samples < SHORTEST_S * record.fs or not n_leads:
        return RPeaks(np.zeros(0, np.int64), np.zeros(0, np.float32), ())
    long_path = LongPath()
    peaks, weights, legibles, seconds = [], [], [], []
    for block in _blocks(record):
        long_path.add(block.sample / record.fs, block.strength)
        peaks.append(block.peak)
        weights.append(block.weight)
        legibles.append(block.legible)
        seconds.append(block.codes)
    codes = np.concatenate(seconds)
    width = second_of(record.fs)
    path = long_path.path()
    r_sample = _r_peaks(_taken(peaks, path.chosen), _taken(weights, path.chosen))
    confidence = path.confidence * _taken(legibles, path.chosen)
    kept = _distinct(r_sample, confidence, round(APART_S * record.fs))
    edge = EDGE_S * record.fs
    kept = kept[(r_sample[kept] >= edge) & (r_sample[kept] < record.n_samples - edge)]
    kept = kept[codes[r_sample[kept] // width] == 0]
    return RPeaks(r_sample[kept], confidence[kept], stretches(codes, width, record.n_samples))


def _taken(parts: list[npt.NDArray[Any]], rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Some rows, in order, of parts one below the other, which are let go one by one: a week has many."""
    taken, first = [], 0
    parts.reverse()
    while parts:
        part = parts.pop()
        begin, end = np.searchsorted(rows, (first, first + len(part)))
        taken.append(part[rows[begin:end] - first])
        first += len(part)
    return np.concatenate(taken)


def _blocks(record: Record) -> Iterator[_Candidates]:
    def read(span: tuple[int, int]) -> _Candidates:
        start, stop = span
        first = max(start - margin, 0)
        found = _read(record.mv(first, min(stop + margin, record.n_samples)), record.fs, first, start, stop)
        release(record.signals)
        return found

    width = second_of(record.fs)
    block, margin = BLOCK_S * width, MARGIN_S * width
    spans = []
    for start in range(0, record.n_samples, block):
        stop = min(start + block, record.n_samples)
        if start and stop - start < margin:
            continue  # the last block has taken it along
        spans.append((start, record.n_samples if record.n_samples - stop < margin else stop))
    return in_threads(read, spans, len(spans) > MANY_BLOCKS)


def _read(mv: Floats, fs: float, first: int, start: int, stop: int) -> _Candidates:
    """Candidates in [start, stop) from the samples from `first` on."""
    energy = qrs_energy(fill_missing(mv), fs)
    fusion = fuse(energy)
    middle = energy.sample_of(fusion.moment)  # (n,) within mv
    mine = (middle >= start - first) & (middle < stop - first)
    middle = middle[mine]
    peak = _farthest(energy, fusion.moment[mine])
    width = second_of(fs)
    noise = noise_around(fusion.noise)
    likeness = likeness_by_second(fusion.beats, energy, fusion.weight, len(noise))
    codes = reasons_by_second(mv, noise, likeness, width)
    second = np.minimum(middle // width, len(noise) - 1)
    return _Candidates(
        middle + first,
        fusion.strength[mine],
        peak + first,
        fusion.weight[:, second].T,
        legibility(noise, likeness)[second],
        codes[(start - first) // width : -(-(stop - first) // width)],
    )


def _farthest(energy: Energy, moment: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sample at which each lead is farthest from its baseline around each moment, shape (n, n_leads)."""
    last = energy.band.shape[1] - 1
    reach = round(REACH_S * energy.rate)
    around = np.clip(moment[:, None] + np.arange(-reach, reach + 1), 0, last)  # (n, 2 reach + 1)
    rows = np.arange(len(moment))
    samples = []
    for lead in energy.band:
        away = np.abs(lead)
        top = around[rows, away[around].argmax(axis=1)]
        before, at, after = away[np.maximum(top - 1, 0)], away[top], away[np.minimum(top + 1, last)]
        bend = before - 2 * at + after  # of the parabola through the three
        shift = np.divide(before - after, 2 * bend, out=np.zeros(len(top), np.float32), where=bend < 0)
        samples.append(energy.sample_of(top + np.clip(shift, -0.5, 0.5)))
    return np.stack(samples, axis=1)


def _r_peaks(peak: npt.NDArray[np.int64], weight: Floats) -> npt.NDArray[np.int64]:
    """Of each beat, the R peak in the lead that places R peaks, shape (n,)."""
    if not len(peak):
        return np.zeros(0, np.int64)
    usual = weight.mean(axis=0)
    reader = int(np.argmax(usual >= TRUSTED * usual.max()))
    lead = np.where(weight[:, reader] >= SPEAKS, reader, weight.argmax(axis=1))
    placed: npt.NDArray[np.int64] = peak[np.arange(len(peak)), lead]
    return placed


def _distinct(
    r_sample: npt.NDArray[np.int64], confidence: npt.NDArray[np.float32], apart: int
) -> npt.NDArray[np.int64]:
    """Indices of beats in time order, of two closer than `apart` the surer one."""
    if not len(r_sample):
        return np.zeros(0, np.int64)
    order = np.argsort(r_sample, kind="stable")
    near = np.diff(r_sample[order]) < apart
    alone = ~(np.append(near, False) | np.insert(near, 0, False))
    kept: list[int] = []
    for beat in order[~alone].tolist():
        if kept and r_sample[beat] - r_sample[kept[-1]] < apart:
            if confidence[beat] > confidence[kept[-1]]:
                kept[-1] = beat
        else:
            kept.append(beat)
    distinct = np.concatenate([order[alone], np.array(kept, np.int64)])
    return distinct[np.argsort(r_sample[distinct], kind="stable")]
