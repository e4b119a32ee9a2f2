"""What an autoencoder draws in place of beats, put where it belongs over the unfiltered recording."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.data.record import Record
from ecg_core.tasks.autoencoder.report import ScoredItems

MOST = 2_000
"""Beats of one recording: those with the highest scores."""
FARTHEST_S, STEP_S = 0.06, 0.005
"""Prepared beats are cut at their energy, not at the annotation: how far the two may lie apart."""


@dataclass(frozen=True, eq=False)
class DrawnBeats:
    """Reconstructions of some beats of one recording."""

    sample: npt.NDArray[np.int64] = field(repr=False)
    """(n,) R peaks, ascending."""
    start_s: npt.NDArray[np.float64] = field(repr=False)
    """(n,) first point, from the R peak."""
    step_s: float
    leads: tuple[int, ...]
    """Columns of the recording's signals."""
    mv: npt.NDArray[np.float32] = field(repr=False)
    """(n, n_leads, n_points), at the level of the recording around each beat."""


def drawn_beats(found: ScoredItems, record: Record) -> DrawnBeats | None:
    """Reconstructions of the beats with the highest scores; None for windows, and of leads the recording lacks."""
    items, detector = found.items, found.detector
    inputs = detector.inputs_
    if not isinstance(items, BeatSet) or inputs is None or items.records != (record.name,):
        return None
    names = items.leads[record.name]
    there = [(k, record.leads.index(names[lead])) for k, lead in enumerate(inputs.leads) if names[lead] in record.leads]
    if not there:
        return None
    highest = np.sort(np.argsort(-found.detection.score, kind="stable")[:MOST])
    rows = found.rows[highest]
    order = np.argsort(items.table["r_sample"].to_numpy(np.int64)[rows], kind="stable")
    rows = rows[order]
    sample = items.table["r_sample"].to_numpy(np.int64)[rows]
    drawn = detector.reconstruct_mv(items, rows)[:, [k for k, _ in there]]  # (n, n_leads, n_points)
    original = np.asarray(items.signals[rows])[:, [inputs.leads[k] for k, _ in there]]
    times_s = items.config.times_s
    columns = [column for _, column in there]
    start_s, level = np.zeros(len(rows)), np.zeros(drawn.shape[:2], np.float32)
    for k, at in enumerate(sample.tolist()):
        start_s[k], level[k] = _place(record, at, original[k], times_s, columns)
    return DrawnBeats(
        sample, start_s + times_s[0], float(times_s[1] - times_s[0]), tuple(columns), drawn + level[:, :, None]
    )


def _place(
    record: Record, sample: int, original: npt.NDArray[np.float32], times_s: npt.NDArray[np.float64], leads: list[int]
) -> tuple[float, npt.NDArray[np.float32]]:
    """How much later than its annotation a prepared beat lies (s), and how much higher each lead of the recording is
    there than the filtered beat (mV)."""
    reach = round((max(abs(times_s[0]), abs(times_s[-1])) + FARTHEST_S) * record.fs) + 2
    first = max(0, sample - reach)
    raw = np.nan_to_num(record.mv(first, min(record.n_samples, sample + reach), leads))  # (n_samples, n_leads)
    seconds = (np.arange(len(raw)) + first - sample) / record.fs
    shifts = np.arange(-FARTHEST_S, FARTHEST_S + STEP_S / 2, STEP_S)
    there = np.stack([np.interp(times_s + shift, seconds, raw[:, 0]) for shift in shifts])  # (n_shifts, n_points)
    centred = there - there.mean(axis=1, keepdims=True)
    shape = original[0] - original[0].mean()
    likeness = centred @ shape / np.maximum(np.linalg.norm(centred, axis=1), 1e-9)
    best = float(shifts[int(np.argmax(likeness))])
    over = [float(np.interp(times_s + best, seconds, raw[:, k]).mean() - original[k].mean()) for k in range(len(leads))]
    return best, np.array(over, np.float32)
