"""Some pieces of a long work at a time, by threads of this process: numpy leaves the others the processor meanwhile."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, cpu_count, delayed

THREADS = 2

A = TypeVar("A")
R = TypeVar("R")


def in_threads(work: Callable[[A], R], pieces: Iterable[A], several: bool) -> Iterator[R]:
    """`work` of each piece, in order; two pieces at a time if there are `several` worth it.

    A piece is taken when a thread is free for it; what came of it waits until it is asked for. The threads are this
    process's, wherever it is: on a cluster joblib would send every piece to another machine.
    """
    threads = min(THREADS, int(cpu_count())) if several else 1
    if threads == 1:
        yield from map(work, pieces)
        return
    parallel = Parallel(n_jobs=threads, backend="threading", return_as="generator", pre_dispatch=threads)
    yield from parallel(delayed(work)(piece) for piece in pieces)
