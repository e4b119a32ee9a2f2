"""What all options of tasks have in common: each is declared once, in one line, and that line is the check, the flag of
the command line and the field of the form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

from ecg_core.errors import RunError


@dataclass(frozen=True)
class Option:
    """What there is to say of one field of an `Options` class: `epochs: Annotated[int, Option("...", 1, 200)] = 8`."""

    help: str = ""
    """One or two sentences, for the command line and the form."""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    """Of the form's number field."""
    label: str = ""
    """On the form; by default the field's name in words."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Value -> what the form calls it, for fields that are a choice."""


@dataclass(frozen=True)
class OptionField:
    """One declared field, as check, command line and form read it."""

    name: str
    type: type
    """`int`, `float`, `bool` or `str`; of a choice the type of its values."""
    choices: tuple[Any, ...]
    """Values of a choice; empty for any other field."""
    default: Any
    option: Option

    @property
    def label(self) -> str:
        return self.option.label or self.name.replace("_", " ").capitalize()

    def checked(self, value: Any) -> Any:
        """`value` if the field can have it. Raises RunError with the name, the value and what can be chosen."""
        if self.choices:
            if type(value) is not self.type or value not in self.choices:
                raise RunError(f"{self.name} is {value!r}: choose one of {', '.join(map(str, self.choices))}.")
            return value
        if self.type in (int, float):
            low, high = self.option.low, self.option.high
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or (low is not None and value < low) or (high is not None and not value <= high):
                raise RunError(f"{self.name} is {value!r}: choose a number from {low:g} to {high:g}.")
            if self.type is int and not isinstance(value, int):
                raise RunError(f"{self.name} is {value!r}: choose a whole number.")
            return value
        if not isinstance(value, self.type):
            expected = "yes or no (true or false)" if self.type is bool else "a text"
            raise RunError(f"{self.name} is {value!r}: choose {expected}.")
        return value


@dataclass(frozen=True)
class Options:
    """Base of the options of one kind of task. Subclasses are frozen dataclasses whose fields have defaults."""

    OF: ClassVar[str] = "a training"

    def __post_init__(self) -> None:
        for one in self.declared():
            one.checked(getattr(self, one.name))

    @classmethod
    def declared(cls) -> tuple[OptionField, ...]:
        """Every field in the order of the class."""
        return _declared(cls)  # type: ignore[arg-type] # classes can be hashed, frozen or not

    @classmethod
    def named(cls, name: str) -> OptionField:
        """The field of that name."""
        return {one.name: one for one in cls.declared()}[name]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Raises RunError for an option there is not, or a value it cannot have."""
        if not isinstance(values, Mapping):
            raise RunError(f"The options of {cls.OF} are {values!r}: expected names and values.")
        unknown = set(values) - {one.name for one in cls.declared()}
        if unknown:
            raise RunError(f"Unknown option {', '.join(sorted(map(str, unknown)))} of {cls.OF}.")
        return cls(**values)


@cache
def _declared(kind: Any) -> tuple[OptionField, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_field(one.name, hints[one.name], one.default) for one in fields(kind))


def _field(name: str, hint: Any, default: Any) -> OptionField:
    option = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Option)), Option())
    plain = hint.__origin__ if hasattr(hint, "__metadata__") else hint
    choices = get_args(plain) if get_origin(plain) is Literal else ()
    return OptionField(name, type(choices[0]) if choices else plain, choices, default, option)
