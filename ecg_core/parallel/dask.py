"""A Dask cluster as a place for joblib to work: connected to, looked over, and honest about lost work.

Only imported where somebody names a scheduler: Dask is an extra (`requirements-dask.txt`).
"""

import asyncio
from collections.abc import Callable
from typing import Any

from distributed import Client, KilledWorker, WorkerPlugin
from joblib import register_parallel_backend
from joblib._dask import DaskDistributedBackend

from ecg_core.parallel.code import code_version
from ecg_core.parallel.workers import ENDED, Lost, ParallelError

NAME = "dask-telling"
CONNECT_S = 10


class TellingBackend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's own, but a task whose workers died is answered. By itself (joblib 1.6) it is waited for for ever."""

    async def _collect(self) -> None:
        while self._continue:
            async for future, result in self.waiting_futures:
                waiting, callback = self._results.pop(future), self._callbacks.pop(future)
                outcome = result if future.status == "finished" else Lost(_reason(result))
                waiting.set_result(outcome)
                callback(outcome)
            await asyncio.sleep(0.01)

    def effective_n_jobs(self, n_jobs: int) -> int:
        """At least two: for one, as while a worker is replaced, joblib would work in the process that asks."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def retrieve_result_callback(self, out: Any) -> Any:
        return [out] if isinstance(out, Lost) else super().retrieve_result_callback(out)


def _reason(result: Any) -> str:
    error = result[1] if isinstance(result, tuple) and len(result) > 1 else result
    return (
        ENDED if isinstance(error, KilledWorker) else f"the cluster could not do it ({type(error).__name__}: {error})"
    )


class _Setup(WorkerPlugin):
    """Something every worker does first, those too that come later."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - as Dask calls it
        self._work()


def connected(address: str, setup: Callable[[], None] | None = None) -> tuple[Client, dict[str, list[str]]]:
    """A client of the scheduler, and what joblib must be told of its workers: which of them may be used.

    `setup` is carried out once by every worker. Raises ParallelError if nobody answers, or if no worker has this
    version of the product.
    """
    register_parallel_backend(NAME, TellingBackend)
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ParallelError(
            f"No Dask scheduler answers at {address[:100]} within {CONNECT_S} s ({type(error).__name__}). Start one "
            "(dask scheduler), or check its address."
        ) from None
    try:
        restriction = _restriction(client, address)
        if setup:
            client.register_plugin(_Setup(setup), name=f"ecg-{code_version()}")
    except BaseException:
        client.close()  # type: ignore[no-untyped-call]
        raise
    return client, restriction


def _here() -> str:
    return code_version()


def _restriction(client: Client, address: str) -> dict[str, list[str]]:
    try:
        client.run_on_scheduler(code_version)  # type: ignore[no-untyped-call]
    except (ImportError, RuntimeError) as error:  # it reads what workers are given
        raise ParallelError(
            f"The Dask scheduler at {address[:100]} does not have the product ({type(error).__name__}): start it, and "
            "its workers, in the same environment, with the project's folder in PYTHONPATH."
        ) from None
    here, found = _here(), client.run(code_version, on_error="return")
    if not found:
        raise ParallelError(f"The Dask scheduler has no worker: start some (dask worker {address[:100]}).")
    good = sorted(worker for worker, said in found.items() if said == here)
    if not good:
        worker, said = next(iter(sorted(found.items())))
        what = f"version {said}" if isinstance(said, str) else f"no product that answers ({type(said).__name__})"
        raise ParallelError(
            f"No worker of the Dask cluster can do this: {worker} has {what}, here is version {here}. Install the same "
            "version of the product on all of them, and start them again."
        )
    return {} if len(good) == len(found) else {"workers": good}
