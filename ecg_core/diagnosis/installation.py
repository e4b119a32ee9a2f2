"""Python, its packages, environment variables, processors and memory."""

import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from ecg_core.diagnosis.check import Check, size

PROJECT = Path(__file__).resolve().parents[2]
INSTALL = "python -m pip install -r requirements.txt"
WHOLE_NUMBERS = {"ECG_SLOTS": (1, 64)}
LEAST_MEMORY_BYTES = 1.5e9
"""Scoring 24 hours of two leads takes about 1 GB."""


def python() -> Iterator[Check]:
    """Whether this Python is one the workbench is made for."""
    wanted = str(tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["requires-python"])
    low, high = (tuple(map(int, version.split("."))) for version in re.findall(r"\d+\.\d+", wanted)[:2])
    version = ".".join(map(str, sys.version_info[:3]))
    if low <= sys.version_info[:2] < high:
        yield Check("python", "ok", version)
    else:
        yield Check("python", "problem", f"{version} is not {wanted}.", "Use a Python of these versions.")


def packages(requirements: Path = PROJECT / "requirements.txt") -> Iterator[Check]:
    """Whether every package is there, in the version asked for."""
    wanted = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", requirements.read_text(), re.MULTILINE)
    other = []
    for name, version in wanted:
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(f"package {name}", "problem", "missing.", INSTALL)
            continue
        if there.partition("+")[0] != version:  # `2.13.0+cpu` is a build of 2.13.0
            other.append(f"{name} {there} (asked for: {version})")
    if other:
        yield Check("packages", "warning", f"{', '.join(other)}.", INSTALL)
    else:
        yield Check("packages", "ok", f"{len(wanted)} asked for, none of another version")


def variables(environment: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Whether what is set can be used, and whether anything is set that nobody reads."""
    found, known = [], documented_variables()
    for name in sorted(environment):
        if not name.startswith("ECG_"):
            continue
        value = environment[name]
        if name not in known:
            yield Check(f"variable {name}", "warning", "the workbench has no such setting.", "See docs/operating.md.")
        elif not _fits(name, value):
            yield Check(f"variable {name}", "problem", f"{value[:40]!r} cannot be used.", "See docs/operating.md.")
        else:
            found.append(name)
    yield Check("variables", "ok", ", ".join(found) or "none set")


def machine() -> Iterator[Check]:
    """Processors this process may use, and memory that is free."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = os.environ.get("OMP_NUM_THREADS")
    said = f"{cores} of {os.cpu_count()}" + (f", OMP_NUM_THREADS={threads[:10]}" if threads else "")
    yield Check("processors", "ok", said)
    if (free := free_memory_bytes()) is None:
        return
    if free < LEAST_MEMORY_BYTES:
        yield Check("memory", "warning", f"{size(free)} are free.", "A recording of 24 hours takes about 1 GB.")
    else:
        yield Check("memory", "ok", f"{size(free)} free")


def free_memory_bytes() -> float | None:
    """Memory that can still be had; None where the system does not say."""
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return 1024 * float(found.group(1)) if found else None


def documented_variables() -> set[str]:
    """Variables of the workbench, as its documents name them."""
    documents = sorted((PROJECT / "docs").glob("*.md"))
    return {name for path in documents for name in re.findall(r"`(ECG_[A-Z_]+)`", path.read_text(encoding="utf-8"))}


def _fits(name: str, value: str) -> bool:
    if name in WHOLE_NUMBERS:
        low, high = WHOLE_NUMBERS[name]
        return value.isascii() and value.isdigit() and low <= int(value[:9]) <= high
    if name == "ECG_CACHE_GB":
        try:
            return float(value) >= 0
        except ValueError:
            return False
    return bool(value.strip()) and "\0" not in value
