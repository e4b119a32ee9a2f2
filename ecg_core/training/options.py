"""What all options of trainings have in common: checked once, named in every message, plain JSON."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from ecg_core.errors import RunError


@dataclass(frozen=True)
class Options:
    """Base of the options of one kind of training. Subclasses are frozen dataclasses whose fields have defaults."""

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {}
    """Number field -> lowest and highest value."""
    OF: ClassVar[str] = "a training"

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if get_origin(one.type) is Literal and value not in get_args(one.type):
                choices = ", ".join(str(choice) for choice in get_args(one.type))
                raise RunError(f"{one.name} is {value!r}: choose one of {choices}.")
            if one.name in self.LIMITS:
                low, high = self.LIMITS[one.name]
                if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                    raise RunError(f"{one.name} is {value!r}: choose a number from {low:g} to {high:g}.")
                if one.type is int and not isinstance(value, int):
                    raise RunError(f"{one.name} is {value!r}: choose a whole number.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """Raises RunError for an option there is not."""
        unknown = set(found) - {one.name for one in fields(cls)}
        if unknown:
            raise RunError(f"Unknown option {', '.join(sorted(unknown))} of {cls.OF}.")
        return cls(**found)
