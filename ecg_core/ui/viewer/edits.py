"""Edits that come from the browser as a log: each has a number, and a log repeats what was not confirmed yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from ecg_core.beats.classes import CLASSES


@dataclass(frozen=True)
class Edit:
    """One beat given another label."""

    seq: int
    sample: int
    label: str


def new_edits(log: Any, confirmed: int, n_samples: int) -> list[Edit]:
    """Edits of a log that are newer than number `confirmed`, in the order of their numbers.

    `log` is what a browser sent, and so not believed: what is no edit of a beat in a recording of `n_samples` is left
    out, and so is everything from the first number on that is missing.
    """
    found: dict[int, Edit] = {}
    for one in log if isinstance(log, Sequence) and not isinstance(log, str) else ():
        if not isinstance(one, Mapping):
            continue
        seq, sample, label = one.get("seq"), one.get("sample"), one.get("label")
        if _whole(seq) and _whole(sample) and label in CLASSES and seq > confirmed and 0 <= sample < n_samples:
            found[int(seq)] = Edit(int(seq), int(sample), str(label))
    edits: list[Edit] = []
    while (following := found.get(confirmed + len(edits) + 1)) is not None:
        edits.append(following)
    return edits


def _whole(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value % 1 == 0
