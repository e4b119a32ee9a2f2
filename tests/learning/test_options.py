"""What holds for the options of every task: what is out of range is named, JSON gives them back, forms can ask them."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import RunError
from ecg_core.learning.options import Option, OptionField, Options
from ecg_core.tasks.study.options import USUAL
from ecg_core.workspace import PROJECT


def kinds(base: type[Options] = Options) -> Iterator[type[Options]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("ecg_core."):
            yield kind
        yield from kinds(kind)


for path in sorted((PROJECT / "ecg_core" / "tasks").glob("*/options.py")):
    importlib.import_module(f"ecg_core.tasks.{path.parent.name}.options")
KINDS = sorted(kinds(), key=lambda kind: kind.__name__)
FIELDS = [(kind, one) for kind in KINDS for one in kind.declared()]
NUMBERS = [(kind, one) for kind, one in FIELDS if one.type in (int, float) and not one.choices]
CHOICES = [(kind, one) for kind, one in FIELDS if one.choices]


def named(value: object) -> str:
    return value.__name__ if isinstance(value, type) else value.name if isinstance(value, OptionField) else repr(value)


def values_of(one: OptionField) -> st.SearchStrategy[Any]:
    """Any value that a field can have."""
    if one.name == "choices":
        return st.lists(st.sampled_from(USUAL), min_size=1).map(" ".join)
    if one.choices:
        return st.sampled_from(one.choices)
    low, high = one.option.low, one.option.high
    if one.type is int:
        return st.integers(int(low), int(high))
    return st.floats(low, high) if one.type is float else st.from_type(one.type)


def refused(kind: type[Options], **chosen: Any) -> str:
    with pytest.raises(RunError) as caught:
        kind(**chosen)
    return str(caught.value)


def test_the_options_of_every_task_are_tested_here() -> None:
    assert {kind.__name__ for kind in KINDS} >= {
        "AutoencoderOptions", "ClassifierOptions", "GanOptions", "ImageClassifierOptions", "ImageGanOptions",
        "StudyOptions",
    }  # fmt: skip
    assert len({kind.OF for kind in KINDS}) == len(KINDS), "a message says whose option it is"


@pytest.mark.parametrize(("kind", "one"), FIELDS, ids=named)
def test_a_field_says_what_it_is_and_has_a_default_that_it_allows(kind: type[Options], one: OptionField) -> None:
    assert kind.named(one.name) == one
    assert one.option.help.endswith(".")
    assert one.label
    assert one.checked(one.default) == getattr(kind(), one.name)
    assert one.type in (int, float, bool, str)


@pytest.mark.parametrize(("kind", "one"), NUMBERS, ids=named)
def test_a_number_has_limits_of_its_type_and_steps_within_them(kind: type[Options], one: OptionField) -> None:
    low, high, step = one.option.low, one.option.high, one.option.step
    assert low is not None
    assert high is not None
    assert low < high
    if one.type is int:
        assert isinstance(low, int)
        assert isinstance(high, int)
    assert step is None or 0 < step <= high - low


@pytest.mark.parametrize(("kind", "one"), CHOICES, ids=named)
def test_the_words_of_a_choice_are_for_all_its_values(kind: type[Options], one: OptionField) -> None:
    assert len(set(one.choices)) == len(one.choices) >= 2
    assert {type(choice) for choice in one.choices} == {one.type}
    assert set(one.option.words) in (set(), set(one.choices))


@pytest.mark.parametrize("kind", KINDS, ids=named)
@given(st.data())
def test_options_survive_json(kind: type[Options], data: st.DataObject) -> None:
    options = kind(**data.draw(st.fixed_dictionaries({one.name: values_of(one) for one in kind.declared()})))
    assert kind.from_json(json.loads(json.dumps(options.to_json()))) == options


@pytest.mark.parametrize(("kind", "one"), NUMBERS, ids=named)
def test_both_limits_are_allowed_and_what_lies_beyond_is_named(kind: type[Options], one: OptionField) -> None:
    low, high = one.option.low, one.option.high
    for limit, sign in ((low, -1), (high, 1)):
        assert getattr(kind(**{one.name: limit}), one.name) == limit
        beyond = limit + sign * (1 if one.type is int else 1e-3 * (high - low))
        expected = f"{one.name} is {beyond!r}: choose a number from {low:g} to {high:g}."
        assert refused(kind, **{one.name: beyond}) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None, "8", True, [8]], ids=repr)
@pytest.mark.parametrize(("kind", "one"), NUMBERS, ids=named)
def test_what_is_no_number_is_refused(kind: type[Options], one: OptionField, value: object) -> None:
    assert refused(kind, **{one.name: value}).startswith(f"{one.name} is {value!r}: choose a number from ")


@pytest.mark.parametrize(("kind", "one"), [(kind, one) for kind, one in NUMBERS if one.type is int], ids=named)
def test_a_part_of_a_whole_number_is_refused(kind: type[Options], one: OptionField) -> None:
    between = one.option.low + 0.5
    assert refused(kind, **{one.name: between}) == f"{one.name} is {between!r}: choose a whole number."


@pytest.mark.parametrize("value", ["third", "", None, True, False, 1.5, [1], {}], ids=repr)
@pytest.mark.parametrize(("kind", "one"), CHOICES, ids=named)
def test_a_choice_that_is_none_is_refused_with_the_choices(
    kind: type[Options], one: OptionField, value: object
) -> None:
    choices = ", ".join(map(str, one.choices))
    assert refused(kind, **{one.name: value}) == f"{one.name} is {value!r}: choose one of {choices}."


@pytest.mark.parametrize(("kind", "one"), [(kind, one) for kind, one in CHOICES if one.type is int], ids=named)
@pytest.mark.xfail(strict=True, reason="64.0 == 64, so it counts as one of the choices")
def test_a_choice_of_whole_numbers_is_a_whole_number(kind: type[Options], one: OptionField) -> None:
    assert refused(kind, **{one.name: float(one.choices[0])})


@pytest.mark.parametrize("value", [1, 0, None, "yes"], ids=repr)
@pytest.mark.parametrize(("kind", "one"), [(kind, one) for kind, one in FIELDS if one.type is bool], ids=named)
def test_what_is_neither_yes_nor_no_is_refused(kind: type[Options], one: OptionField, value: object) -> None:
    assert refused(kind, **{one.name: value}) == f"{one.name} is {value!r}: choose yes or no (true or false)."


@pytest.mark.parametrize("value", [1, None, True, ["a"]], ids=repr)
@pytest.mark.parametrize(
    ("kind", "one"), [(kind, one) for kind, one in FIELDS if one.type is str and not one.choices], ids=named
)
def test_what_is_no_text_is_refused(kind: type[Options], one: OptionField, value: object) -> None:
    assert refused(kind, **{one.name: value}) == f"{one.name} is {value!r}: choose a text."


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_an_unknown_option_is_refused(kind: type[Options]) -> None:
    with pytest.raises(RunError) as caught:
        kind.from_json({"epochs": 2, "width": 3, "depth": 1})
    assert str(caught.value) == f"Unknown option depth, width of {kind.OF}."


@pytest.mark.parametrize("values", [None, [], "epochs", 3], ids=repr)
@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_what_are_no_options_at_all_is_refused(kind: type[Options], values: Any) -> None:
    with pytest.raises(RunError) as caught:
        kind.from_json(values)
    assert str(caught.value) == f"The options of {kind.OF} are {values!r}: expected names and values."


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_options_left_out_have_their_defaults(kind: type[Options]) -> None:
    assert kind.from_json({}) == kind()
    assert kind.from_json({"seed": 5}) == kind(seed=5)  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_options_cannot_be_changed_after_they_were_checked(kind: type[Options]) -> None:
    with pytest.raises(FrozenInstanceError):
        kind().seed = 2**60  # type: ignore[attr-defined]


def test_one_line_declares_check_flag_and_form_field() -> None:
    @dataclass(frozen=True)
    class Example(Options):
        most_beats: Annotated[int, Option("How many.", 1, 10, 2, label="Most beats a record")] = 5
        leads: Annotated[Literal["both", "first"], Option("Which.", words={"both": "Both", "first": "First"})] = "both"
        learning_rate: Annotated[float, Option("How fast.", 0.1, 1)] = 0.5
        early: bool = True

    most_beats, leads, learning_rate, early = Example.declared()
    assert most_beats == OptionField(
        "most_beats", int, (), 5, Option("How many.", 1, 10, 2, label="Most beats a record")
    )
    assert (most_beats.label, learning_rate.label) == ("Most beats a record", "Learning rate")
    assert (leads.type, leads.choices, leads.option.words["first"]) == (str, ("both", "first"), "First")
    assert early == OptionField("early", bool, (), True, Option())
    assert Example(most_beats=10, learning_rate=1).to_json() == {
        "most_beats": 10, "leads": "both", "learning_rate": 1, "early": True,
    }  # fmt: skip
