"""How every verb speaks: one result on standard output, everything on the way on standard error."""

import argparse
import json
import sys
from typing import Any, NoReturn

from ecg_core.text import plain

MOST_CHARACTERS = 500


class Parser(argparse.ArgumentParser):
    """A parser whose complaints stay short and show every sign, whatever word they quote."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with code 2."""
        super().error(plain(message, MOST_CHARACTERS))


def add_json(parser: argparse.ArgumentParser) -> None:
    """The flag that asks for JSON."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


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
