"""Times within a recording as people write them: `mm:ss`, `h:mm:ss` from one hour on, `day 2 03:15` in long ones.

All are counted from the start of the recording: day 1 is its first 24 hours.
"""

import re

_CLOCK = re.compile(r"(?:(?:(?P<h>\d{1,5}):)?(?P<m>\d{1,6}):)?(?P<s>\d{1,8}(?:\.\d{1,3})?)")
_DAY = re.compile(
    r"day\s*(?P<day>\d{1,3})[\s,]+(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}(?:\.\d{1,3})?))?", re.IGNORECASE
)
FORMS = "write mm:ss, such as 12:30, h:mm:ss, or day 2 03:15"


def clock(seconds: float, decimals: int = 0) -> str:
    """`seconds` from the start of a recording as `mm:ss`, with `decimals` places after the seconds.

    >>> clock(125.46, decimals=1), clock(3725)
    ('02:05.5', '1:02:05')
    """
    ticks = round(seconds * 10**decimals)
    whole, fraction = divmod(ticks, 10**decimals)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    text = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"
    return f"{text}.{fraction:0{decimals}d}" if decimals else text


def parse_clock(text: str) -> float:
    """Seconds from `mm:ss`, `h:mm:ss`, `day n hh:mm`, or a plain number of seconds.

    Minutes may be more than 59 where no hours stand before them: `1400:00` is 23:20:00. Raises ValueError with a plain
    sentence.

    >>> parse_clock("1400:00"), parse_clock("25:00:00"), parse_clock("day 2 01:00")
    (84000.0, 90000.0, 90000.0)
    """
    if day := _DAY.fullmatch(text.strip()):
        _check(text, day["m"], day["s"], hours=day["h"])
        if not int(day["day"]):
            raise ValueError(f"{text[:40]!r} is not a time: day 1 is the first 24 hours.")
        return 86400 * (int(day["day"]) - 1) + 3600 * int(day["h"]) + 60 * int(day["m"]) + float(day["s"] or 0)
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a time: {FORMS}.")
    _check(text, found["m"] if found["h"] else None, found["s"] if found["m"] else None)
    return int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + float(found["s"])


def _check(text: str, minutes: str | None, seconds: str | None, hours: str | None = None) -> None:
    """Refuse what the next larger unit would have been written for."""
    for value, most, unit in ((seconds, 60, "seconds"), (minutes, 60, "minutes"), (hours, 24, "hours")):
        if value and float(value) >= most:
            raise ValueError(f"{text[:40]!r} is not a time: {unit} run from 0 to {most - 1}.")
