"""Between JSON and frozen dataclasses: what is read from a file is checked once, at the border, field by field."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import msgspec

from ecg_core.errors import WorkbenchError

T = TypeVar("T")
JsonObject = dict[str, Any]
"""A JSON object before it is checked, or after it was written."""
MOST_SAID = 300
EMPTY: tuple[object, ...] = (None, {}, [], "")


def from_json(kind: type[T], value: object, what: str, error: type[WorkbenchError]) -> T:
    """`value`, as JSON has it, as a `kind`. Fields that `kind` does not have are passed over.

    Raises `error`, naming `what`, the field and what was expected of it.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as wrong:
        raise error(f"{what} is damaged: {str(wrong)[:MOST_SAID]}.") from None
    except UnicodeEncodeError:  # half a character, where one of a few texts is expected
        raise error(f"{what} is damaged: it holds text that is no Unicode.") from None
    except RecursionError:
        raise error(f"{what} is damaged: nested too deeply.") from None


def to_json(value: object) -> Any:
    """A dataclass, with all in it, as plain dicts, lists, numbers and texts.

    Not msgspec's `to_builtins`, which passes over a field that was left to its default when the value was read.
    """
    if is_dataclass(value):
        return {one.name: to_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def without_empty(value: JsonObject, *names: str) -> JsonObject:
    """`value` without those of the named fields that are None or empty, as files from before these fields are."""
    return {name: item for name, item in value.items() if name not in names or item not in EMPTY}
