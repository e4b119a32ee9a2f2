"""Options as the form that asked for them calls them."""

from collections.abc import Mapping
from typing import Any

from ecg_core.learning.options import OptionField, Options


def options_in_words(options: type[Options], values: Mapping[str, Any]) -> dict[str, str]:
    """Label -> value of each option that has one, in the order of the form: `Patient groups` -> `5`, a choice by its
    words, yes or no. A value that the class does not know keeps its own name."""
    declared = {one.name: one for one in options.declared()}
    order = [*(name for name in declared if name in values), *(name for name in values if name not in declared)]
    said: dict[str, str] = {}
    for name in order:
        field = declared.get(name)
        label = field.label if field else name.replace("_", " ").capitalize()
        if text := _value(field, values[name]):
            said[name if label in said else label] = text
    return said


def _value(field: OptionField | None, value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{value:g}"
    words = field.option.words if field else {}
    return words.get(value, "") or str(value)
