"""All benchmarks as one table: each figure beside what it is measured against, and the limit it is held to.

    ECG_DATA_DIR=<folder> python -m benchmarks [--only NAME ...] [--keep]

Each benchmark is a process of its own, one after the other: about 25 minutes on two cores that do nothing else. With
`--keep` the figures go to `docs/benchmarks/VERSION.json`, one file a release, in place of those of the same benchmarks.
The table names what is worse by more than a fifth than in the file of the release before.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecg_core import __version__

HERE = Path(__file__).parents[1]
KEPT = HERE / "docs" / "benchmarks"
WORSE = 1.2


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    benchmark: str
    what: str
    find: Callable[[Any], float]
    """From what the benchmark prints."""
    limit: float | None
    """To be reached; None where there is none."""
    at_most: bool = True
    """Whether less is better."""
    unit: str = ""


def _of(*keys: str) -> Callable[[Any], float]:
    def find(found: Any) -> float:
        for key in keys:
            found = found[key]
        return float(found)

    return find


def _most(of: str, action: str = "") -> Callable[[Any], float]:
    """Of all actions of all pages but first visits, or of one, the greatest figure."""

    def find(found: Any) -> float:
        every = [(name, figures) for page in found.values() for name, figures in page.items()]
        return max(float(figures[of]) for name, figures in every
                   if of in figures and (name == action if action else not name.startswith("first")))  # fmt: skip

    return find


def _of_pyod(found: Any) -> float:
    return float(found.get("pyod_over_ours", "nan"))


ROWS = (
    Row("prepare", "database to beats, cold / wfdb's bare reading", _of("cold_over_wfdb"), 1.2),
    Row("prepare", "warm / cold", _of("warm_over_cold"), 0.006),
    Row("train", "BeatGAN's schedule / autoencoder training to its AUC", _of("beatgan_over_ours"), 100, False),
    Row("train", "beats scored a second / BeatGAN's", _of("scored_over_beatgan"), 20, False),
    Row("train", "PyOD's AutoEncoder / autoencoder training", _of_pyod, None, False),
    Row("train", "step of the classifier / the bare step", _of("classifier_over_bare"), None),
    Row("train", "step of the GAN / the bare step", _of("gan_over_bare"), None),
    Row("classify", "classifier, networks and steps", _of("beats_per_s"), 10_000, False, "beats/s"),
    Row("classify", "classifier, three networks with encoding", _of("networks_per_s"), 40_000, False, "beats/s"),
    Row("classify", "network in torch / in numpy", _of("torch_over_numpy"), None),
    Row("holter", "24 h, read to rows", _of("24 h", "seconds"), 15, True, "s"),
    Row("holter", "24 h, peak memory", _of("24 h", "peak_mb"), 400, True, "MB"),
    Row("holter", "memory of 168 h / 24 h", _of("168_over_24_memory"), 1.1),
    Row("holter", "168 h, read to rows", _of("168 h", "seconds"), None, True, "s"),
    Row("archive", "one process / two", _of("joblib_1_over_2"), None, False),
    Row("archive", "one Dask worker / two", _of("dask_1_over_2"), 1.8, False),
    Row("archive", "Dask / joblib, two workers", _of("dask_2_over_joblib_2"), None),
    Row("peaks", "XQRS / R peaks", _of("xqrs_over_ours"), None, False),
    Row("pages", "slowest rerun of a page, median", _most("ms"), 80, True, "ms"),
    Row("pages", "slowest rerun of a page, 95 % are faster", _most("p95_ms"), 80, True, "ms"),
    Row("pages", "threshold move, median", _most("ms", "threshold move"), 25, True, "ms"),
    Row("pages", "most that a rerun sends", _most("kb"), 100, True, "kB"),
    Row("start", "first page stands, beats prepared", _of("Home_prepared_stands_s"), 1.5, True, "s"),
    Row("start", "first page whole, beats prepared", _of("Home_prepared_whole_s"), None, True, "s"),
    Row("start", "first page stands, nothing prepared", _of("Home_nothing_stands_s"), 1.5, True, "s"),
    Row("start", "`data status`", _of("data_status_s"), 0.4, True, "s"),
    Row("viewer", "key to strip", _of("key_to_strip_ms"), 16, True, "ms"),
)  # fmt: skip
WORDS = {"holter": ("24", "168"), "viewer": ("--json", "--hours"), "pages": ("--repeats", "20")}


def carried_out(name: str) -> Any:
    """What one benchmark prints, as JSON."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *WORDS.get(name, ())]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
        return None
    text = done.stdout
    return json.loads(text[text.index("{", text.rfind("\n{") + 1 if "\n{" in text else 0) :])


def _number(path: Path) -> list[int]:
    return [int(part) for part in path.stem.split(".") if part.isdigit()]


def before() -> tuple[str, dict[str, float]]:
    """Figures of the newest release that is kept."""
    files = [path for path in sorted(KEPT.glob("*.json"), key=_number) if path.stem != __version__]
    if not files:
        return "", {}
    return files[-1].stem, json.loads(files[-1].read_text())["rows"]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", nargs="+", choices=sorted({row.benchmark for row in ROWS}), default=[])
    words.add_argument("--keep", action="store_true")
    options = words.parse_args()
    earlier, known = before()
    found: dict[str, Any] = {}
    rows: dict[str, float] = {}
    print(f"{'':<58} {'measured':>12} {'limit':>10}   {earlier or 'no earlier release'}")
    for row in ROWS:
        if options.only and row.benchmark not in options.only:
            continue
        if row.benchmark not in found:
            found[row.benchmark] = carried_out(row.benchmark)
        if found[row.benchmark] is None:
            continue
        name = f"{row.benchmark}: {row.what}"
        value = rows[name] = row.find(found[row.benchmark])
        reached = row.limit is None or (value <= row.limit if row.at_most else value >= row.limit)
        limit = "" if row.limit is None else f"{'≤' if row.at_most else '≥'} {row.limit:,g}"
        old = known.get(name)
        worse = old and (value > WORSE * old if row.at_most else value * WORSE < old)
        told = f"{old:,.4g}{'  WORSE' if worse else ''}" if old else ""
        print(f"{name:<58} {value:>12,.4g} {limit:>10} {'' if reached else 'missed':<7} {told} {row.unit}", flush=True)
    if options.keep:
        path = KEPT / f"{__version__}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        there = json.loads(path.read_text()) if path.exists() else {"rows": {}, "all": {}}
        about = {"version": __version__, "python": platform.python_version(), "cores": os.cpu_count()}
        kept = {**about, "rows": {**there["rows"], **rows}, "all": {**there["all"], **found}}
        path.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
