"""Times within a recording as people write them: `mm:ss`, or `h:mm:ss` from one hour on."""

import re

_CLOCK = re.compile(r"(?:(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,3}):)?(?P<s>\d{1,6}(?:\.\d{1,3})?)")


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
    """Seconds from `mm:ss`, `h:mm:ss`, or a plain number of seconds. Raises ValueError with a plain sentence."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a time: write mm:ss, such as 12:30.")
    if found["m"] and float(found["s"]) >= 60:
        raise ValueError(f"{text[:40]!r} is not a time: seconds run from 0 to 59.")
    return int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + float(found["s"])
