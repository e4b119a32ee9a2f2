"""One decision of a person about beats, and what can be said of a decision later."""

from dataclasses import dataclass
from typing import Literal

Act = Literal["decide", "undo", "redo", "finish", "reopen"]
CLASS_SYMBOLS = ("N", "S", "V", "F", "Q")
"""The WFDB code that a person's choice of each AAMI class is written as."""
ARTEFACT = "|"
"""WFDB's code of an isolated QRS-like artefact (https://archive.physionet.org/physiobank/annotations.shtml)."""
NO_BEAT = ""
"""Stands for the label of a place that is no beat, such as where a stretch begins that cannot be read."""
LONGEST_TEXT = 120
MOST_BEATS = 200_000
"""Beats of one decision: a family of two days."""


@dataclass(frozen=True)
class Edit:
    """What somebody asks to be written: labels for beats, or that an earlier decision no longer counts, or counts
    again, or that a review is finished, or goes on."""

    client: str
    """Who sends it: one page, until it is left."""
    seq: int
    """Numbers of a client go up by one; what was written once is not written again."""
    act: Act
    person: str = ""
    time: str = ""
    """ISO 8601, UTC."""
    samples: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    """Symbols, one for each sample, that the person saw."""
    after: tuple[str, ...] = ()
    """The same as before where the person agreed."""
    queue: str = ""
    """The rule that led there."""
    model: str = ""
    of: int = 0
    """Number of the entry that is undone or redone."""


@dataclass(frozen=True)
class Entry:
    """An edit as the log has it."""

    number: int
    """From 1, in the order in which they were written."""
    edit: Edit

    @property
    def changes(self) -> bool:
        """Whether it gives a beat another label, rather than agree with what it has."""
        return self.edit.before != self.edit.after


@dataclass(frozen=True)
class Conflict:
    """An edit that was not written, since somebody else has decided about a beat of it meanwhile."""

    mine: Edit
    theirs: Entry

    def __str__(self) -> str:
        said = sorted(set(self.theirs.edit.after))
        return f"{self.theirs.edit.person or 'Somebody'} has called it {', '.join(map(repr, said))} meanwhile."
