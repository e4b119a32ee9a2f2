"""The queue of a recording, made once for all sessions, and as bytes for the viewer."""

import numpy as np

from ecg_core.review.queue import Queue
from ecg_core.ui.viewer.packing import Packed, packed


def pack(queue: Queue) -> Packed:
    """A queue as `review.js` reads it: int32 blocks anchor, first, last, members, offsets; names of the items."""
    blocks = {name: getattr(queue, name).astype(np.int32) for name in ("anchor", "first", "last", "members", "offsets")}
    return packed("queue", {"names": list(queue.names) if any(queue.names) else []}, blocks)
