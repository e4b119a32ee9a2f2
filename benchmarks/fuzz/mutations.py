"""Seeded damage to real-shaped input: to bytes, to fields and lines of a text, to values of JSON."""

import json
import math
import random
import re
from collections.abc import Callable
from typing import Any

ODD_TEXTS = (
    "", "0", "-1", "+1", "+360", "00", "1e3", "3.6e2", "1e309", "-1e309", "1e-320", "nan", "NaN", "inf", "-Infinity",
    "٣٦٠", "²", "１２", "1_000", "0x10", "9" * 20, "9" * 400, "2147483648", "-2147483649", "4294967296", "65536",
    ".", "-", "1.", ".5", "1,5", "1:00", "1400:00", "99:99:99", "0/0", "360/360(1e9)", "1(2)/mV", "(", ")", "/",
    "\u202eabc", "\u200f", "\u2066x\u2069", "\x00", "a\x00b", "\ud800", "\ufeff", "\u2028", "\x1b[31mred", "\x7f",
    "../x", "../../etc/passwd", "/etc/passwd", "/dev/zero", "C:\\x", "\\\\host\\share", "CON", "~nobodyzz/x", "~", ".",
    "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "<script>alert(1)</script>", "![x](http://127.0.0.1/z.png)", "%s%n%x",
    "x" * 300, "x" * 5000, "é" * 200, "😀" * 50, "true", "null", "[]", "{}", "'", '"', "\\", "#", "##", ",", ";", "\t",
    "\n", "\r", "\r\n", "mV", "uV", "NV", "212", "16x99999", "16:999999", "16+99999999999", "80", "508", "II", "V1", "N",
)  # fmt: skip
"""What stands where a name, a number, a time or a path is expected."""
ODD_NUMBERS = (0, -1, 1, 2**31, -(2**31) - 1, 2**63, 2**64, 10**30, 1e308, -1e308, 1e-320, 0.5, -0.0, 1e9, 2e7, 0.1)
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, *ODD_NUMBERS, "", [], {}, [None], [[]], [0] * 50, {"a": None}, "x" * 6000, "\u202eabc", "\x00",
    "N", "../../etc/passwd", float("nan"), float("inf"), float("-inf"), "٣", "nan", ["x"] * 300, {"": ""}, [1, "a"],
)  # fmt: skip
WORDS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_PIECES = re.compile(r"[^\s,;:/()|=]+|[\s,;:/()|=]")


def odd_text(rng: random.Random) -> str:
    """A text nobody expects."""
    return rng.choice(ODD_TEXTS)


def encoded(text: str) -> bytes:
    """UTF-8, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def mutated_bytes(rng: random.Random, raw: bytes, most: int = 4) -> bytes:
    """Some bytes flipped, replaced, put in, taken out, repeated, moved or cut off."""
    out = bytearray(raw)
    for _ in range(rng.randint(1, most)):
        if not out:
            return bytes(rng.randbytes(rng.randint(0, 40)))
        at = rng.randrange(len(out))
        length = min(len(out) - at, int(2 ** rng.uniform(0, 8)))
        match rng.randrange(9):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                out[at] = rng.choice((0, 1, 0x20, 0x2D, 0x39, 0x7F, 0x80, 0xFE, 0xFF))
            case 2:
                out[at:at] = rng.randbytes(length)
            case 3:
                del out[at : at + length]
            case 4:
                out[at:at] = out[at : at + length] * rng.choice((1, 1, 2, 16))
            case 5:
                del out[at:]
            case 6:
                width = rng.choice((1, 2, 4, 8))
                word = (rng.choice(WORDS) & ((1 << 8 * width) - 1)).to_bytes(width, rng.choice(("little", "big")))
                out[at : at + width] = word
            case 7:
                other = rng.randrange(len(out))
                out[at : at + length] = out[other : other + length]
            case _:
                out[at : at + length] = bytes([rng.choice((0, 0xFF, 0x20))]) * length
    return bytes(out)


def mutated_text(rng: random.Random, text: str, most: int = 3) -> bytes:
    """Some fields or lines of a text replaced, removed, repeated or swapped; now and then its encoding too."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, most)):
        at = rng.randrange(len(lines))
        match rng.randrange(12):
            case 0:
                del lines[at]
            case 1:
                lines[at:at] = [lines[at]] * rng.choice((1, 1, 2, 400))
            case 2:
                other = rng.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines.insert(at, odd_text(rng))
            case 4:
                del lines[at + 1 :]
                lines[at] = lines[at][: rng.randint(0, len(lines[at]))]
            case 5:
                lines[at] = rng.choice((str.upper, str.lower, str.strip, str.swapcase))(lines[at])
            case _:
                lines[at] = _field_replaced(rng, lines[at])
        if not lines:
            break
    return _stored(rng, "\n".join(lines))


def _field_replaced(rng: random.Random, line: str) -> str:
    pieces = _PIECES.findall(line)
    if not pieces:
        return odd_text(rng)
    at = rng.randrange(len(pieces))
    number = pieces[at].removeprefix("-")
    match rng.randrange(6):
        case 0 if number.isascii() and number.isdigit():
            pieces[at] = str(int(number[:18]) + rng.choice((-1, 1, 2**16, -(2**31), 10**9)))
        case 1:
            del pieces[at]
        case 2:
            pieces.insert(at, odd_text(rng))
        case 3:
            pieces[at] += odd_text(rng)
        case _:
            pieces[at] = odd_text(rng)
    return "".join(pieces)


def _stored(rng: random.Random, text: str) -> bytes:
    raw = encoded(text)
    match rng.randrange(40):
        case 0:
            return b"\xef\xbb\xbf" + raw
        case 1:
            return text.encode("utf-16", "surrogatepass")
        case 2:
            return text.encode("utf-16-be", "surrogatepass")
        case 3:
            return text.encode("cp1252", "replace")
        case 4:
            return raw.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\x0b", b"\x85")))
        case 5:
            return raw + rng.choice((b"\x00", b"\x1a", b"\xff\xfe", b"\n" * 300, b"," * 3000))
        case 6 | 7 | 8:
            return mutated_bytes(rng, raw, 2)
        case _:
            return raw


def mutated_json(rng: random.Random, text: str, most: int = 2) -> bytes:
    """Some values of a JSON text replaced, removed, renamed, swapped, nested or given twice."""
    if rng.random() < 0.08:
        return mutated_bytes(rng, encoded(text), 3)
    if rng.random() < 0.03:
        return encoded(
            rng.choice(("", "null", "[]", "5", '"x"', "{", "[" * 100_000, '{"a":' * 100_000, "nan", "\ufeff{}"))
        )
    root: list[Any] = [json.loads(text)]
    for _ in range(rng.randint(1, most)):
        holder, key = _place(rng, root)
        value = holder[key]
        match rng.randrange(10):
            case 0 if holder is not root:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[rng.choice((str(key) + "x", str(key).upper(), odd_text(rng)))] = holder.pop(key)
            case 2 if isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e300:
                holder[key] = rng.choice(
                    (-value, value * 1e9, value * 1e-9, value + 1, int(min(max(value, -1e9), 1e9)), str(value))
                )
            case 3 if isinstance(value, list):
                holder[key] = rng.choice((value[:-1], value[1:], value * 2, value[::-1], [value], value[:1] * 1000))
            case 4:
                other, there = _place(rng, root)
                other[there] = value
                if rng.random() < 0.5:
                    holder[key] = rng.choice(ODD_VALUES)
            case 5:
                for _ in range(rng.choice((1, 2, 50, 900))):
                    value = [value] if rng.random() < 0.5 else {"a": value}
                holder[key] = value
            case 6:
                holder[key] = odd_text(rng)
            case _:
                holder[key] = rng.choice(ODD_VALUES)
    try:
        out = json.dumps(root[0])
    except (RecursionError, ValueError):
        out = "[" * 2000
    if rng.random() < 0.04:  # a field given twice, a value from inside another, lone surrogates
        out = rng.choice((out[:-1] + "," + out[1:], out.replace('"', '"\\ud800', 3), out + out))
    return encoded(out)


def _place(rng: random.Random, root: list[Any]) -> tuple[Any, Any]:
    """A random place in nested values; high up more often than deep down."""
    holder: Any = root
    key: Any = 0
    while isinstance(holder[key], dict | list) and holder[key] and rng.random() < 0.75:
        holder = holder[key]
        key = rng.choice(list(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
    return holder, key


def changed(rng: random.Random, mutation: Callable[[random.Random], bytes], sound: bytes) -> bytes:
    """The damage, or now and then what is sound: a reader that refuses everything would not be found otherwise."""
    return sound if rng.random() < 0.02 else mutation(rng)
