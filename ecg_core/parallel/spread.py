"""Work on many things at once, written once: joblib's processes of this machine, or joblib on a Dask cluster.

Whoever asks gets results by the place of what he gave. They do not depend on where, or on how many at once.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from multiprocessing import current_process
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

from ecg_core.parallel.workers import ENDED, Lost, ParallelError, Workers, begin_part

Setup = Callable[[], None]
A = TypeVar("A")
R = TypeVar("R")


@contextmanager
def backend(workers: Workers, setup: Setup | None = None) -> Iterator[None]:
    """For the block, joblib works there; `setup` is carried out first by each worker of a cluster.

    Raises ParallelError for a scheduler that is not reached, or has no worker of this version of the product.
    """
    if not workers.scheduler:
        with parallel_config("loky", n_jobs=workers.processes):
            yield
        return
    try:
        from ecg_core.parallel import dask
    except ModuleNotFoundError:
        raise ParallelError(
            "--scheduler needs Dask, which is not installed: python -m pip install -r requirements-dask.txt"
        ) from None
    client, restriction = dask.connected(workers.scheduler, setup)
    try:
        with parallel_config(dask.NAME, client=client, **restriction):
            yield
    finally:
        client.close()  # type: ignore[no-untyped-call]


def in_order(work: Callable[..., R], items: Sequence[tuple[Any, ...]], workers: Workers) -> Iterator[R]:
    """`work(*item)` of each item, in order, as they come. What one of them raises ends all."""
    with backend(workers):
        tasks = (delayed(_placed)(work, place, *item) for place, item in enumerate(items))
        results = Parallel(return_as="generator", batch_size=1)(tasks)
        try:
            for found in results:
                if not isinstance(found, tuple):
                    raise ParallelError(f"The work was not finished: {found.reason}. Start it again to go on.")
                yield found[1]
        except (TerminatedWorkerError, BrokenProcessPool):
            raise ParallelError(f"The work was not finished: {ENDED}. Start it again to go on.") from None
        finally:
            results.close()


def outcomes(
    work: Callable[[A], R],
    items: Sequence[A],
    workers: Workers,
    should_stop: Callable[[], bool] = lambda: False,
    setup: Setup | None = None,
) -> Iterator[tuple[int, R | Lost]]:
    """The place of each item, and `work` of it, in whatever order they end; none twice.

    `work` says in its result what is wrong with its item. A process that ends over an item (killed, out of memory, a
    fault in a library) ends nothing else: the items it may have been at are tried again, each alone, and one that ends
    its process again is `Lost`. Nothing more is begun once `should_stop` says so.
    """
    waiting = list(range(len(items)))
    with backend(workers, setup):
        while waiting and not should_stop():
            begun: list[int] = []
            done: set[int] = set()
            try:
                for place, found in _unordered(work, items, waiting, should_stop, begun):
                    done.add(place)
                    yield place, found
            except (TerminatedWorkerError, BrokenProcessPool):
                pass
            for place in [one for one in begun if one not in done]:
                done.add(place)
                if workers.scheduler:  # Dask blames all that waited at the worker that died
                    again = list(_unordered(work, items, [place], lambda: False, []))
                    yield again[0] if again else (place, Lost(ENDED))
                else:
                    yield place, _alone(work, items[place])
            waiting = [place for place in waiting if place not in done]


def _unordered(
    work: Callable[[A], R], items: Sequence[A], places: Sequence[int], should_stop: Callable[[], bool], begun: list[int]
) -> Iterator[tuple[int, R]]:
    def tasks() -> Iterator[Any]:
        for place in places:
            if should_stop():
                return
            begun.append(place)
            yield delayed(_placed)(work, place, items[place])

    results = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="2 * n_jobs")(tasks())
    try:
        yield from (found for found in results if isinstance(found, tuple))  # a cluster says what it has lost
    finally:
        results.close()


def _placed(work: Callable[..., R], place: int, *item: Any) -> tuple[int, R]:
    if current_process().name.startswith("Loky"):
        begin_part()
        _end_with_parent()
    elif current_process().name.startswith("Dask"):
        begin_part()
    return place, work(*item)


def _alone(work: Callable[[A], R], item: A) -> R | Lost:
    """In a process in which nothing else is at work."""
    try:
        with parallel_config("loky", n_jobs=2):  # of one, joblib would make none
            found: list[tuple[int, R]] = Parallel()([delayed(_placed)(work, 0, item)])
        return found[0][1]
    except (TerminatedWorkerError, BrokenProcessPool):
        return Lost(ENDED)


@cache
def _end_with_parent() -> None:
    """Let this process end when the one that started it has been killed: nobody would wait for its work."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
