"""A beat's score from what came before it, for use while a recording goes on.

Network and tails are those of the score that looks at the whole recording (`detector`); what a beat is compared with
ends before it. Its shape is compared with the median of the last 300 beats, renewed every 20; how early it comes is
measured against the RR intervals before its own (`beats.rr.causal_prematurity`); the beats most like it are sought
among those before it. The quietest tenth of the recording is not taken off: nobody knows it yet.

In the score no later beat enters, except that the first 20 are compared with each other. In how beats are prepared the
recording as a whole still does: the filter runs forward and backward, the middle of a QRS complex is sought with the
recording's usual slope and offset (`beats.centre`), and what counts as clipped by its extremes (`beats.quality`). A
beat's own window reaches as far behind its R peak as `BeatConfig.after_s`.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.context import RecordContext
from ecg_core.beats.likes import MOST_CANDIDATES, components
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.rr import causal_prematurity
from ecg_core.errors import ModelError
from ecg_core.tasks.autoencoder.detector import (
    AROUND,
    COMPONENTS,
    EARLY,
    LIKES,
    AutoencoderDetector,
    Rows,
    Scores,
    reconstruction_error,
)
from ecg_core.tasks.autoencoder.inputs import BeatInputs, present

HISTORY, RENEWED = 300, 20

Floats = npt.NDArray[np.float32]


def causal_parts(detector: AutoencoderDetector, items: BeatSet) -> dict[str, Scores]:
    """Every part of every beat's score, (n,) each, in nats, from the beats before it.

    The rows must be whole recordings, or recordings from their beginning on. Raises ModelError for a model that scores
    windows, which reach beyond the next beat, or one from before beats were laid over the median beat.
    """
    inputs = detector.inputs_
    if not isinstance(inputs, BeatInputs) or not inputs.aligned:
        raise ModelError("This autoencoder cannot score from the past alone: train one on beats.")
    parts = {name: np.zeros(len(items)) for name in detector.parts}
    for rows in rows_by_record(items.table).values():
        for name, values in _of_record(detector, inputs, items, rows).items():
            parts[name][rows] = values
    return parts


def causal_scores(detector: AutoencoderDetector, items: BeatSet) -> Scores:
    """Sum of the parts, (n,), nats; higher = more abnormal. Raises ModelError as `causal_parts`."""
    total: Scores = np.sum(list(causal_parts(detector, items).values()), axis=0)
    return total


def _of_record(detector: AutoencoderDetector, inputs: BeatInputs, items: BeatSet, rows: Rows) -> dict[str, Scores]:
    has, used = present(inputs, items, rows), items.used[rows]
    pre_s = items.table["rr_pre_s"].to_numpy()[rows]
    encoded = seen_so_far(inputs, items, rows)
    encoded[~has] = 0
    error = reconstruction_error(detector.weights_, encoded, inputs.scored(items), has)
    early = causal_prematurity(pre_s) if EARLY in detector.parts else None
    parts = detector.unadapted(error, np.asarray(~has.all(axis=1)), early)
    if not detector.around_:
        return parts
    near = likes_before(encoded.reshape(len(rows), -1), used)
    return {name: (1 - AROUND[name]) * one + AROUND[name] * one[near].mean(axis=1) for name, one in parts.items()}


def seen_so_far(inputs: BeatInputs, items: BeatSet, rows: Rows) -> Floats:
    """A recording's beats against what was usual before them, (n, n_leads of the model, n_points) without unit."""
    signals, used = items.signals[rows], items.used[rows]
    pre_s = items.table["rr_pre_s"].to_numpy()[rows]
    encoded = np.empty((len(rows), len(inputs.leads), signals.shape[2]), np.float32)
    for first, last in _blocks(len(rows)):
        before = np.flatnonzero(used[: first or last])[-HISTORY:]
        if not len(before):
            before = np.arange(first or last)[-HISTORY:]
        median_mv, unit_mv = median_beat(signals[before], items.config)
        context = RecordContext.of(signals[before], pre_s[before], median_mv, unit_mv, items.config.times_s)
        encoded[first:last] = inputs.seen_in(context, signals[first:last])
    return encoded


def likes_before(points: Floats, used: npt.NDArray[np.bool_]) -> Rows:
    """The likest of the beats before each of a recording's, (n, 16) of points (n, d); itself where there are too few.

    They lie along principal axes of the beats before, which are found anew when there are twice as many.
    """
    near = np.repeat(np.arange(len(points))[:, None], LIKES, axis=1)
    from sklearn.neighbors import NearestNeighbors  # half a second, which pages need not wait for

    start = RENEWED
    while start < len(points):
        end = min(2 * start, len(points))
        seen = np.flatnonzero(used[:start])
        if len(seen) > LIKES:
            placed = components(points[:end], COMPONENTS, seen)
            for first in range(start, end, RENEWED):
                last = min(first + RENEWED, end)
                before = np.flatnonzero(used[:first])[-MOST_CANDIDATES:]
                found = NearestNeighbors(n_neighbors=LIKES).fit(placed[before]).kneighbors(placed[first:last])[1]
                near[first:last] = before[found]
        start = end
    return near


def _blocks(n: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + RENEWED, n)) for first in range(0, n, RENEWED))
