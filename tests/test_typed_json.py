"""Between JSON and dataclasses: what fits is read, what does not is refused by name and field."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import DataError, RunError, WorkbenchError
from ecg_core.typed_json import MOST_SAID, from_json, to_json, without_empty


@dataclass(frozen=True)
class Part:
    share: float | None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Whole:
    name: str
    count: int
    known: bool
    parts: Mapping[str, Part]
    records: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    next: "Link | None" = None


WHOLE = Whole("x", 3, True, {"a": Part(0.1 + 0.2, (0.0, 1.0)), "b": Part(None)}, ("100", "101"), {"100": "clipped"})
numbers = st.floats(allow_nan=False, allow_infinity=False)
parts = st.builds(Part, st.none() | numbers, st.none() | st.tuples(numbers, numbers))
wholes = st.builds(
    Whole,
    st.text(),
    st.integers(),
    st.booleans(),
    st.dictionaries(st.text(), parts),
    st.lists(st.text()).map(tuple),
    st.dictionaries(st.text(), st.text()),
)


@given(wholes)
def test_a_value_survives_json_with_all_in_it(whole: Whole) -> None:
    assert from_json(Whole, json.loads(json.dumps(to_json(whole))), "x", DataError) == whole
    assert from_json(Whole, to_json(whole), "x", DataError) == whole


def test_a_number_without_decimals_is_a_float_where_one_is_asked_for() -> None:
    part = from_json(Part, {"share": 1, "interval": [0, 1]}, "x", DataError)
    assert part == Part(1.0, (0.0, 1.0))
    assert type(part.share) is float


def test_fields_left_out_have_their_defaults_and_unknown_ones_are_passed_over() -> None:
    value = {"name": "x", "count": 1, "known": False, "parts": {}, "newer": [1]}
    assert from_json(Whole, value, "x", DataError) == Whole("x", 1, False, {})


@pytest.mark.parametrize("error", [DataError, RunError])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"count": "3"}, r"Expected `int`, got `str` - at `\$\.count`"),
        ({"count": 2.5}, r"Expected `int`, got `float` - at `\$\.count`"),
        ({"count": True}, r"Expected `int`, got `bool` - at `\$\.count`"),
        ({"known": 1}, r"Expected `bool`, got `int` - at `\$\.known`"),
        ({"name": None}, r"Expected `str`, got `null` - at `\$\.name`"),
        ({"parts": []}, r"Expected `object`, got `array` - at `\$\.parts`"),
        ({"parts": {"a": {}}}, r"Object missing required field `share` - at `\$\.parts\[\.\.\.\]`"),
        ({"parts": {"a": {"share": 1, "interval": [1]}}}, r"length 2.* - at `\$\.parts\[\.\.\.\]\.interval`"),
        ({"records": "100"}, r"Expected `array`, got `str` - at `\$\.records`"),
        ({"records": ["100", 101]}, r"Expected `str`, got `int` - at `\$\.records\[1\]`"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name_and_field(
    error: type[WorkbenchError], change: dict[str, object], expected: str
) -> None:
    with pytest.raises(error, match=rf"^The card of x is damaged: .*{expected}\.$"):
        from_json(Whole, to_json(WHOLE) | change, "The card of x", error)


@pytest.mark.parametrize("value", [None, 3, "text", [], [1, 2], float("nan")])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(DataError, match=r"^The card of x is damaged: Expected `object`, got `\w+`\.$"):
        from_json(Whole, value, "The card of x", DataError)


def test_a_missing_field_is_named() -> None:
    value = to_json(WHOLE)
    del value["known"]
    with pytest.raises(DataError, match=r"^x is damaged: Object missing required field `known`\.$"):
        from_json(Whole, value, "x", DataError)


def test_a_chain_without_end_is_refused() -> None:
    value: dict[str, object] = {}
    for _ in range(100_000):
        value = {"next": value}
    with pytest.raises(DataError, match=r"^x is damaged: nested too deeply\.$"):
        from_json(Link, value, "x", DataError)
    while value:  # taken apart here, step by step
        value = value.pop("next", {})  # type: ignore[assignment]


@pytest.mark.parametrize("value", [0, False, 0.0, "x", [0], {"a": None}])
def test_only_what_is_none_or_empty_is_left_out_and_only_if_it_is_named(value: object) -> None:
    whole = {"a": value, "b": None, "c": "", "d": {}, "e": [], "f": None}
    assert without_empty(whole, "a", "b", "c", "d", "e", "not there") == {"a": value, "f": None}


def test_a_message_is_no_longer_than_people_read() -> None:
    wordy = make_dataclass("Wordy", [("x" * 1000, int)], frozen=True)
    with pytest.raises(DataError) as caught:
        from_json(wordy, {}, "x", DataError)
    assert str(caught.value).startswith("x is damaged: Object missing required field `xxx")
    assert len(str(caught.value)) == len("x is damaged: .") + MOST_SAID


def test_half_a_character_where_one_of_a_few_texts_is_expected_is_refused_in_words() -> None:
    kind = make_dataclass("kind", [("order", Literal["time", "score"])], frozen=True)
    with pytest.raises(DataError, match="no Unicode"):
        from_json(kind, {"order": "\ud800"}, "x", DataError)
