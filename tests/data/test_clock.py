"""Times as people write them."""

import pytest

from ecg_core.data.clock import clock, parse_clock


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [(0, 0, "00:00"), (125.46, 1, "02:05.5"), (59.96, 1, "01:00.0"), (3725, 0, "1:02:05")],
)
def test_clock(seconds: float, decimals: int, text: str) -> None:
    assert clock(seconds, decimals) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12:30", 750),
        ("1:02:05", 3725),
        ("90", 90),
        (" 00:05.25 ", 5.25),
        ("0", 0),
        ("1400:00", 84000),
        ("23:20:00", 84000),
        ("167:59:59", 604799),
        ("day 1 00:30", 1800),
        ("Day 3, 07:05:09.5", 198309.5),
    ],
)
def test_parse_clock(text: str, seconds: float) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "12:75",
        "-3",
        "1:2:3:4",
        "nan",
        "1e3",
        "1:75:00",
        "day 0 01:00",
        "day 2 24:00",
        "day 2 3:7",
        "day two",
    ],
)
def test_what_is_no_time_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_clock(text)
