"""A time limit for one piece of work in a worker process, wherever in it the work hangs.

At the limit `LimitReached` is raised in the thread that works: by a signal where that is the process's first thread,
which interrupts reading from a drive that does not answer, else between two steps of Python. Work that does not heed it
ends its process soon after, and whoever spreads work knows what to do about that.
"""

import ctypes
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_S = 30.0


class LimitReached(BaseException):
    """The work took too long. No Exception: nothing on the way shall take it for an error of its own."""


@contextmanager
def time_limit(seconds: float, grace_s: float = GRACE_S) -> Iterator[None]:
    """Raise LimitReached in the block once it has taken that long; 0: no limit."""
    if seconds <= 0:
        yield
        return
    first = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    thread = threading.get_ident()
    begun = _Begun()

    def raise_here() -> None:
        with begun.lock:
            if begun.over:
                return
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(LimitReached))

    def by_signal(_number: int, _frame: FrameType | None) -> None:
        raise LimitReached

    last = threading.Timer(seconds + grace_s, lambda: None if begun.over else os._exit(1))
    last.daemon = True
    last.start()
    if first:
        before = signal.signal(signal.SIGALRM, by_signal)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    else:
        timer = threading.Timer(seconds, raise_here)
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        if first:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        else:
            timer.cancel()
        with begun.lock:
            begun.over = True
        last.cancel()


class _Begun:
    """What the thread that works and the one that watches it know of each other."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.over = False
