"""Options of both classifiers: everything out of range is named, and JSON gives them back. No default is asserted."""

import json
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.classes import CLASSES
from ecg_core.errors import RunError
from ecg_core.learning.options import Options
from ecg_core.tasks.classifier.options import TASKS, ClassifierOptions, Task
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions

KINDS: tuple[type[Options], ...] = (ClassifierOptions, ImageClassifierOptions)
LIMITED = [(kind, name) for kind in KINDS for name in kind.LIMITS]


def any_value(kind: type[Options], one: Any) -> st.SearchStrategy[Any]:
    if get_origin(one.type) is Literal:
        return st.sampled_from(get_args(one.type))
    if one.type in (str, bool):
        return st.from_type(one.type)
    low, high = kind.LIMITS[one.name]
    return st.integers(int(low), int(high)) if one.type is int else st.floats(low, high)


def possible(kind: type[Options]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({one.name: any_value(kind, one) for one in fields(kind)})


def refused(kind: type[Options], **chosen: Any) -> str:
    with pytest.raises(RunError) as caught:
        kind(**chosen)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_has_limits_and_every_limit_an_option(kind: type[Options]) -> None:
    assert {one.name for one in fields(kind) if one.type in (int, float)} == set(kind.LIMITS)


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_options_within_limits_survive_json(kind: type[Options], data: st.DataObject) -> None:
    options = kind(**data.draw(possible(kind)))
    assert kind.from_json(json.loads(json.dumps(options.to_json()))) == options


@pytest.mark.parametrize(("kind", "name"), LIMITED)
def test_both_limits_are_allowed_and_what_lies_beyond_is_named(kind: type[Options], name: str) -> None:
    low, high = kind.LIMITS[name]
    for limit, sign in ((low, -1), (high, 1)):
        kind(**{name: limit})
        beyond = limit + sign * (1 if isinstance(limit, int) else 1e-3 * limit)
        assert refused(kind, **{name: beyond}) == f"{name} is {beyond!r}: choose a number from {low:g} to {high:g}."


@pytest.mark.parametrize("value", [float("nan"), None, "8", True])
@pytest.mark.parametrize(("kind", "name"), LIMITED)
def test_what_is_no_number_is_refused(kind: type[Options], name: str, value: object) -> None:
    assert refused(kind, **{name: value}).startswith(f"{name} is {value!r}: choose a number from ")


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (ClassifierOptions, "classes", "six classes", "'six classes': choose one of four classes, five classes, "
         "normal or abnormal."),
        (ClassifierOptions, "escape", "V", "'V': choose one of N, S."),
        (ClassifierOptions, "balance", "weights", "'weights': choose one of none, class-weights, balanced-batches, "
         "oversampling."),
        (ClassifierOptions, "added", None, "None: choose one of none, smote, gan."),
        (ImageClassifierOptions, "added", "smote", "'smote': choose one of none, gan."),
        (ImageClassifierOptions, "size", 100, "100: choose one of 64, 128."),
        (ImageClassifierOptions, "ground", "white", "'white': choose one of plain, paper."),
        (ImageClassifierOptions, "leads", "third", "'third': choose one of both, first, second."),
    ],
)  # fmt: skip
def test_a_choice_that_is_none_is_refused_with_the_choices(
    kind: type[Options], name: str, value: object, message: str
) -> None:
    assert refused(kind, **{name: value}) == f"{name} is {message}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_an_epoch_is_refused(kind: type[Options]) -> None:
    assert refused(kind, epochs=2.5) == "epochs is 2.5: choose a whole number."


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (ClassifierOptions, "Unknown option depth, width of a classifier."),
        (ImageClassifierOptions, "Unknown option depth, width of an image classifier."),
    ],
)
def test_an_unknown_option_is_refused(kind: type[Options], message: str) -> None:
    with pytest.raises(RunError) as caught:
        kind.from_json({"epochs": 2, "width": 3, "depth": 1})
    assert str(caught.value) == message


@pytest.mark.parametrize("kind", KINDS)
def test_options_left_out_have_their_defaults(kind: type[Options]) -> None:
    assert kind.from_json({}) == kind()
    assert kind.from_json({"seed": 5}) == kind(seed=5)  # type: ignore[call-arg]


def test_every_task_has_names_and_they_are_aami_classes_or_words() -> None:
    assert set(TASKS) == set(get_args(Task))
    for task, names in TASKS.items():
        assert ClassifierOptions(classes=task).names == ImageClassifierOptions(classes=task).names == names  # type: ignore[arg-type]
        assert set(names) <= set(CLASSES) or task == "normal or abnormal"
        assert len(set(names)) == len(names) >= 2
