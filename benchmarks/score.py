"""Scoring a day: a recording of 24 hours made of real ones, end to end, against wfdb merely reading it.

    ECG_DATA_DIR=<folder> python -m benchmarks.score

The long recording is joined from the database's own (48 half hours, two leads) in a temporary folder and deleted
afterwards. Peak memory is measured in a process of its own for 24 hours and for 6, to see whether it grows.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOURS = (6, 24)


def make(folder: Path, hours: int) -> None:
    """Join half hours of the data in use to one record `long`, written in the folder."""
    import numpy as np
    import wfdb

    from ecg_core.beats.classes import BY_CODE
    from ecg_core.data.reader import read_record
    from ecg_core.data.sources import current_source

    source = current_source()
    records = [read_record(source.folder, name) for name in source.records[: hours * 2]]
    starts = np.cumsum([0, *(record.n_samples for record in records)])
    samples = np.concatenate([r.annotations.sample + s for r, s in zip(records, starts, strict=False)])
    symbols = np.concatenate([record.annotations.symbol for record in records])
    beats = np.isin(symbols, list(BY_CODE))
    wfdb.wrsamp(
        "long", 360, ["mV", "mV"], ["MLII", "V1"], d_signal=np.concatenate([r.signals for r in records]).astype(int),
        fmt=["212", "212"], adc_gain=[200, 200], baseline=[1024, 1024], write_dir=str(folder),
    )  # fmt: skip
    wfdb.wrann("long", "atr", samples[beats], symbols[beats].tolist(), write_dir=str(folder))


def score(folder: Path) -> dict[str, float]:
    """Prepare and score the record in the folder; seconds, beats and peak memory of this process."""
    from ecg_core import workspace
    from ecg_core.beats.store import load_beats
    from ecg_core.learning.fits import preparation_of
    from ecg_core.tasks.autoencoder.model import load_detector
    from ecg_core.tasks.autoencoder.training import items_of

    started = time.perf_counter()
    detector, card = load_detector(workspace.MODELS / "autoencoder")
    beats = load_beats(folder, ["long"], preparation_of(card).config)
    items = items_of(folder, beats, detector.options)
    scores = detector.score_samples(items)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"beats": len(scores), "seconds": seconds, "peak_mb": peak}


def in_a_process(home: Path, *words: str) -> str:
    """Run one step in a process of its own: what a parent ever held counts as its children's peak."""
    environment = {**os.environ, "ECG_HOME": str(home)}
    command = [sys.executable, "-m", "benchmarks.score", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def read(folder: Path) -> dict[str, float]:
    """Seconds wfdb takes to read the record in the folder."""
    import wfdb

    started = time.perf_counter()
    wfdb.rdrecord(str(folder / "long"), physical=False, return_res=16)
    wfdb.rdann(str(folder / "long"), "atr")
    return {"wfdb_read_s": time.perf_counter() - started}


def main() -> None:
    if len(sys.argv) > 1:
        step, folder, *rest = sys.argv[1:]
        if step == "make":
            make(Path(folder), int(rest[0]))
        else:
            print(json.dumps({"read": read, "score": score}[step](Path(folder))))
        return
    found: dict[str, dict[str, float]] = {}
    for hours in HOURS:
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(scratch) / "home"
            in_a_process(home, "make", scratch, str(hours))
            row = json.loads(in_a_process(home, "read", scratch)) | json.loads(in_a_process(home, "score", scratch))
            row["over_wfdb"] = row["seconds"] / row["wfdb_read_s"]
            row["beats_per_s"] = row["beats"] / row["seconds"]
            found[f"{hours} h"] = {name: round(value, 2) for name, value in row.items()}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
