"""The queue of a recording, made once for all sessions, and as bytes for the viewer."""

import numpy as np

from ecg_core.review.drawn_beats import DrawnBeats
from ecg_core.review.queue import Queue
from ecg_core.ui.viewer.packing import Packed, packed

UNITS_PER_MV = 1_000.0
"""Of a reconstruction in int16: it reaches 32 mV."""


def pack_drawn(drawn: DrawnBeats) -> Packed:
    """Reconstructions as `review.js` draws them: int32 samples, float32 starts in s, int16 values beat by beat and lead
    by lead."""
    values = np.clip(np.rint(drawn.mv * UNITS_PER_MV), -32_767, 32_767).astype(np.int16)  # (n, n_leads, n_points)
    header = {"leads": list(drawn.leads), "points": values.shape[2], "step": drawn.step_s, "perMv": UNITS_PER_MV}
    blocks = {
        "samples": drawn.sample.astype(np.int32),
        "starts": drawn.start_s.astype(np.float32),
        "values": values.ravel(),
    }
    return packed("drawn", header, blocks)


def pack(queue: Queue) -> Packed:
    """A queue as `review.js` reads it: int32 blocks anchor, first, last, members, offsets; names of the items."""
    blocks = {name: getattr(queue, name).astype(np.int32) for name in ("anchor", "first", "last", "members", "offsets")}
    return packed("queue", {"names": list(queue.names) if any(queue.names) else []}, blocks)
