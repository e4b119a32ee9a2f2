"""Families of a recording's beats: how pure, how many, how long they take, and whether a day needs more memory.

    ECG_DATA_DIR=<folder with the MIT-BIH database> python -m benchmarks.families [--json] [--part DS1] [--no-day]

A beat counts as right if most beats of its family have its class; one that is in no family counts as wrong. Families
are grouped without labels, so nothing but their number keeps this from being 100 %. Peer: wfdb, which merely reads the
same files. The day repeats one half hour with noise of its own each time, written in a temporary folder; each length is
grouped in a process of its own, since what a process ever held counts as its peak.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ecg_core.beats.beat_table import beat_table
from ecg_core.beats.classes import SCORED
from ecg_core.beats.families import families
from ecg_core.beats.splits import DS1, DS2
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.data.sources import current_source

HOURS = (6, 24)
REPEATED, NOISE_MV = "200", 0.02
"""A recording with many V beats and stretches of noise."""


@dataclass(frozen=True)
class Grouped:
    """One recording in families."""

    record: str
    families: int
    left_out: int
    seconds: float
    """Read, cut, grouped, with every template."""
    cpu_s: float
    """The same in seconds of the processor, which other work on the machine does not lengthen."""
    wfdb_read_s: float
    right: dict[str, int]
    """Class -> beats in a family most of which are of that class."""
    beats: dict[str, int]


@dataclass(frozen=True)
class Part:
    """All recordings of a part together."""

    part: str
    purity_percent: dict[str, float]
    """Class, and `N and V` together."""
    families_mean: float
    families_median: float
    families_largest: int
    seconds_median: float
    seconds_largest: float
    cpu_s_median: float
    over_wfdb: float
    """Median time over that of wfdb."""


@dataclass(frozen=True)
class Day:
    """A long recording."""

    hours: int
    beats: int
    families: int
    seconds: float
    cpu_s: float
    peak_mb: float
    before_mb: float
    """Peak of the process with everything imported and nothing read."""
    purity_percent: float
    """Of N and V beats."""


def grouped(folder: Path, name: str) -> tuple[Record, Grouped]:
    """Read and group one recording."""
    started, cpu = time.perf_counter(), time.process_time()
    record = read_record(folder, name)
    beats = beat_table(record.annotations, record.fs)
    found = families(record, beats.r_sample)
    made = found.families
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    right: dict[str, int] = dict.fromkeys(SCORED, 0)
    for family in made:
        classes, n = np.unique(beats.beat_class[family.beats], return_counts=True)
        if (most := str(classes[n.argmax()])) in right:
            right[most] += int(n.max())
    count: dict[str, int] = {one: int(np.count_nonzero(beats.beat_class == one)) for one in SCORED}
    left_out = int(np.count_nonzero(found.number_of < 0))
    return record, Grouped(name, len(made), left_out, seconds, cpu_s, 0.0, right, count)


def wfdb_read_s(folder: Path, name: str) -> float:
    """Seconds wfdb takes to read the same files."""
    import wfdb

    started = time.perf_counter()
    wfdb.rdrecord(str(folder / name), physical=False, return_res=16)
    wfdb.rdann(str(folder / name), "atr")
    return time.perf_counter() - started


def purity(rows: list[Grouped], classes: tuple[str, ...]) -> float:
    """Per cent of the beats of some classes."""
    total = sum(row.beats[one] for row in rows for one in classes)
    return round(100 * sum(row.right[one] for row in rows for one in classes) / max(total, 1), 2)


def part_of(name: str, rows: list[Grouped]) -> Part:
    """Figures of all recordings of a part."""
    number, seconds = [row.families for row in rows], [row.seconds for row in rows]
    wfdb_s = [row.wfdb_read_s for row in rows]
    by_class = {one: purity(rows, (one,)) for one in SCORED}
    return Part(
        name,
        {"N and V": purity(rows, ("N", "V"))} | by_class,
        round(float(np.mean(number)), 1),
        float(np.median(number)),
        max(number),
        round(float(np.median(seconds)), 2),
        round(max(seconds), 2),
        round(float(np.median([row.cpu_s for row in rows])), 2),
        round(float(np.median(seconds) / np.median(wfdb_s)), 1),
    )


def make(folder: Path, hours: int) -> None:
    """Write the record `long` in the folder: half hours of one recording with noise of their own."""
    import wfdb

    record = read_record(current_source().folder, REPEATED)
    beats = beat_table(record.annotations, record.fs)
    half_hour = round(1800 * record.fs)
    adc = record.signals[:half_hour]
    rows = np.flatnonzero(beats.r_sample < half_hour)
    rng = np.random.default_rng(0)
    samples = np.concatenate([beats.r_sample[rows] + k * half_hour for k in range(2 * hours)])
    with (folder / "long.dat").open("wb") as file:
        for _ in range(2 * hours):
            noise = rng.normal(0, NOISE_MV, adc.shape) * np.array(record.gain)
            file.write(np.rint(adc + noise).astype("<i2").tobytes())
    lines = [f"long {len(record.leads)} {record.fs:g} {2 * hours * half_hour}"]
    for lead, gain, baseline in zip(record.leads, record.gain, record.baseline, strict=True):
        lines.append(f"long.dat 16 {gain:g}({baseline})/mV 16 {baseline} 0 0 0 {lead}")
    (folder / "long.hea").write_text("\n".join(lines) + "\n", encoding="ascii")
    wfdb.wrann("long", "atr", samples, beats.symbol[np.tile(rows, 2 * hours)].tolist(), write_dir=str(folder))


def day(folder: Path, hours: int) -> Day:
    """Group the record `long` in the folder, in this process."""
    from sklearn.cluster import KMeans  # noqa: F401  (imported, so that its size is in `before_mb`)

    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _, row = grouped(folder, "long")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = sum(row.beats.values())
    return Day(hours, total, row.families, round(row.seconds, 1), round(row.cpu_s, 1), round(peak_mb), round(before_mb),
               purity([row], ("N", "V")))  # fmt: skip


def day_of(hours: int) -> Day:
    """A day made and grouped, each in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "ECG_HOME": str(Path(scratch) / "home")}
        for step in ("make", "group"):
            command = [sys.executable, "-m", "benchmarks.families", "--step", step, scratch, str(hours)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return Day(**json.loads(done.stdout))


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--json", action="store_true", help="every figure as JSON")
    words.add_argument("--part", choices=["DS1", "DS2"], default="DS2")
    words.add_argument("--no-day", action="store_true", help="leave out the long recordings")
    words.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.step:
        step, folder, hours = chosen.step
        if step == "make":
            make(Path(folder), int(hours))
        else:
            print(json.dumps(asdict(day(Path(folder), int(hours)))))
        return
    folder = current_source().folder
    names = DS1 if chosen.part == "DS1" else DS2
    grouped(folder, names[0])  # modules imported
    rows = []
    for name in names:
        _, row = grouped(folder, name)
        rows.append(Grouped(**{**asdict(row), "wfdb_read_s": wfdb_read_s(folder, name)}))
        if not chosen.json:
            counts = "  ".join(f"{one} {row.right[one]}/{row.beats[one]}" for one in SCORED if row.beats[one])
            print(f"{name}  {row.families:>3} families  {row.left_out} left out  {row.seconds:.2f} s  {counts}")
    part = part_of(chosen.part, rows)
    days = [] if chosen.no_day else [day_of(hours) for hours in HOURS]
    if chosen.json:
        found = {"part": asdict(part), "records": [asdict(row) for row in rows], "days": [asdict(one) for one in days]}
        print(json.dumps(found, indent=2))
        return
    figures = ", ".join(f"{one} {value:.2f} %" for one, value in part.purity_percent.items())
    print(f"{part.part}: in a family of their own class: {figures}")
    print(
        f"families a recording: median {part.families_median:g}, mean {part.families_mean}, at most "
        f"{part.families_largest}; {part.seconds_median} s (at most {part.seconds_largest} s), of the "
        f"processor {part.cpu_s_median} s, "
        f"{part.over_wfdb} times as long as wfdb takes to read it"
    )
    for one in days:
        print(
            f"{one.hours} h, {one.beats:,} beats: {one.seconds} s ({one.cpu_s} s of the processor), "
            f"{one.families} families, N and V "
            f"{one.purity_percent} %; memory at most {one.peak_mb:g} MB ({one.before_mb:g} MB before reading)"
        )


if __name__ == "__main__":
    main()
