"""Recordings of hours, a day and a week, from files to rows: seconds, beats a second, and memory that does not grow.

    ECG_DATA_DIR=<folder> python -m benchmarks.holter [HOURS ...]

Long recordings are joined from the database's own half hours (two leads, 360 Hz) in a temporary folder, without their
annotations: R peaks are found, beats classified and scored, rhythm and burdens counted, and rows written, as
`python -m ecg_core score` does with one worker. Each is scored in a process of its own, whose peak memory is told. The
peer is wfdb, which merely reads the recording.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

HOURS = (1, 6, 24, 72, 168)
REPEATS = 3
"""Of recordings of up to a day."""
PROGRAM = """
import json, sys, time
from pathlib import Path
started = time.perf_counter()
from ecg_core.memory import keep_freed
keep_freed()
from ecg_core.parallel.workers import Workers
from ecg_core.tasks.archive.archive import Order, score_archive
from ecg_core.tasks.archive.models import models_named
report = score_archive(Order((sys.argv[1],), models_named([]), Path(sys.argv[2]), Workers(1)))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
peak = int(status["VmHWM"].split()[0]) / 1024
print(json.dumps({"seconds": time.perf_counter() - started, "beats": report.beats, "peak_mb": peak,
                  "failed": report.failed}))
"""


def make(folder: Path, hours: int) -> None:
    """Join half hours of the data in use, again and again, to one record `long` of so many hours."""
    import numpy as np

    from ecg_core.data.reader import read_record
    from ecg_core.data.sources import current_source

    source = current_source()
    names = [name for name in source.records if read_record(source.folder, name).leads[0] == "MLII"]
    length = 360 * 1800
    sums = np.zeros(2, np.int64)
    with (folder / "long.dat").open("wb") as file:
        for k in range(hours * 2):
            part = read_record(source.folder, names[k % len(names)]).signals[:length].astype("<i2")
            if not k:
                initial = part[0]
            sums += part.sum(axis=0, dtype=np.int64)
            file.write(part.tobytes())
    lines = [f"long 2 360 {length * hours * 2}"]
    for lead, name in enumerate(("MLII", "V1")):
        lines.append(f"long.dat 16 200(1024)/mV 11 1024 {initial[lead]} {sums[lead] % 2**16} 0 {name}")
    (folder / "long.hea").write_text("\n".join(lines) + "\n")


def score(folder: Path, home: Path) -> dict[str, float]:
    """Score the record in the folder, in a process of its own, whose peak is the kernel's VmHWM: `ru_maxrss` begins
    with what its parent held."""
    environment = {**os.environ, "ECG_HOME": str(home)}
    command = [sys.executable, "-c", PROGRAM, str(folder / "long.hea"), str(home / "out")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    assert not found.pop("failed"), "it was not scored"
    return found


def read(folder: Path) -> float:
    """Seconds wfdb takes to read the record in the folder."""
    import wfdb

    started = time.perf_counter()
    wfdb.rdrecord(str(folder / "long"), physical=False, return_res=16)
    return time.perf_counter() - started


def measure(hours: int) -> dict[str, float]:
    """Medians of some repeats, read and scored in turn."""
    with tempfile.TemporaryDirectory() as scratch:
        make(Path(scratch), hours)
        rows = []
        for repeat in range(REPEATS if hours <= HOURS[2] else 1):
            row = score(Path(scratch), Path(scratch) / f"home{repeat}")
            row["over_wfdb"] = row["seconds"] / read(Path(scratch)) if hours <= HOURS[2] else float("nan")
            rows.append(row)
    found = {name: median(row[name] for row in rows) for name in rows[0]}
    return {**found, "beats_per_s": found["beats"] / found["seconds"]}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("hours", type=int, nargs="*", help="by default 1, 6, 24, 72, 168")
    wanted = tuple(words.parse_args().hours) or HOURS
    found: dict[str, Any] = {}
    for hours in wanted:
        row = measure(hours)
        found[f"{hours} h"] = {name: round(value, 2) for name, value in row.items() if value == value}
        print(f"{hours} h: {found[f'{hours} h']}", file=sys.stderr, flush=True)
    peaks = {hours: found[f"{hours} h"]["peak_mb"] for hours in wanted}
    if {24, 168} <= peaks.keys():
        found["168_over_24_memory"] = round(peaks[168] / peaks[24], 3)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
