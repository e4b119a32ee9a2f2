"""What came of scoring an archive."""

from dataclasses import dataclass
from typing import Self

from ecg_core.errors import RunError, WorkbenchError
from ecg_core.evaluation.figure import Figure
from ecg_core.text import counted
from ecg_core.typed_json import JsonObject, from_json, to_json


@dataclass(frozen=True)
class ArchiveReport:
    """Of everything in the archive's folder."""

    out: str
    """The folder."""
    recordings: int
    """Scored, now or before."""
    failed: int
    passed_over: int
    """Items that had been scored before."""
    beats: int
    hours: float
    """Of recording."""
    took_s: float
    complete: bool
    """Whether nothing is left to do; False where it was stopped."""

    def headline(self) -> str:
        """In a sentence."""
        said = f"{counted(self.recordings, 'recording')}, {self.beats:,} beats in {self.hours:,.1f} h"
        before = f", {self.passed_over:,} scored before" if self.passed_over else ""
        wrong = f", {self.failed:,} failed" if self.failed else ""
        return f"{said}{before}{wrong}{'' if self.complete else '; stopped: the same command goes on'}"

    def figures(self) -> tuple[Figure, ...]:
        """Counts."""
        return (
            Figure("Recordings", self.recordings, kind="count"),
            Figure("Beats", self.beats, kind="count"),
            Figure("Failed", self.failed, kind="count"),
        )

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = RunError) -> Self:
        """Raises `error`, naming `what` and the field, for anything that is no such report."""
        return from_json(cls, value, what, error)
