"""Numbers as people read them."""

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.text import adding_up, number, percent, plain, seconds


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0.0 %"),
        (0.5, "50.0 %"),
        (0.98765, "98.8 %"),
        (0.9997, "over 99.9 %"),
        (1, "100.0 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_a_share_is_per_cent_with_one_decimal_and_a_dash_where_there_is_none(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.97852, 3, "0.979"),
        (1234567.8, 1, "1,234,567.8"),
        (5, 0, "5"),
        (-0.5, 2, "-0.50"),
        (None, 3, "–"),
        (math.nan, 1, "–"),
    ],
)
def test_a_number_has_the_decimals_asked_for_and_commas(value: float | None, digits: int, text: str) -> None:
    assert number(value, digits) == text


def test_three_decimals_unless_told() -> None:
    assert number(2) == "2.000"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45.2, "45 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (150, "2 min"),
        (151, "3 min"),
        (5369, "89 min"),
        (5400, "1 h 30 min"),
        (7200, "2 h 0 min"),
        (100_000, "27 h 47 min"),
    ],
)
def test_a_duration_is_in_the_unit_people_would_say(value: float, text: str) -> None:
    assert seconds(value) == text


@given(st.floats(0, 1e7))
def test_a_duration_read_back_is_about_as_long(value: float) -> None:
    numbers = [float(word) for word in seconds(value).split() if word[0].isdigit()]
    units = [word for word in seconds(value).split() if not word[0].isdigit()]
    total = sum(n * {"s": 1, "min": 60, "h": 3600}[unit] for n, unit in zip(numbers, units, strict=True))
    assert abs(total - value) <= (0.5 if units == ["s"] else 30)


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1e4), min_size=1, max_size=6), st.integers(0, 3))
def test_rounded_parts_add_up_to_their_rounded_sum(parts: dict[str, float], digits: int) -> None:
    rounded = adding_up(parts, digits)
    assert list(rounded) == list(parts)
    assert sum(rounded.values()) == pytest.approx(round(sum(parts.values()), digits), abs=0.6 * 10.0**-digits)
    assert all(abs(rounded[name] - value) <= 1.0001 * 10.0**-digits for name, value in parts.items())


def test_parts_that_would_not_add_up_are_rounded_so_that_they_do() -> None:
    assert adding_up({"shape": 10.33, "early": 15.24}) == {"shape": 10.3, "early": 15.3}


@given(st.text(max_size=900))
def test_a_plain_text_is_short_shows_every_sign_and_stays_as_it_is(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= 600
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(sign) for sign in shown.replace("\n", "")}
    assert plain(shown) == shown


def test_the_beginning_and_the_end_of_a_long_text_stay() -> None:
    shown = plain("a.hea: " + "x" * 5000 + " Copy it again.", most=60)
    assert len(shown) == 60
    assert shown.startswith("a.hea: xxx")
    assert shown.endswith("xxx Copy it again.")


def test_signs_that_turn_a_line_around_are_shown_as_their_code() -> None:
    assert plain("lead \u202eII\x1b[31m\ud800") == r"lead \u202eII\x1b[31m\ud800"
