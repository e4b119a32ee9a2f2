"""What a study of few beats ends with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.bootstrap import Change
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.study import ClassSpread
from ecg_core.tasks.study.result import Support, change_to_json
from ecg_core.text import number
from ecg_core.typed_json import JsonObject, from_json, to_json


@dataclass(frozen=True)
class FewBeatsWay:
    """What one way of training comes to for the class, over all seeds."""

    figures: ClassSpread
    change: Mapping[str, Change] = field(default_factory=dict)
    """Figure (`sensitivity`, `ppv`, `f1`) -> its change against the plainest way; empty for that itself."""


@dataclass(frozen=True)
class FewBeatsStep:
    """One number of recorded beats of one class."""

    beats: int
    """Recorded beats of the class that were learned from."""
    of: int
    """How many the training records hold."""
    records: tuple[int, ...]
    """How many records those beats come from, for each seed."""
    ways: Mapping[str, FewBeatsWay]
    """Way of training -> what it comes to; the plainest first."""


@dataclass(frozen=True)
class FewBeatsReport:
    """What ways of training make of few recorded beats of a class, on the same unseen records."""

    few: Mapping[str, tuple[FewBeatsStep, ...]]
    """Class -> its figures, by number of recorded beats in ascending order."""
    plain: str
    """The way the others are compared with."""
    seeds: int
    steps: int
    gan_steps: int
    """Of each GAN; 0 where no way has one."""
    filled: int
    """Beats of the class with those added, in ways that add some."""
    records: tuple[str, ...]
    """The records judged on."""
    support: Mapping[str, Support]
    note: str
    data: str
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Record -> why it was left out."""

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way for steps in self.few.values() for step in steps for way in step.ways))

    @property
    def intervals(self) -> int:
        """How many changes of F1 there are."""
        return sum("f1" in way.change for steps in self.few.values() for step in steps for way in step.ways.values())

    def headline(self) -> str:
        numbers = sorted({step.beats for steps in self.few.values() for step in steps})
        return f"{', '.join(self.few)} learned from {', '.join(map(str, numbers))} beats, over {self.seeds} seeds"

    def figures(self) -> tuple[Figure, ...]:
        """Mean F1 of every class, number and way."""
        return tuple(
            Figure(f"F1 of {name}, {step.beats} beats, {way}", row.figures.f1.mean)
            for name, steps in self.few.items()
            for step in steps
            for way, row in step.ways.items()
        )

    def lines(self) -> Iterator[str]:
        """One line a class, number and way: mean F1, its range over seeds, the change from the plainest."""
        yield f"{self.seeds} seeds, {self.steps:,} steps each. {self.note}"
        for name, steps in self.few.items():
            for step in steps:
                records = sorted(step.records)
                yield f"{name}, {step.beats} of {step.of:,} beats, from {records[0]} to {records[-1]} records:"
                for way, row in step.ways.items():
                    f1 = row.figures.f1
                    said = f"  {way}: F1 {number(f1.mean)} ({number(f1.lowest)} to {number(f1.highest)})"
                    change = row.change.get("f1")
                    if change:
                        said += f", change 95 % {number(change.low)} to {number(change.high)}: {change.verdict}"
                    yield said

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        for name, steps in self.few.items():
            for step, written in zip(steps, value["few"][name], strict=True):
                for way, row in step.ways.items():
                    written["ways"][way]["change"] = {key: change_to_json(one) for key, one in row.change.items()}
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "FewBeatsReport":
        """Raises `error`, naming `what` and the field, for anything that is no such result."""
        return from_json(cls, value, what, error)
