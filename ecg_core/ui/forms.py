"""Form fields made from options: one declaration gives the check, the flag and the field."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from ecg_core.learning.options import OptionField, Options

TWO_COLUMNS = 2


def ask(
    options: type[Options], name: str, key: str, *, words: Mapping[str, str] | None = None,
    choices: Sequence[Any] | None = None, label: str = "", segmented: bool = False, default: Any = None,
) -> Any:  # fmt: skip
    """Ask for one option; its label, help, range and choices are those it was declared with.

    `words` and `choices` stand in for the declared ones, where what is asked narrows or renames them; `segmented`
    shows a few short choices beside each other; `default` is what it begins with, if not as declared.
    """
    field = options.named(name)
    if default is not None:
        field = replace(field, default=default)
    label, text = label or field.label, field.option.help.replace("`", "")
    if field.choices:
        shown = words or field.option.words
        values = list(choices or field.choices)
        how: dict[str, Any] = {"format_func": lambda value: shown.get(value, str(value)), "key": key, "help": text}
        at = values.index(field.default) if field.default in values else 0
        if segmented:
            return st.segmented_control(label, values, default=values[at], required=True, **how)
        return st.selectbox(label, values, at, **how)
    if field.type is bool:
        return st.toggle(label, field.default, key=key, help=text)
    if field.type is str:
        return st.text_input(label, field.default, key=key, help=text)
    return _number(field, label, key, text)


def ask_all(options: type[Options], names: Sequence[str], key: str) -> dict[str, Any]:
    """Ask for several options in two columns, the first half on the left; name -> value."""
    half = -(-len(names) // TWO_COLUMNS)
    values: dict[str, Any] = {}
    for column, some in zip(st.columns(TWO_COLUMNS), (names[:half], names[half:]), strict=True):
        with column:
            values |= {name: ask(options, name, f"{key}.{name}") for name in some}
    return values


def _number(field: OptionField, label: str, key: str, text: str) -> Any:
    low, high, step = field.option.low, field.option.high, field.option.step
    assert low is not None and high is not None, f"{field.name} is a number without a range"
    # without limits of its own: a browser that refuses a number would send the last one that it took, and train that
    if field.type is int:
        value = st.number_input(label, value=field.default, step=int(step or 1), key=key, help=text)
    else:
        digits = max(0, -_exponent(step)) if step else 2
        value = st.number_input(
            label, value=float(field.default), step=step, format=f"%.{max(digits, _decimals(field.default))}f",
            key=key, help=text,
        )  # fmt: skip
    if not low <= value <= high:
        st.caption(f":red[Choose a number from {low:g} to {high:g}.]")
    return value


def _exponent(value: float) -> int:
    return int(f"{value:e}".split("e")[1])


def _decimals(value: float) -> int:
    """Digits after the point that a default needs: 4 for 0.0005."""
    return max(0, len(f"{value:.10f}".rstrip("0").partition(".")[2]))
