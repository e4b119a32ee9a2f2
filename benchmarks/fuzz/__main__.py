"""Give every reader hostile and damaged input, and count what becomes of it.

    python -m benchmarks.fuzz --count 1000000
    python -m benchmarks.fuzz --target header annotations --count 5000 --seed 7
    python -m benchmarks.fuzz --target header --seed 1 --first 4711 --count 1     (one input again)

Every input is made from the seed, the target and its number alone. It ends in a right answer, compared with an
independent reader where there is one, or in the workbench's own error, in less than a second of CPU, with bounded
memory; everything else is a finding, and is kept with the input.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from benchmarks.fuzz.driver import Tally, fuzz
from benchmarks.fuzz.targets import TARGETS


def main() -> int:
    """The number of findings decides the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--target", nargs="+", choices=tuple(TARGETS), default=tuple(TARGETS))
    parser.add_argument("--count", type=int, default=10_000, help="inputs in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input of each target")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, default=None, help="folder for findings and counts")
    options = parser.parse_args()
    wanted = [TARGETS[name] for name in options.target]
    shares = sum(target.share for target in wanted)
    tallies = []
    print(f"{'target':<14}{'inputs':>9}{'read':>9}{'refused':>9}{'findings':>9}  worst CPU  memory   CPU/input")
    for target in wanted:
        count = max(1, round(options.count * target.share / shares))
        begun = time.monotonic()
        tally = fuzz(target, options.seed, options.first, count, options.workers, "benchmarks.fuzz.targets")
        tallies.append(tally)
        print(_row(tally), f"{time.monotonic() - begun:8.0f} s", flush=True)
        _say(tally, options.seed)
        if options.out:
            _keep(options.out, tallies, options.seed)
    found = sum(tally.counts["finding"] for tally in tallies)
    print(f"{sum(sum(tally.counts.values()) for tally in tallies):,} inputs, {found:,} findings")
    return 1 if found else 0


def _row(tally: Tally) -> str:
    counts, total = tally.counts, sum(tally.counts.values())
    return (
        f"{tally.target:<14}{total:>9,}{counts['read']:>9,}{counts['refused']:>9,}{counts['finding']:>9,}"
        f"{tally.worst_cpu_s:>9.3f} s{tally.growth_mb:>5.0f} MB{1000 * tally.cpu_s / max(1, total):>9.2f} ms"
    )


def _say(tally: Tally, seed: int) -> None:
    for one in sorted(tally.found.values(), key=lambda one: -one.count):
        print(
            f"    {one.count:,} x {one.problem}  (--target {tally.target} --seed {seed} --first {one.first} {one.variant})"
        )


def _keep(folder: Path, tallies: list[Tally], seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for tally in tallies:
        for k, one in enumerate(tally.found.values()):
            place = folder / f"{tally.target}-{k}"
            place.with_suffix(".txt").write_text(
                f"{one.problem}\n{one.variant}\n--first {one.first}\n{one.told}\n", "utf-8", "backslashreplace"
            )
            place.with_suffix(".bin").write_bytes(one.content)
        rows.append({
            "target": tally.target, "inputs": sum(tally.counts.values()), "read": tally.counts["read"],
            "refused": tally.counts["refused"], "findings": tally.counts["finding"],
            "worst_cpu_s": round(tally.worst_cpu_s, 3), "most_growth_mb": round(tally.growth_mb),
        })  # fmt: skip
    (folder / "fuzz.json").write_text(json.dumps({"seed": seed, "targets": rows}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
