"""Scoring an archive by one and by two workers, as processes of this machine and on a Dask cluster of it.

    ECG_DATA_DIR=<folder> python -m benchmarks.archive

The whole database is scored. Workers have scored a recording each before the clock starts, so that what is measured is
work and not the import of libraries. Every run must give the same rows.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPEATS = 2


@contextmanager
def cluster(n_workers: int, folder: Path) -> Iterator[str]:
    """A scheduler and workers on loopback."""
    from distributed import LocalCluster

    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=n_workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
        local_directory=str(folder),
    ) as made:  # fmt: skip
        yield made.scheduler_address


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    import pyarrow.parquet as pq

    from ecg_core.data.sources import current_source
    from ecg_core.parallel.workers import Workers
    from ecg_core.tasks.archive.archive import Order, score_archive
    from ecg_core.tasks.archive.models import models_named

    source, models = current_source(), models_named([])
    rows: list[int] = []

    def scored_s(workers: Workers, scratch: Path) -> float:
        warm = tuple(str(source.folder / name) for name in source.records[:4])
        score_archive(Order(warm, models, scratch / "warm", workers))
        started = time.perf_counter()
        report = score_archive(Order((str(source.folder),), models, scratch / "out", workers))
        taken = time.perf_counter() - started
        assert not report.failed
        rows.append(pq.read_table(scratch / "out" / "beats").num_rows)
        return taken

    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["ECG_HOME"] = str(Path(scratch) / "home")
        for repeat in range(REPEATS):
            for n in (1, 2):
                place = Path(scratch) / f"{repeat}-{n}"
                seconds.setdefault(f"joblib {n}", []).append(scored_s(Workers(n), place / "joblib"))
                with cluster(n, place / "dask") as address:
                    there = Workers(scheduler=address)
                    seconds.setdefault(f"dask {n}", []).append(scored_s(there, place / "cluster"))
    assert len(set(rows)) == 1, rows
    best = {name: min(every) for name, every in seconds.items()}
    print(f"{best}", file=sys.stderr)
    found = {
        "recordings": len(source.records),
        "beats": rows[0],
        **{f"{name}_s".replace(" ", "_"): value for name, value in best.items()},
        "joblib_1_over_2": best["joblib 1"] / best["joblib 2"],
        "dask_1_over_2": best["dask 1"] / best["dask 2"],
        "dask_2_over_joblib_2": best["dask 2"] / best["joblib 2"],
    }
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=2))


if __name__ == "__main__":
    main()
