"""What all options have in common: everything out of range is named, and JSON gives them back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import RunError
from ecg_core.learning.options import OptionField, Options
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.study.options import USUAL, StudyOptions

KINDS: tuple[type[Options], ...] = (
    AutoencoderOptions,
    ClassifierOptions,
    ImageClassifierOptions,
    GanOptions,
    ImageGanOptions,
    StudyOptions,
)
WAYS_TEXT = st.lists(st.sampled_from(USUAL), min_size=1).map(" ".join)
"""The one text that must name something."""


def all_fields(*types: type, choices: bool = False) -> list[Any]:
    """Every (kind, field) whose field is a choice, or is of one of the types and none."""
    return [
        pytest.param(kind, option, id=f"{kind.__name__}.{option.name}")
        for kind in KINDS
        for option in kind.declared()
        if (bool(option.choices) if choices else not option.choices and option.type in types)
    ]


def possible(kind: type[Options], option: OptionField) -> st.SearchStrategy[Any]:
    """Every value the field can have."""
    if option.choices:
        return st.sampled_from(option.choices)
    if option.type is bool:
        return st.booleans()
    if option.type is str:
        return WAYS_TEXT if (kind, option.name) == (StudyOptions, "choices") else st.text()
    low, high = option.option.low, option.option.high
    return st.integers(int(low), int(high)) if option.type is int else st.floats(low, high)


def possible_options(kind: type[Options]) -> st.SearchStrategy[Options]:
    return st.builds(kind, **{option.name: possible(kind, option) for option in kind.declared()})


def refused(kind: type[Options], **chosen: Any) -> str:
    """Why these are refused, when they are made as when they are read."""
    with pytest.raises(RunError) as caught:
        kind(**chosen)
    with pytest.raises(RunError) as caught_reading:
        kind.from_json(chosen)
    assert str(caught_reading.value) == str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_is_declared_with_a_help_a_label_and_a_default_it_can_have(kind: type[Options]) -> None:
    assert [option.name for option in kind.declared()] == list(kind().to_json())
    for option in kind.declared():
        assert option.type in (int, float, bool, str)
        assert option.option.help.endswith((".", "?"))
        assert option.label
        assert option.checked(option.default) == option.default == getattr(kind(), option.name)
        assert kind.named(option.name) is option
        assert set(option.option.words) <= set(option.choices), "words are for choices"


@pytest.mark.parametrize(("kind", "option"), all_fields(int, float))
def test_every_number_has_a_range_and_its_default_lies_within(kind: type[Options], option: OptionField) -> None:
    assert option.option.low <= option.default <= option.option.high
    assert type(option.default) is option.type


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_every_possible_option_survives_json(kind: type[Options], data: st.DataObject) -> None:
    options = data.draw(possible_options(kind))
    assert kind.from_json(json.loads(json.dumps(options.to_json(), allow_nan=False))) == options


@pytest.mark.parametrize(("kind", "option"), all_fields(int, float))
def test_both_ends_are_allowed_and_what_lies_beyond_is_named(kind: type[Options], option: OptionField) -> None:
    low, high = option.option.low, option.option.high
    for end, sign in ((low, -1), (high, 1)):
        limit = option.type(end)
        assert getattr(kind(**{option.name: limit}), option.name) == limit
        beyond = limit + sign * (1 if option.type is int else 1e-3 * max(limit, 1e-3))
        assert refused(kind, **{option.name: beyond}) == (
            f"{option.name} is {beyond!r}: choose a number from {low:g} to {high:g}."
        )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None, "8", True, [8], {}])
@pytest.mark.parametrize(("kind", "option"), all_fields(int, float))
def test_what_is_no_number_is_refused(kind: type[Options], option: OptionField, value: object) -> None:
    low, high = option.option.low, option.option.high
    assert refused(kind, **{option.name: value}) == (
        f"{option.name} is {value!r}: choose a number from {low:g} to {high:g}."
    )


@pytest.mark.parametrize(("kind", "option"), all_fields(int))
def test_a_part_of_a_whole_number_is_refused(kind: type[Options], option: OptionField) -> None:
    for value in (option.option.low + 0.5, float(option.default)):
        assert refused(kind, **{option.name: value}) == f"{option.name} is {value!r}: choose a whole number."


@pytest.mark.parametrize("value", [0, 1, None, "true", []])
@pytest.mark.parametrize(("kind", "option"), all_fields(bool))
def test_what_is_neither_yes_nor_no_is_refused(kind: type[Options], option: OptionField, value: object) -> None:
    assert refused(kind, **{option.name: value}) == (f"{option.name} is {value!r}: choose yes or no (true or false).")


@pytest.mark.parametrize("value", [0, None, True, ["gan"]])
@pytest.mark.parametrize(("kind", "option"), all_fields(str))
def test_what_is_no_text_is_refused(kind: type[Options], option: OptionField, value: object) -> None:
    assert refused(kind, **{option.name: value}) == f"{option.name} is {value!r}: choose a text."


@pytest.mark.parametrize("value", ["", "no such choice", None, 1, True, 2.5, ["N"], {}])
@pytest.mark.parametrize(("kind", "option"), all_fields(choices=True))
def test_a_choice_there_is_not_is_refused_with_the_choices(
    kind: type[Options], option: OptionField, value: object
) -> None:
    choices = ", ".join(map(str, option.choices))
    assert refused(kind, **{option.name: value}) == f"{option.name} is {value!r}: choose one of {choices}."


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (AutoencoderOptions, "unit", "minutes", "unit is 'minutes': choose one of beats, windows."),
        (AutoencoderOptions, "leads", None, "leads is None: choose one of both, first, second."),
        (ClassifierOptions, "classes", "six classes",
         "classes is 'six classes': choose one of four classes, five classes, normal or abnormal."),
        (ClassifierOptions, "escape", "V", "escape is 'V': choose one of N, S."),
        (ClassifierOptions, "added", None, "added is None: choose one of none, smote, gan."),
        (ImageClassifierOptions, "added", "smote", "added is 'smote': choose one of none, gan."),
        (ImageClassifierOptions, "size", 100, "size is 100: choose one of 64, 128."),
        (ImageClassifierOptions, "size", 64.0, "size is 64.0: choose one of 64, 128."),
        (GanOptions, "beat_class", "X", "beat_class is 'X': choose one of S, V, F, N, Q."),
        (ImageGanOptions, "size", "64", "size is '64': choose one of 64, 128."),
        (GanOptions, "epochs", 2.5, "epochs is 2.5: choose a whole number."),
        (StudyOptions, "seeds", 1, "seeds is 1: choose a number from 2 to 50."),
    ],
)  # fmt: skip
def test_refusals_read_like_this(kind: type[Options], name: str, value: object, message: str) -> None:
    assert refused(kind, **{name: value}) == message


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_option_is_refused(kind: type[Options]) -> None:
    with pytest.raises(RunError) as caught:
        kind.from_json({"seed": 2, "width": 3, "depth": 1})
    assert str(caught.value) == f"Unknown option depth, width of {kind.OF}."


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [None, 3, "seed", ["seed"], [["seed", 3]]])
def test_what_names_no_options_is_refused(kind: type[Options], values: Any) -> None:
    with pytest.raises(RunError) as caught:
        kind.from_json(values)
    assert str(caught.value) == f"The options of {kind.OF} are {values!r}: expected names and values."


def test_every_kind_is_called_by_its_own_name() -> None:
    assert [kind.OF for kind in KINDS] == [
        "an autoencoder", "a classifier", "an image classifier", "a beat GAN", "an image GAN", "a study",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_options_left_out_have_their_defaults(kind: type[Options]) -> None:
    assert kind.from_json({}) == kind()
    assert kind.from_json({"seed": 5}) == kind(seed=5)  # type: ignore[call-arg]
