"""Pieces come back in order from threads, which take them as they are free."""

import threading
from collections.abc import Iterator

import pytest

from ecg_core.parallel.threads import in_threads


@pytest.mark.parametrize("several", [False, True])
def test_what_is_made_of_pieces_is_in_their_order(several: bool) -> None:
    assert list(in_threads(lambda n: n * n, range(50), several)) == [n * n for n in range(50)]


def test_a_piece_is_taken_when_a_thread_is_free_for_it() -> None:
    begun, going = [], threading.Event()

    def pieces() -> Iterator[int]:
        for n in range(100):
            begun.append(n)
            yield n

    def work(n: int) -> int:
        going.wait(60)
        return n

    results = in_threads(work, pieces(), several=True)
    first = threading.Thread(target=lambda: next(results))
    first.start()
    while not begun:
        pass
    assert len(begun) < 10, "two are at work, and two wait for them"
    going.set()
    first.join()
    assert list(results) == list(range(1, 100))
