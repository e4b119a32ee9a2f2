"""Which libraries there are is asked once, however often and from however many threads one thread is asked for."""

import threading

import pytest
import threadpoolctl

from ecg_core.one_thread import one_thread, ready


def test_nobody_asks_for_the_libraries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ready()
    asked: list[object] = []
    monkeypatch.setattr(threadpoolctl.ThreadpoolController, "__init__", lambda *_: asked.append(1))

    def work() -> None:
        for _ in range(20):
            with one_thread():
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not asked


def test_openmp_has_one_thread_within_and_what_it_had_behind() -> None:
    before = [one["num_threads"] for one in ready().info()]
    with one_thread():
        assert {one["num_threads"] for one in ready().info()} <= {1}
    assert [one["num_threads"] for one in ready().info()] == before
