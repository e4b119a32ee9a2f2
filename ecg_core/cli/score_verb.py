"""`score`: an archive of recordings, one Parquet row a beat and one a recording."""

import argparse
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from ecg_core.cli.output import add_json, add_workers, emit, place, tell, tell_over, workers_of
from ecg_core.data.importing.inspected import UNITS, Choice
from ecg_core.text import seconds

MOST_NAMED = 10
"""Recordings that failed, by name; the table has all."""


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    add_json(parser)
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="recordings, folders, globs, zips, URLs, or @FILE with a path a line"
    )
    parser.add_argument(
        "--model", nargs="+", default=[], metavar="NAME",
        help="at most one beat classifier and one autoencoder, by name, run or folder (default: the shipped ones)",
    )  # fmt: skip
    parser.add_argument(
        "--out",
        type=place,
        required=True,
        metavar="DIR",
        help="folder of the archive; what is scored in it is passed over",
    )
    parser.add_argument("--any-leads", action="store_true", help="score leads the models were not trained on")
    parser.add_argument("--rate", type=float, metavar="HZ", help="samples a second, where a table does not say")
    parser.add_argument("--unit", choices=UNITS, help="unit of the values, where a file does not say")
    parser.add_argument(
        "--limit", type=float, default=3600.0, metavar="SECONDS",
        help="after which a recording, or a zip, is given up as failed (default: 3600; 0: never)",
    )  # fmt: skip
    add_workers(parser)
    parser.set_defaults(run=_score)


def _score(options: argparse.Namespace) -> int:
    from ecg_core.tasks.archive.archive import Order, score_archive
    from ecg_core.tasks.archive.models import models_named

    names = [name.strip() for word in options.model for name in word.split(",") if name.strip()]
    workers = workers_of(options)
    order = Order(
        tuple(options.paths), models_named(names), options.out, workers, options.any_leads,
        Choice(options.rate, options.unit), max(0.0, options.limit),
    )  # fmt: skip
    tell(f"Scoring by {' and '.join(one.used.name for one in order.models)}, {workers.where}.")
    with _stopping() as should_stop:
        tally = score_archive(order, _Bar(), should_stop)
    tell_over("")
    text = f"{tally.headline()}, {seconds(tally.took_s)}. In {options.out}: recordings.parquet and beats/"
    emit(tally.to_json(), options.json, "\n".join([text, *_failures(options.out, tally.failed)]))
    return 0 if tally.complete else 1


def _failures(out: Path, n: int) -> Iterator[str]:
    """The first of the recordings that failed, and why."""
    if not n:
        return
    from ecg_core.tasks.archive.folder import ArchiveFolder
    from ecg_core.tasks.archive.rows import FAILED

    table = ArchiveFolder(out).table()[0]
    some = table[table["status"] == FAILED].head(MOST_NAMED)
    yield from (f"  failed: {name}: {reason}" for name, reason in zip(some["recording"], some["reason"], strict=True))
    if n > MOST_NAMED:
        yield f"  and {n - MOST_NAMED:,} more: column reason of recordings.parquet"


class _Bar:
    """Progress on one line of a terminal; elsewhere a line now and then."""

    WIDTH, EVERY_S = 24, 10.0

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, of: int, failed: int) -> None:
        self._first = done if self._first is None else self._first
        now, new = time.monotonic(), done - self._first
        left = f", {seconds((now - self._began) / new * (of - done))} left" if new and done < of else ""
        wrong = f", {failed:,} failed" if failed else ""
        full = round(self.WIDTH * done / max(of, 1))
        line = f"[{'#' * full}{'.' * (self.WIDTH - full)}] {done:,} of {of:,}{wrong}{left}"
        tell_over(line)
        if now - self._told > self.EVERY_S:
            self._told = now
            tell_now(line)


def tell_now(line: str) -> None:
    """A line where nobody sees one that replaces itself."""
    import sys

    if not sys.stderr.isatty():
        tell(line)


class _stopping:
    """Ctrl-C once: what is begun is finished and kept. Twice: at once."""

    def __enter__(self) -> Callable[[], bool]:
        self._asked = False
        self._before = signal.signal(signal.SIGINT, self._ask)
        return lambda: self._asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked and callable(self._before):
            self._before(number, frame)
        self._asked = True
        tell("Stopping: what is begun is finished. Once more to stop at once.")

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
