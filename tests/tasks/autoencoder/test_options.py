"""Options: the defaults stand, everything out of range is named, and JSON gives them back."""

import json
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import RunError
from ecg_core.tasks.autoencoder.options import AutoencoderOptions


def any_value(one: Any) -> st.SearchStrategy[Any]:
    if get_origin(one.type) is Literal:
        return st.sampled_from(get_args(one.type))
    if one.type is bool:
        return st.booleans()
    low, high = AutoencoderOptions.LIMITS[one.name]
    return st.integers(int(low), int(high)) if one.type is int else st.floats(low, high)


possible = st.fixed_dictionaries({one.name: any_value(one) for one in fields(AutoencoderOptions)})


def test_the_defaults_are_those_that_were_chosen_on_ds1() -> None:
    assert AutoencoderOptions().to_json() == {
        "unit": "beats", "input": "difference", "leads": "both", "early": True, "half_width_s": 3.0, "bottleneck": 8,
        "epochs": 8, "batch_size": 256, "learning_rate": 4e-3, "folds": 5, "quantile": 0.98, "seed": 0,
    }  # fmt: skip


def test_every_number_has_limits_and_every_limit_an_option() -> None:
    numbers = {one.name for one in fields(AutoencoderOptions) if one.type in (int, float)}
    assert numbers == set(AutoencoderOptions.LIMITS)


@given(possible)
def test_options_within_limits_survive_json(chosen: dict[str, Any]) -> None:
    options = AutoencoderOptions(**chosen)
    assert AutoencoderOptions.from_json(json.loads(json.dumps(options.to_json()))) == options


@pytest.mark.parametrize("name", AutoencoderOptions.LIMITS)
def test_both_limits_are_allowed_and_what_lies_beyond_is_named(name: str) -> None:
    for limit, factor in zip(AutoencoderOptions.LIMITS[name], (-1, 1), strict=True):
        AutoencoderOptions(**{name: limit})
        beyond = limit + factor * (1 if isinstance(limit, int) else 1e-3 * limit)
        with pytest.raises(RunError) as caught:
            AutoencoderOptions(**{name: beyond})
        low, high = AutoencoderOptions.LIMITS[name]
        assert str(caught.value) == f"{name} is {beyond!r}: choose a number from {low:g} to {high:g}."


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "8", True, [8]])
@pytest.mark.parametrize("name", ["bottleneck", "learning_rate"])
def test_what_is_no_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(RunError, match=f"^{name} is .*: choose a number from "):
        AutoencoderOptions(**{name: value})


def test_a_part_of_an_epoch_is_refused() -> None:
    with pytest.raises(RunError) as caught:
        AutoencoderOptions(epochs=2.5)  # type: ignore[arg-type]
    assert str(caught.value) == "epochs is 2.5: choose a whole number."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("unit", "minutes", "unit is 'minutes': choose one of beats, windows."),
        ("input", "", "input is '': choose one of difference, beat."),
        ("leads", "third", "leads is 'third': choose one of both, first, second."),
        ("leads", None, "leads is None: choose one of both, first, second."),
    ],
)
def test_a_choice_that_is_none_is_refused_with_the_choices(name: str, value: object, message: str) -> None:
    with pytest.raises(RunError) as caught:
        AutoencoderOptions(**{name: value})
    assert str(caught.value) == message


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(RunError) as caught:
        AutoencoderOptions.from_json({"epochs": 2, "width": 3, "depth": 1})
    assert str(caught.value) == "Unknown option depth, width of an autoencoder."
