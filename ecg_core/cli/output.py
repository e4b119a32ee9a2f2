"""How every verb speaks: one result on standard output, everything on the way on standard error."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from ecg_core.parallel.workers import ParallelError, Workers, chosen_workers
from ecg_core.text import plain

MOST_CHARACTERS = 500
HIGHEST_SEED = 2**31 - 1


class Parser(argparse.ArgumentParser):
    """A parser whose complaints stay short and show every sign, whatever word they quote."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with code 2."""
        super().error(plain(message, MOST_CHARACTERS))


def add_json(parser: argparse.ArgumentParser) -> None:
    """The flag that asks for JSON."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """The two flags that say where work is done."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, default=None, metavar="N", help="processes (default: one a core)")
    where.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="a Dask scheduler, tcp://HOST:8786, in place of processes"
    )


def workers_of(options: argparse.Namespace) -> Workers:
    """What these flags, or the environment, say. Raises ParallelError for what is no number or address."""
    if options.workers is None:
        return Workers(scheduler=options.scheduler) if options.scheduler else chosen_workers()
    if not options.workers:
        raise ParallelError("0 workers: expected at least one; without --workers there is one for each core.")
    return Workers(options.workers)


def place(text: str) -> Path:
    """A file or folder that an argument names. Nothing names no place: it is not the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty: name a file or folder")
    return Path(text)


def seed(text: str) -> int:
    """A seed that an argument names, from 0 to `HIGHEST_SEED`."""
    wanted = f"{text!r}: expected a whole number from 0 to {HIGHEST_SEED:,}"
    try:
        given = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(wanted) from None
    if not 0 <= given <= HIGHEST_SEED:
        raise argparse.ArgumentTypeError(wanted)
    return given


def emit(value: Any, as_json: bool, text: str) -> None:
    """Print `value` as JSON, or the text made for reading."""
    print(json.dumps(value, indent=2, allow_nan=False) if as_json else text)


def tell(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


def tell_over(line: str) -> None:
    """Progress that replaces itself on a terminal, and stays silent where there is none."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
