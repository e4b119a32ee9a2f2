"""A view of the file system in which nothing can be harmed: a verb that writes where an input tells it to may be told
anything."""

import ctypes
import os
import sys
from pathlib import Path

_NEW_NAMESPACE = 0x20000
_READ_ONLY, _REMOUNT, _BIND, _ALL_BELOW, _PRIVATE = 1, 32, 4096, 0x4000, 1 << 18


def guard(folder: Path) -> bool:
    """For this process alone: an empty file system in memory at `folder`, and all else read-only.

    Only root on Linux can; for others it does nothing, and says so by False: what they may write, an input may too.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NAMESPACE) or libc.mount(b"none", b"/", None, _ALL_BELOW | _PRIVATE, None):
        return False
    for line in Path("/proc/mounts").read_text("utf-8").splitlines():
        libc.mount(b"none", line.split()[1].encode(), None, _REMOUNT | _BIND | _READ_ONLY, None)
    if libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, b"size=2g"):
        raise OSError(ctypes.get_errno(), f"no room in memory at {folder}")
    return True
