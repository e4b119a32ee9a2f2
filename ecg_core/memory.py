"""How a process that works, and ends, takes memory from the machine: once, and keeps it.

By itself glibc gives large arrays back as soon as they are freed, and takes them again page by page for the next: a
classifier of beats spends a third of its time on that, in a thread that is not the first one half of it. A server that
runs for weeks does otherwise (`ecg_core.ui.memory`).
"""

import ctypes
import sys
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 256 << 20
LARGEST_BYTES = 32 << 20
"""Of an array that is kept for the next; glibc takes no more."""


def give_back() -> None:
    """Once, give back all that is free: between two parts of a long work, of which the second needs other room."""
    if (arrow := sys.modules.get("pyarrow")) is not None:
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


@cache
def keep_freed() -> None:
    """From now on what is freed stays with this process. Does nothing where there is no glibc."""
    if sys.platform != "linux":
        return
    settle = getattr(ctypes.CDLL(None), "mallopt", None)
    if settle is not None:
        settle(M_TRIM_THRESHOLD, KEPT_BYTES)
        settle(M_MMAP_THRESHOLD, LARGEST_BYTES)
