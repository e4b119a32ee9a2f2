"""How every verb speaks: one result on standard output, everything on the way on standard error."""

import json
import sys
from typing import Any


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


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def seconds(value: float) -> str:
    """A duration for reading: `45 s`, `3 min`, `1 h 20 min`."""
    if value < 90:
        return f"{value:.0f} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
