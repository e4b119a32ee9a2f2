"""A Dask cluster: a real scheduler and two real worker processes on loopback do what processes of this machine do."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from ecg_core.parallel import dask
from ecg_core.parallel.spread import in_order, outcomes
from ecg_core.parallel.workers import Lost, ParallelError, Workers
from tests.parallel.cluster import cluster
from tests.parallel.work import deadly, process_of, square


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    with cluster(folder, folder / "home") as address:
        yield address


def test_results_are_those_of_this_machine(scheduler: str) -> None:
    items = list(range(20))
    assert sorted(outcomes(square, items, Workers(scheduler=scheduler))) == sorted(outcomes(square, items, Workers(2)))
    assert list(in_order(square, [(item,) for item in items], Workers(scheduler=scheduler))) == [k * k for k in items]


def test_an_item_that_kills_every_worker_it_is_given_is_lost_and_no_other(scheduler: str) -> None:
    """joblib's own backend would wait for it for ever."""
    found = dict(outcomes(deadly, list(range(8)), Workers(scheduler=scheduler)))
    assert isinstance(found.pop(3), Lost)
    assert found == {value: value for value in range(8) if value != 3}


def test_nothing_is_worked_on_in_the_process_that_asks_even_for_one_worker(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("one")
    with cluster(folder, folder / "home", workers=1) as address:
        found = [pid for _, pid in outcomes(process_of, list(range(4)), Workers(scheduler=address))]
    assert len(set(found)) == 1
    assert os.getpid() not in found


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "CONNECT_S", 1)
    with pytest.raises(ParallelError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(outcomes(square, [1], Workers(scheduler="tcp://127.0.0.1:9")))


def test_workers_of_another_version_are_refused_before_anything_is_done(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = dask.code_version
    monkeypatch.setattr(dask, "_here", lambda: f"{real()}0")
    with pytest.raises(ParallelError, match=r"No worker of the Dask cluster can do this: .* here is version .*0"):
        list(outcomes(square, [1], Workers(scheduler=scheduler)))


def test_a_worker_killed_by_the_way_costs_nothing(scheduler: str) -> None:
    with Client(scheduler) as client:  # type: ignore[no-untyped-call]
        pids = list(client.run(os.getpid).values())
    found: dict[int, object] = {}
    for place, value in outcomes(square, list(range(40)), Workers(scheduler=scheduler)):
        if not found:
            os.kill(pids[0], signal.SIGKILL)
        assert place not in found
        found[place] = value
    assert found == {value: value * value for value in range(40)}


def test_every_worker_does_first_what_it_is_told(scheduler: str, tmp_path: Path) -> None:
    from functools import partial

    mark = tmp_path / "placed"
    assert list(outcomes(square, [2], Workers(scheduler=scheduler), setup=partial(mark.touch))) == [(0, 4)]
    assert mark.exists()
