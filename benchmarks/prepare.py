"""Preparing the whole database against wfdb merely reading it, both measured in this run.

ECG_DATA_DIR=<folder> python -m benchmarks.prepare
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

REPEATS = 5


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    import wfdb

    from ecg_core.beats.store import load_beats
    from ecg_core.data.sources import current_source

    source = current_source()
    folder, names = source.folder, source.records

    def read_with_wfdb() -> None:
        for name in names:
            wfdb.rdrecord(str(folder / name), physical=False, return_res=16)
            wfdb.rdann(str(folder / name), "atr")

    def prepare(home: str) -> None:
        os.environ["ECG_HOME"] = home
        load_beats(folder, names)

    read_with_wfdb()  # files into the page cache, modules imported
    with tempfile.TemporaryDirectory() as scratch:
        prepare(str(Path(scratch) / "first"))
        rows = []
        for repeat in range(REPEATS):  # one after the other, so that a busy machine slows all three alike
            home = str(Path(scratch) / str(repeat))
            into = partial(prepare, home)
            rows.append((seconds(read_with_wfdb), seconds(into), seconds(into)))
    reading, cold, warm = (median(column) for column in zip(*rows, strict=True))
    found = {
        "data": source.label,
        "wfdb_read_s": round(reading, 3),
        "cold_s": round(cold, 3),
        "warm_s": round(warm, 4),
        "cold_over_wfdb": round(median(row[1] / row[0] for row in rows), 2),
        "warm_over_cold": round(median(row[2] / row[1] for row in rows), 4),
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
