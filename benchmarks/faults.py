"""A campaign of faults against the real commands, the real workers and the real server, on simulated recordings.

python -m benchmarks.faults [--kills N] [--disks N] [--seed S] [--quick] [--only PART ...] [--keep FILE]

Prints a table: injected, survived, lost, different, untrue. Ends with 1 if anything is lost, different or untrue. It
works on a copy of this checkout in a temporary folder. Small disks are mounted, for which one must be root; the part
about the clock needs a C compiler. What cannot be done here is said, and left out.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.faulting.bench import Bench, bench
from benchmarks.faulting.clock import moved_clock
from benchmarks.faulting.disks import fill_disks, read_only
from benchmarks.faulting.hands import foreign_files, half_deleted, live_files_removed
from benchmarks.faulting.kills import kill_workers
from benchmarks.faulting.races import race
from benchmarks.faulting.servers import kill_servers, two_servers
from benchmarks.faulting.tally import Tally, keep, table
from benchmarks.faulting.tiny import ELSEWHERE
from ecg_core.tasks.registry import REGISTRY

KILLS, DISKS, ROUNDS = 50, 20, 40
Part = Callable[[Bench], list[Tally]]


def parts(options: argparse.Namespace, rng: random.Random) -> dict[str, Part]:
    """Name -> what is done."""
    quick: bool = options.quick
    kinds = ["autoencoder"] if quick else [kind for kind in REGISTRY if kind not in ELSEWHERE]
    every: dict[str, Part] = {"races": partial(race, rounds=5 if quick else options.rounds)}
    for k, kind in enumerate(kinds):
        share = 1 if quick else options.kills // len(kinds) + (k < options.kills % len(kinds))
        every[f"workers:{kind}"] = partial(kill_workers, kind=kind, kills=share, rng=rng)
    if quick:
        return every
    return every | {
        "servers": partial(kill_servers, kills=options.kills, rng=rng),
        "disks": partial(fill_disks, disks=options.disks, rng=rng),
        "read-only": read_only,
        "clock": moved_clock,
        "removed": live_files_removed,
        "half-deleted": partial(half_deleted, rng=rng),
        "foreign": foreign_files,
        "two-servers": two_servers,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=KILLS, help="of workers, and as many of servers")
    parser.add_argument("--disks", type=int, default=DISKS, help="moments at which a disk is full")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of two processes that do the same at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="what a test can wait for")
    parser.add_argument("--only", nargs="+", metavar="PART", help="some parts")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the figures as JSON beside those there")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tallies: list[Tally] = []
    for name, part in parts(options, random.Random(options.seed)).items():
        if options.only and name not in options.only and name.partition(":")[0] not in options.only:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="faults-") as folder, bench(Path(folder).resolve()) as made:
            try:
                found = part(made)
            except (RuntimeError, TimeoutError) as error:
                found = [Tally(name)]
                found[0].lose(str(error))
        tallies += found
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        for one in found:
            print(one.line(), *one.notes, sep="\n", file=sys.stderr, flush=True)
        if options.keep:
            keep(found, options.seed, options.keep)
    print(table(tallies))
    return int(any(one.wrong for one in tallies))


if __name__ == "__main__":
    sys.exit(main())
