"""Work of a few seconds that a page does not wait for: a thread of the server does it, once for all sessions, and the
page shows how far it is.

A page that is left, or reloaded, finds the same work again (kept by `st.cache_resource`, under what it is made from).
Trainings are runs with a process of their own; this is for what numpy does in seconds, where a process would spend as
long on its start.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import streamlit as st

from ecg_core.access import acting_for, visitor
from ecg_core.errors import WorkbenchError
from ecg_core.ui.escape import literal
from ecg_core.ui.live import live

T = TypeVar("T")
Told = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and of how many."""
AT_ONCE_S = 0.25
"""What takes no longer is shown without a bar before it."""
EVERY_S = 0.5
"""Each look takes the interpreter from the work for some milliseconds."""


class Work(Generic[T]):
    """Begins as soon as it is made."""

    def __init__(self, do: Callable[[Told], T], first: str) -> None:
        """`do` gets a function to tell how far it is; `first` is what it does at first."""
        self.text, self.share = first, 0.0
        self._do = do
        self._found: list[T] = []
        self._error: WorkbenchError | None = None
        # no daemon: a program that ends while one is in the midst of a filter is aborted
        self._for = visitor()
        self._thread = threading.Thread(target=self._run, name=first)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it is done, after so many seconds at most."""
        self._thread.join(seconds)
        return self.done

    def result(self) -> T:
        """What was found. Raises what the work raised, WorkbenchError; RuntimeError for a fault of the program."""
        self.wait()
        if self._error:
            raise self._error
        if not self._found:
            raise RuntimeError(f"{self.text}: ended without a result. The server's log says why.")
        return self._found[0]

    def _run(self) -> None:
        try:
            with acting_for(self._for):
                self._found.append(self._do(self._tell))
        except WorkbenchError as error:
            self._error = error

    def _tell(self, text: str, done: int, of: int) -> None:
        if not threading.main_thread().is_alive():
            raise SystemExit  # the server ends, and waits for this thread
        self.text, self.share = text, min(1.0, done / max(of, 1))


def shown(work: Work[T]) -> T | None:
    """What was found; while it is not, None, with a bar in its place that brings the page up to date when it ends.

    Raises WorkbenchError as `Work.result`.
    """
    if work.wait(AT_ONCE_S):
        return work.result()
    _bar(work)
    return None


@live(EVERY_S)
def _bar(work: Work[T]) -> None:
    if work.done:
        st.rerun()
    st.progress(work.share, literal(work.text))
    st.caption("It goes on if you leave this page, and what is done is kept.")
