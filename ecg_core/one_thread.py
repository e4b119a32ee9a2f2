"""Numerical libraries on one thread: the same sums whatever the number of cores, and no waiting for each other.

Which libraries there are is asked once in the life of a process. The question holds a lock of the dynamic loader and
waits for Python's; whoever imports a compiled module holds Python's and waits for the loader's: asked again and again
while pages import what they need, the two can wait for each other for ever.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_asking = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenMP on one thread for the block, in the thread that runs it; matrices on one thread for good."""
    with ready().limit(limits=1):
        yield


def ready() -> ThreadpoolController:
    """The libraries that use OpenMP. Whoever starts threads calls this first, so that nobody has to ask while others
    import."""
    with _asking:
        return _libraries()


@cache
def _libraries() -> ThreadpoolController:
    import numpy as np
    from sklearn.cluster import KMeans

    every = ThreadpoolController()
    every.limit(limits=1, user_api="blas")
    KMeans(1, n_init=1).fit(np.zeros((2, 1)))  # scikit-learn asks once too
    return every.select(user_api="openmp")
