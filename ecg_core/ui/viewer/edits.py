"""Edits that come from a browser as a log: each has a number, and a log repeats what was not confirmed yet.

What a browser sends is not believed: what is no edit of a review is left out, and so is all from the first number on
that is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from ecg_core.data.corrections.decision import ARTEFACT, CLASS_SYMBOLS, MOST_BEATS, NO_BEAT
from ecg_core.data.labels import BEAT_SYMBOLS

Act = Literal["decide", "undo", "redo"]
ACTS: tuple[Act, ...] = ("decide", "undo", "redo")
SYMBOLS = frozenset({*BEAT_SYMBOLS, *CLASS_SYMBOLS, ARTEFACT, NO_BEAT})
LONGEST_CLIENT = 64


@dataclass(frozen=True)
class SentEdit:
    """One edit as a browser tells it."""

    seq: int
    act: Act
    samples: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    batch: bool = False
    """All that was open was agreed with at once."""
    of: int = 0
    """Number of the client's own edit that is undone or redone."""


@dataclass(frozen=True)
class SentEdits:
    """What one page sends: its name and all that was not confirmed to it."""

    client: str
    edits: tuple[SentEdit, ...]


def edits_of(sent: Any, n_samples: int) -> SentEdits | None:
    """What a browser sent about a recording of `n_samples`, in the order of its numbers; None for what is no log."""
    if not isinstance(sent, Mapping):
        return None
    client, listed = sent.get("client"), sent.get("edits")
    if not isinstance(client, str) or not 0 < len(client) <= LONGEST_CLIENT or not client.isprintable():
        return None
    found: dict[int, SentEdit] = {}
    for one in listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ():
        if (edit := _edit(one, n_samples)) is not None:
            found[edit.seq] = edit
    edits: list[SentEdit] = []
    if found:
        first = min(found)
        while (following := found.get(first + len(edits))) is not None:
            edits.append(following)
    return SentEdits(client, tuple(edits))


def _edit(one: Any, n_samples: int) -> SentEdit | None:
    if not isinstance(one, Mapping) or not _whole(seq := one.get("seq")) or seq < 1:
        return None
    act = next((act for act in ACTS if act == one.get("act")), None)
    if act is None:
        return None
    if act != "decide":
        of = one.get("of")
        return SentEdit(int(seq), act, of=int(of)) if _whole(of) and of >= 1 else None
    samples, before, after = (one.get(name) for name in ("samples", "before", "after"))
    if not (_list(samples) and _list(before) and _list(after) and 0 < len(samples) <= MOST_BEATS):
        return None
    if len(before) != len(samples) or len(after) != len(samples):
        return None
    if not all(_whole(sample) and sample < n_samples for sample in samples):
        return None
    if not all(isinstance(symbol, str) and symbol in SYMBOLS for symbol in (*before, *after)):
        return None
    whole = tuple(int(sample) for sample in samples)
    return SentEdit(int(seq), act, whole, tuple(before), tuple(after), one.get("batch") is True)


def _list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list | tuple)


def _whole(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value % 1 == 0
