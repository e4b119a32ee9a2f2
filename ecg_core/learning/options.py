"""What all options of trainings have in common: checked once, named in every message, plain JSON."""

import ast
import inspect
import textwrap
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
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

    @classmethod
    def described(cls) -> dict[str, str]:
        """Field -> the sentence written under it in the class."""
        (found,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        body = found.body if isinstance(found, ast.ClassDef) else []
        texts: dict[str, str] = {}
        for one, after in pairwise(body):
            named = isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                texts[ast.unparse(one.target)] = " ".join(str(after.value.value).split())  # type: ignore[attr-defined]
        return texts

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """Raises RunError for an option there is not."""
        unknown = set(found) - {one.name for one in fields(cls)}
        if unknown:
            raise RunError(f"Unknown option {', '.join(sorted(unknown))} of {cls.OF}.")
        return cls(**found)
