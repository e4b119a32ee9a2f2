"""A printed value and where it comes from: the function that gave it, of what, and the way to the value in its answer.

Nothing in a report of a recording is counted where it is laid out. Every number is taken from the answer of a named
function by `Answer.finding`, so that a reader (and a test) can ask that function again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecg_core.text import number, percent

DASH = "–"
COUNT = "#"
"""Step of a path: how many there are."""

Form = Callable[[Any], str]
Value = str | int | float | None


@dataclass(frozen=True)
class Origin:
    """Where a value comes from."""

    function: str
    """`module:function`."""
    of: str
    """What the function was given: `record`, a role of a layer of labels (`reference`, `model`, ...), `card`, ..."""
    path: str
    """From the function's answer to the value: names of fields, keys and places joined by `/`; `#` counts."""


@dataclass(frozen=True)
class Finding:
    """One printed value."""

    label: str
    value: Value
    text: str
    """As it is printed, with its unit."""
    origin: Origin


@dataclass(frozen=True)
class Line:
    """What is printed after a label: findings, and words between them that hold no number."""

    label: str
    parts: tuple[Finding | str, ...]

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(part for part in self.parts if isinstance(part, Finding))


@dataclass(frozen=True)
class Answer:
    """What a function gave, for findings to be taken from."""

    function: str
    of: str
    value: Any = field(repr=False)

    @classmethod
    def by(cls, function: Callable[..., Any], of: str, value: Any) -> "Answer":
        """`value` is what `function` gave, asked of `of`."""
        return cls(f"{function.__module__}:{function.__qualname__}", of, value)

    def finding(self, label: str, path: str, form: Form = str) -> Finding:
        """The value at `path`, printed by `form`; a dash where there is none."""
        value = at(self.value, path)
        text = DASH if value is None else form(value)
        if not isinstance(value, Value):
            value = text
        return Finding(label, value, text, Origin(self.function, self.of, path))


def at(value: Any, path: str) -> Any:
    """The value at a path (see `Origin.path`); None as soon as there is none on the way."""
    for step in path.split("/") if path else ():
        if value is None:
            return None
        if step == COUNT:
            value = len(value)
        elif isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = getattr(value, step)
    return value


def whole(value: float) -> str:
    """`1,234`; a dash for not-a-number."""
    return number(value, 0)


def decimals(digits: int, unit: str = "") -> Form:
    """Numbers with so many decimals, a unit after them."""

    def form(value: float) -> str:
        text = number(value, digits)
        return text if text == DASH or not unit else f"{text} {unit}"

    return form


def rate(value: float) -> str:
    """`67 /min`."""
    return decimals(0, "/min")(value)


def share(value: float) -> str:
    """`25.7 %`."""
    return percent(value)


def length(value: float) -> str:
    """A duration to the second: `7 s`, `30 min 6 s`, `23 h 59 min 3 s`."""
    total = round(value)
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n]
    return " ".join(parts) or "0 s"


def hertz(value: float) -> str:
    """`360 Hz`."""
    return f"{value:g} Hz"


def listed(value: Sequence[str]) -> str:
    """Names joined by commas."""
    return ", ".join(value)
