"""Which libraries there are is asked once, however often and from however many threads one thread is asked for."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import threadpoolctl

from ecg_core.one_thread import one_thread, ready
from ecg_core.workspace import PROJECT


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


WORK_AND_IMPORT = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from ecg_core.one_thread import one_thread, ready
ready()
def work():
    for _ in range(300):
        with one_thread():
            pass
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
import scipy.optimize, scipy.signal, sklearn.ensemble, sklearn.decomposition, pandas, matplotlib.pyplot
for thread in threads:
    thread.join()
print("done")
"""


def test_threads_that_work_and_one_that_imports_never_wait_for_each_other_for_ever(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", WORK_AND_IMPORT, str(PROJECT)], capture_output=True, text=True, timeout=240, check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert said.stdout.strip() == "done", said.stderr[-500:]
