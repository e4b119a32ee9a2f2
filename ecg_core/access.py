"""Who may change what is kept: everybody (the default), nobody, or named people.

`ECG_READ_ONLY=1` in the environment of a process keeps it from changing anything but prepared beats and other things
that can be made again, be it the server or the command line. `ECG_EDITORS` names the people, apart by commas, who may
change things by pages; everybody else at a page is a guest. It says nothing of the command line, whose user could write
the files anyway, nor of the workers of trainings.

Every function that changes something kept calls `check_may_change` first: a button that is not there keeps nobody out.
Who is at a page is what a sign-in says; whoever has not signed in has no name.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ecg_core.errors import AccessError

READ_ONLY = "ECG_READ_ONLY"
EDITORS = "ECG_EDITORS"
OFF = ("", "0", "false", "no", "off")
NOBODY_MAY = "This workbench is read-only: it can be looked at, nothing can be changed."
NOT_SIGNED_IN = "Guests can look at everything and change nothing."


@dataclass(frozen=True)
class Visitor:
    """Somebody at a page."""

    name: str = ""
    """What a sign-in vouches for, mostly an address of mail; empty without one."""


_asked: list[Callable[[], Visitor | None]] = []
_acting: ContextVar[Visitor | None] = ContextVar("acting", default=None)


def ask_for_visitors(by: Callable[[], Visitor | None]) -> None:
    """Have `by` say who is at the page that calls; None where no page does. The last one given counts."""
    _asked[:] = [by]


def visitor() -> Visitor | None:
    """Who is at the page on whose behalf this runs; None for the command line and a worker."""
    return _acting.get() or next((found for by in _asked if (found := by())), None)


@contextmanager
def acting_for(who: Visitor | None) -> Iterator[None]:
    """What runs within is on behalf of a visitor, in a thread that no page is in."""
    before = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(before)


def refusal() -> str:
    """Why nothing may be changed now, in one sentence; empty if it may."""
    said = os.environ.get(READ_ONLY, "").strip().lower()
    if said not in OFF:  # a word that is none of the known ones, too: a typing error must not open what was to be shut
        return NOBODY_MAY
    who = visitor()
    named = os.environ.get(EDITORS)
    if named is None or who is None:
        return ""
    editors = {one.strip().casefold() for one in named.split(",")} - {""}
    if who.name.casefold() in editors:
        return ""
    return f"{who.name} can look at everything and change nothing here." if who.name else NOT_SIGNED_IN


def check_may_change() -> None:
    """Raise AccessError, which says why, if nothing may be changed now."""
    if reason := refusal():
        raise AccessError(reason)
