"""How a table of samples is laid out: separator, decimal sign, and how many lines stand before the samples."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_core.data.importing.limits import MAX_COLUMNS, MAX_LINE_BYTES
from ecg_core.data.importing.table_head import Head, head_of, names_one_lead
from ecg_core.errors import DataError

LOOK_BYTES = 4 * MAX_LINE_BYTES
LOOK_LINES = 40
MISSING_WORDS = ("", "-", "nan", "na", "n/a", "null", "none")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4}")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")
_QUOTED_COMMA = re.compile(r"\"[-+]?\d*,\d+\"")
BLANKS = r"\s+"
"""Separator of columns that stand apart by blanks, as pandas has it."""
SEPARATORS = ("\t", ";", BLANKS, ",")


@dataclass(frozen=True)
class Layout:
    """How a text file is read as a table."""

    separator: str
    decimal: str
    encoding: str
    skip_lines: int
    """Lines before the first samples."""
    head: Head
    """What those lines say."""
    before: str
    """Those lines."""
    quoted: bool = False
    """Whether numbers stand in quotation marks because of their decimal comma."""


def layout_of(path: Path) -> Layout:
    """Look at the beginning of a text file.

    Raises DataError for what is no text, no table of numbers, or has more columns than are read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LOOK_BYTES)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
    if not raw:
        raise DataError(f"{path.name} is empty: 0 bytes. Copy it again.")
    encoding = _encoding(raw, path.name)
    lines = re.split("\r\n|\r|\n", raw.decode(encoding, "replace"))  # as pandas does: `splitlines` knows more ends
    if len(raw) == LOOK_BYTES and len(lines) > 1:
        lines = lines[:-1]  # cut off by the look
    if max(map(len, lines)) > MAX_LINE_BYTES:
        raise DataError(f"{path.name}: a line has more than {MAX_LINE_BYTES:,} bytes: no table of samples, one a line.")
    lines = lines[:LOOK_LINES]
    quoted = 2 * sum(_QUOTED_COMMA.search(line) is not None for line in lines) > len(lines)
    separator, decimal, first = (",", ",", -1) if quoted else _first_samples(lines, path.name)
    if quoted:
        first = next(k for k, line in enumerate(lines) if _QUOTED_COMMA.search(line))
    width = len(_cells(lines[first], separator, quoted))
    if width > MAX_COLUMNS:
        raise DataError(
            f"{path.name} has {width:,} columns, at most {MAX_COLUMNS} are read: one column a lead, one line a sample. "
            "Is the table on its side?"
        )
    before = [line for line in lines[:first] if line.strip()]
    rows = [_cells(line.lstrip("# "), separator, quoted) for line in before]
    return Layout(separator, decimal, encoding, first, head_of(before, rows, width), "\n".join(before), quoted)


def _encoding(raw: bytes, file: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in raw:
        raise DataError(f"{file} is no text file: it cannot be read as a table.")
    try:
        raw[: raw.rfind(b"\n") + 1 or len(raw)].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _cells(line: str, separator: str, quoted: bool = False) -> list[str]:
    line = line.rstrip("\r\n")
    if quoted:
        cells = next(csv.reader([line]), [""])
    elif separator == BLANKS:  # a unit in brackets belongs to the name before it
        line = re.sub("elapsed time", "elapsed_time", line.strip(), flags=re.I)
        cells = line.split() if line.startswith(("(", "[")) else re.split(r"\s+(?=[^\s(\[])", line)
    else:
        cells = line.split(separator)
    return [cell.strip().strip("\"'").strip() for cell in cells]


def _first_samples(lines: Sequence[str], file: str) -> tuple[str, str, int]:
    """Separator, decimal sign, and number of lines before the first one of samples."""
    for separator in SEPARATORS:
        for decimal in (".", ",") if separator != "," else (".",):
            rows = [_cells(line, separator) for line in lines]
            if separator == BLANKS and not _apart_by_blanks(rows, decimal):
                continue
            widths = _widths(rows, decimal)
            if decimal == "." and separator != "," and sum(map(bool, _widths(rows, ","))) > sum(map(bool, widths)):
                continue  # a few lines may have neither sign, such as `0;1e-05`
            usual = max((width for width in widths if width), key=widths.count, default=0)
            first = widths.index(usual)
            if separator == "," and usual == 2 and first and _single(lines[:first], lines[first:]):
                break
            if usual:
                return separator, decimal, first
    for k, line in enumerate(lines):  # a single column
        below = lines[k:]  # the first number may have neither sign, such as `0` or `1e-05`
        for decimal in (",", ".") if any("," in each for each in below) else (".", ","):
            if _number(line.strip().strip("\"'"), decimal):
                return "\t", decimal, k
    raise DataError(f"{file} has no line of numbers in its first {LOOK_LINES}: no table of samples, one a line.")


def _widths(rows: Sequence[Sequence[str]], decimal: str) -> list[int]:
    """Cells of each line that is one of samples of several columns, else 0."""
    return [len(row) if len(row) > 1 and _samples(row, decimal) else 0 for row in rows]


def _apart_by_blanks(rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """Whether most lines are nothing but several numbers, as prose is not."""
    numbers = [
        len(row) > 1 and all(_number(cell, decimal) or cell.lower() in MISSING_WORDS or is_clock(cell) for cell in row)
        for row in rows
        if row != [""]
    ]
    return sum(numbers) > 1 and 2 * sum(numbers) >= len(numbers)


def _single(before: Sequence[str], below: Sequence[str]) -> bool:
    """Whether lines such as `0,145` under one name are numbers with a decimal comma, not two columns."""
    cells = [line.strip().strip("\"'") for line in below]
    numbers = all(cell.lower() in MISSING_WORDS or _number(cell, ",") for cell in cells)
    named = before[-1].strip() != "" and "," not in before[-1]
    return numbers and (named or (not before[-1].strip() and names_one_lead(before)))


def _samples(cells: Sequence[str], decimal: str) -> bool:
    """Whether cells are those of a line of samples: a number, a missing one or a time first, and no text in most."""
    numbers = [_number(cell, decimal) for cell in cells]
    others = [cell.lower() in MISSING_WORDS or is_clock(cell) or bool(_DAY.fullmatch(cell)) for cell in cells]
    return (numbers[0] or others[0]) and any(numbers) and 2 * sum(map(max, numbers, others)) >= len(cells)


def _number(cell: str, decimal: str) -> bool:
    pattern = _NUMBER.fullmatch(cell)
    return bool(
        pattern if decimal == "." else (_DECIMAL_COMMA.fullmatch(cell) or (_NUMBER.fullmatch(cell) and "." not in cell))
    )


def is_clock(cell: str) -> bool:
    """Whether a text is a time of day, a date with a time, or an elapsed time such as `0:00.003`."""
    return bool(
        re.fullmatch(
            r"\[?(?:\d{4}-\d\d-\d\d[T ])?(?:\d{1,3}:)?\d{1,2}:\d\d(?:[.,]\d+)?\s*(?:Z|[-+]\d\d:?\d\d)?\]?", cell
        )
    )
