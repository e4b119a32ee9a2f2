"""Memory of a server that runs for weeks: what is freed goes back to the machine, and what was kept for readers goes
when the last of them has left."""

import ctypes
import functools
import gc
import sys
import threading
import time
from collections.abc import Callable

import streamlit as st
from streamlit.runtime import Runtime, RuntimeState
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionManager
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

LOOK_S = 20.0
EMPTY_S = 360.0
"""Nobody has been there for as long: what was kept for readers goes. They may come back to a page that loads anew.
Longer than `disconnectedSessionTTL`, so that what sessions hold has gone too."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGE_BYTES = 1 << 20
"""An array at least so large goes back to the machine as soon as it is freed (by itself glibc raises this to 32 MB)."""
ARENAS = 1
"""One heap for all threads. By itself glibc makes eight for each core, and Streamlit a thread for each run: what they
have freed stays scattered over all of them."""


def begin() -> None:
    """Settle how memory is taken, and watch for the last reader to leave, from now until the server ends."""
    _settle()
    threading.Thread(target=_watch, daemon=True, name="memory").start()


def release() -> None:
    """Forget what can be made again, and give back what is free."""
    st.cache_data.clear()
    st.cache_resource.clear()
    for kept in [one for one in gc.get_objects() if type(one) is functools._lru_cache_wrapper]:  # asks no proxy
        if str(getattr(kept, "__module__", "")).startswith("ecg_core"):
            kept.cache_clear()
    gc.collect()
    if trim := _of_libc("malloc_trim"):
        trim(0)


def forget_sessions(manager: SessionManager) -> None:
    """Let go of sessions that nobody came back to in time. Streamlit itself does when the next one is kept."""
    if isinstance(manager, WebsocketSessionManager):
        with manager._storage_lock:
            storage = manager._session_storage
            kept = storage._cache.expire() if isinstance(storage, MemorySessionStorage) else []  # type: ignore[attr-defined]
        for _, info in kept:
            info.session.shutdown()


class Leaving:
    """Says once, each time all readers have left, when they have been away for `empty_s`."""

    def __init__(self, empty_s: float = EMPTY_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._empty_s, self._clock = empty_s, clock
        self._left: float | None = None
        self._used = False

    def is_due(self, anybody: bool) -> bool:
        """Whether to forget now, given whether anybody is there."""
        if anybody:
            self._left, self._used = None, True
            return False
        if self._left is None:
            self._left = self._clock()
        if not self._used or self._clock() - self._left < self._empty_s:
            return False
        self._used = False
        return True


def _watch() -> None:
    leaving = Leaving()
    while True:
        time.sleep(LOOK_S)
        if not Runtime.exists():
            continue
        runtime = Runtime.instance()
        if leaving.is_due(runtime.state == RuntimeState.ONE_OR_MORE_SESSIONS_CONNECTED):
            forget_sessions(runtime._session_mgr)
            release()


def _settle() -> None:
    if set_option := _of_libc("mallopt"):
        for option, value in (
            (M_ARENA_MAX, ARENAS),
            (M_MMAP_THRESHOLD, LARGE_BYTES),
            (M_TRIM_THRESHOLD, LARGE_BYTES),
        ):
            set_option(option, value)


def _of_libc(name: str) -> Callable[..., int] | None:
    """A function of glibc; None where another library allocates memory."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
