"""Work that takes too long is left, in whatever thread, and work that does not is not."""

import threading
import time

import pytest

from ecg_core.tasks.archive.limit import LimitReached, time_limit


def busy() -> None:
    while True:
        sum(range(100))


def test_work_in_the_first_thread_is_left_even_while_it_waits() -> None:
    with pytest.raises(LimitReached), time_limit(0.1):
        threading.Event().wait(600)


def test_work_in_another_thread_is_left_between_two_steps() -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            with time_limit(0.1):
                busy()
        except LimitReached as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert caught
    assert not thread.is_alive()


@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_what_ends_in_time_ends_as_it_would(seconds: float) -> None:
    with time_limit(seconds):
        pass
    time.sleep(0)
    with pytest.raises(KeyError), time_limit(seconds):
        raise KeyError
