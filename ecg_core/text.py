"""Numbers as people read them, the same on pages and on the command line."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping

ALMOST_ALL = 0.9995
"""A share that one decimal of a per cent would round up to 100 %."""
LONGEST = 600
"""Characters of a sentence for the person at the screen, whatever it quotes."""
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Signs that cannot be seen, or turn those after them around: control, format, lone surrogates, ends of line."""
RESEARCH_USE = "Research use. Not a medical device."
_PLACE = re.compile(r"(?<![\w.:/…])(?:~|/|[A-Za-z]:\\)(?:[^\s'\"<>|:;,()]+[/\\])+([^\s'\"<>|:;,()/\\]*)")


def plain(text: str, most: int = LONGEST) -> str:
    """A text with every sign that cannot be seen written as its code, and with its middle left out where it is longer
    than `most` characters: its beginning says where, its end what to do.

    >>> plain("lead \u202eII"), plain("0123456789" * 9, most=20)
    ('lead \\\\u202eII', '0123456789… 3456789')
    """
    if not text.isprintable():
        text = "".join(_seen(sign) for sign in text)
    if len(text) <= most:
        return text
    end = max(1, most // 3)
    return f"{text[: most - end - 2]}… {text[-end:]}"


def _seen(sign: str) -> str:
    hidden = sign != "\n" and unicodedata.category(sign) in _HIDDEN
    return sign.encode("unicode_escape").decode() if hidden else sign


def percent(share: float | None) -> str:
    """A share as per cent, a dash where there is none; what misses a little of all of it is not rounded up to all."""
    if share is None or math.isnan(share):
        return "–"
    return "over 99.9 %" if ALMOST_ALL <= share < 1 else f"{100 * share:.1f} %"


def without_places(text: str, known: Iterable[str] = ()) -> str:
    """`text` with paths of this machine cut to their last part, `…/holter`; below `known` folders to what is in these.

    Where folders lie, and whose account they lie under, is nobody's business on a page or in a file that is passed on.
    """
    for folder in sorted(filter(None, known), key=len, reverse=True):
        last = folder.replace("\\", "/").rsplit("/", 1)[-1]
        text = re.sub(rf"(?<![\w/…]){re.escape(folder)}(?![\w-])", lambda _, last=last: f"…/{last}", text)  # type: ignore[misc]
    return _PLACE.sub(lambda found: f"…/{found[1]}" if found[1] else "…/", text)


def number(value: float | None, digits: int = 3) -> str:
    """A number with `digits` decimals, a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def adding_up(parts: Mapping[str, float], digits: int = 1) -> dict[str, float]:
    """Parts rounded so that they add up to their rounded sum: those that lose most by it are rounded the other way."""
    unit = 10.0**-digits
    whole = {name: math.floor(value / unit) for name, value in parts.items()}
    missing = round(sum(parts.values()) / unit) - sum(whole.values())
    by_rest = sorted(parts, key=lambda name: parts[name] / unit - whole[name], reverse=True)
    return {name: round((whole[name] + (name in by_rest[:missing])) * unit, digits) for name in parts}


def counted(n: int, what: str) -> str:
    """Such as `1 recording`, `1,200 recordings`."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def seconds(value: float) -> str:
    """A duration for reading: `45 s`, `3 min`, `1 h 20 min`."""
    if value < 90:
        return f"{value:.0f} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
