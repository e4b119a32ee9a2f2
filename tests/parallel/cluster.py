"""A Dask cluster of real processes on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecg_core.workspace import PROJECT

SCHEDULER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=int(sys.argv[2]), threads_per_worker=1, processes=True, host="127.0.0.1",
                           dashboard_address=None, local_directory=sys.argv[1])
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""


@contextmanager
def cluster(folder: Path, home: Path, workers: int = 2) -> Iterator[str]:
    """A scheduler and some worker processes with a workspace of their own; gives the address."""
    program = folder / "cluster.py"
    program.write_text(SCHEDULER)
    own = {**os.environ, "PYTHONPATH": str(PROJECT), "ECG_HOME": str(home)}
    command = [sys.executable, str(program), str(folder / "dask"), str(workers)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, env=own, cwd=folder,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=240)
