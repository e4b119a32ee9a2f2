"""The steps of a judgement, told as they are done; between two of them it can be stopped."""

from collections.abc import Callable
from typing import Any

from ecg_core.tasks.task import Job


def counted(job: Job[Any]) -> Callable[[int, int], None]:
    """Progress for whoever counts `(done, of)`. Raises Stopped at the first step after somebody has asked to stop."""
    from ecg_core.learning.loop import Stopped

    tell = job.phase("Judging")

    def step(done: int, of: int) -> None:
        if job.monitor.should_stop():
            raise Stopped
        tell(done, of)

    return step
