"""Work beside the page: it tells how far it is, ends with its result or its error, and never leaves a page waiting."""

import threading

import pytest

from ecg_core.errors import DataError
from ecg_core.ui.work import Told, Work


def test_it_tells_how_far_it_is_and_gives_what_it_found() -> None:
    told, go_on = threading.Event(), threading.Event()

    def do(tell: Told) -> str:
        tell("record 3 of 4", 3, 4)
        told.set()
        go_on.wait()
        return "found"

    work = Work(do, "Beginning")
    told.wait()
    assert (work.done, work.wait(0), work.text, work.share) == (False, False, "record 3 of 4", 0.75)
    go_on.set()
    assert work.result() == "found"
    assert work.done


def test_what_it_raises_is_raised_to_whoever_asks_each_time() -> None:
    def do(_: Told) -> None:
        raise DataError("no such record")

    work = Work(do, "Beginning")
    for _ in range(2):
        with pytest.raises(DataError, match="no such record"):
            work.result()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_program_ends_it_with_words() -> None:
    def do(_: Told) -> None:
        raise ZeroDivisionError

    with pytest.raises(RuntimeError, match="ended without a result"):
        Work(do, "Counting").result()
