"""What studies end with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.bootstrap import Change
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.study import Changes, WayFigures
from ecg_core.text import number
from ecg_core.typed_json import JsonObject, from_json, to_json


@dataclass(frozen=True)
class Support:
    """How much of a class there was to judge by."""

    beats: int
    records: int


@dataclass(frozen=True)
class StudyReport:
    """Several ways of training one network, compared on the same unseen records."""

    study: Mapping[str, WayFigures]
    """Way of training -> its figures; the plainest first."""
    plain: str
    """The way the others are compared with."""
    seeds: int
    steps: int
    records: tuple[str, ...]
    support: Mapping[str, Support]
    note: str
    gans: tuple[str, ...]
    data: str
    unreadable: Mapping[str, str] | None = None
    """Record -> why it was left out."""

    def headline(self) -> str:
        return f"Compared {len(self.study)} ways of training over {self.seeds} seeds"

    def figures(self) -> tuple[Figure, ...]:
        """Mean macro-F1 of every way."""
        return tuple(Figure(f"Macro-F1, {way}", row.macro_f1.mean) for way, row in self.study.items())

    def lines(self) -> Iterator[str]:
        """One line a way of training and figure: its mean, the change from the plainest, its interval, and a
        verdict."""
        yield f"{self.seeds} seeds, {self.steps:,} steps each. {self.note}"
        for way, row in self.study.items():
            yield f"{way}: macro-F1 {number(row.macro_f1.mean)}"
            for name, changes in row.change.items():
                for key, change in changes.items():
                    yield (
                        f"  {name} {key}: {number(change.before)} to {number(change.after)} "
                        f"(change 95 % {number(change.low)} to {number(change.high)}), {change.verdict}"
                    )

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        if self.unreadable is None:
            del value["unreadable"]
        for way, row in self.study.items():
            written = value["study"][way]
            if row.change:
                written["change"] = _changes(row.change)
                written["change_without"] = {name: _changes(rest) for name, rest in row.change_without.items()}
            else:
                del written["change"], written["change_without"]
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "StudyReport":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        return from_json(cls, value, what, error)


def _changes(changes: Changes) -> JsonObject:
    return {name: {key: change_to_json(one) for key, one in row.items()} for name, row in changes.items()}


def change_to_json(change: Change) -> JsonObject:
    """A change with what follows from it, for whoever reads the file."""
    return {**to_json(change), "change": change.change, "clear": change.clear}


@dataclass(frozen=True)
class SplitComparison:
    """One network split by beats at random, and by patients."""

    lesson: Mapping[str, ClassReport]
    """`random` and `patients` -> figures."""
    data: str
    beats: int

    def headline(self) -> str:
        return ", ".join(f"split by {name}: macro-F1 {number(row.macro_f1)}" for name, row in self.lesson.items())

    def figures(self) -> tuple[Figure, ...]:
        return tuple(Figure(f"Macro-F1, split by {name}", row.macro_f1) for name, row in self.lesson.items())

    def to_json(self) -> JsonObject:
        lesson = {name: row.to_json() for name, row in self.lesson.items()}
        return {"lesson": lesson, "data": self.data, "beats": self.beats}

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "SplitComparison":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        lesson = value.get("lesson") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(lesson, dict):
            raise error(f"{what} is damaged: expected the figures of two ways of splitting.")
        beats = value.get("beats")
        beats = beats.get("all") if isinstance(beats, dict) else beats  # as the first of them has it
        plain = from_json(cls, {**value, "lesson": {}, "beats": beats}, what, error)
        reports = {name: ClassReport.from_json(row, f"{what}, {name}", error) for name, row in lesson.items()}
        return replace(plain, lesson=reports)
