"""How a table of samples is laid out: separator, decimal sign, lines before the samples, names and units of columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_core.data.importing.channels import unit_of
from ecg_core.data.importing.limits import MAX_COLUMNS, MAX_LINE_BYTES
from ecg_core.errors import DataError

SEPARATORS = ("\t", ";", ",")
LOOK_BYTES = 4 * MAX_LINE_BYTES
LOOK_LINES = 40
MISSING_WORDS = ("", "-", "nan", "na", "n/a", "null", "none")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4}")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")
_UNIT_IN_NAME = re.compile(
    r"^(?P<name>.*?)[\s_]*[\[(]\s*(?P<unit>[^\])]{1,16})\s*[\])]\s*$|^(?P<stem>.+)[_ ](?P<end>[A-Za-zµμ]{1,3})$"
)
_STATED_RATE = re.compile(
    r"(?:\bfs\b|\brate\b|sampl\w*[ _-]*(?:rate|freq\w*)|frequency)\s*(?:\(?\s*hz\s*\)?)?\s*[:=]\s*(\d+(?:[.,]\d+)?)",
    re.I,
)
_STATED_UNIT = re.compile(r"\bunits?\s*[:=]\s*([A-Za-zµμ]+)", re.I)
TIME_NAMES = re.compile(
    r"(?:elapsed[ _]?)?(?:time|zeit|t|timestamp|date[ _]?time|datetime|date|seconds?|secs?|s|milliseconds?|ms)", re.I
)
COUNT_NAMES = re.compile(r"(?:sample|index|row|nr|no|n)?[ _]*(?:#|no|nr|number|index|sample)?", re.I)
TIME_UNITS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3,
    "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column as its heading describes it."""

    name: str
    """Without the unit."""
    label: str
    """As the file has it."""
    unit: str = ""


@dataclass(frozen=True)
class Layout:
    """How a text file is read as a table."""

    separator: str
    decimal: str
    encoding: str
    skip_lines: int
    """Lines before the first samples."""
    columns: tuple[Column, ...]
    named: bool
    """Whether the file names its columns."""
    rate: float | None
    """Hz, if a line before the columns states it."""
    unit: str
    """Unit of all leads, if such a line states it."""
    before: str
    """The lines before the samples."""


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
    separator, decimal, first = _first_samples(lines, path.name)
    width = len(_cells(lines[first], separator))
    if width > MAX_COLUMNS:
        raise DataError(
            f"{path.name} has {width:,} columns, at most {MAX_COLUMNS} are read: one column a lead, one line a sample. "
            "Is the table on its side?"
        )
    before = [line for line in lines[:first] if line.strip()]
    heads = [cells for line in before if len(cells := _cells(line.lstrip("# "), separator)) == width]
    if width == 1:  # a comment has as many cells as a heading
        heads = [[line.strip().strip("\"'").strip()] for line in before if not line.lstrip().startswith("#")]
    comments = " ".join(before)
    columns = _columns(heads, width)
    rate = _STATED_RATE.search(comments)
    unit = _STATED_UNIT.search(comments)
    return Layout(
        separator,
        decimal,
        encoding,
        first,
        columns,
        bool(heads),
        float(rate[1].replace(",", ".")) if rate else None,
        (unit_of(unit[1]) or "") if unit else "",
        "\n".join(before),
    )


def columns_from(names: Sequence[str]) -> tuple[Column, ...]:
    """Columns from names that may hold their unit: `II (mV)`, `V1 [uV]`, `time_ms`."""
    return _columns([list(names)], len(names))


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


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip().strip("\"'").strip() for cell in line.rstrip("\r\n").split(separator)]


def _first_samples(lines: Sequence[str], file: str) -> tuple[str, str, int]:
    """Separator, decimal sign, and number of lines before the first one of samples."""
    for separator in SEPARATORS:
        for decimal in (".", ",") if separator != "," else (".",):
            rows = [_cells(line, separator) for line in lines]
            widths = [len(row) if len(row) > 1 and _samples(row, decimal) else 0 for row in rows]
            usual = max((width for width in widths if width), key=widths.count, default=0)
            first = widths.index(usual)
            if separator == "," and usual == 2 and first and _single(lines[first - 1], lines[first:]):
                break
            if usual:
                return separator, decimal, first
    for k, line in enumerate(lines):  # a single column
        below = lines[k:]  # the first number may have neither sign, such as `0` or `1e-05`
        for decimal in (",", ".") if any("," in each for each in below) else (".", ","):
            if _number(line.strip().strip("\"'"), decimal):
                return "\t", decimal, k
    raise DataError(f"{file} has no line of numbers in its first {LOOK_LINES}: no table of samples, one a line.")


def _single(head: str, below: Sequence[str]) -> bool:
    """Whether lines such as `0,145` under one name are numbers with a decimal comma, not two columns."""
    cells = [line.strip().strip("\"'") for line in below]
    numbers = all(cell.lower() in MISSING_WORDS or _number(cell, ",") for cell in cells)
    return numbers and "," not in head and head.strip() != ""


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


def _columns(heads: Sequence[Sequence[str]], width: int) -> tuple[Column, ...]:
    """Columns from the lines above the samples: names, and units in a line of their own or within the names."""
    if not heads:
        return tuple(Column("", "") for _ in range(width))
    names = heads[0]
    units: Sequence[str] = [""] * width
    if len(heads) > 1 and any(unit_of(cell) for cell in heads[1]):
        units = heads[1]
    columns = []
    for name, below in zip(names, units, strict=True):
        label, plain, unit = name, name, below
        match = _UNIT_IN_NAME.fullmatch(name)
        if not unit and match:
            stated = match["unit"] or match["end"]
            known = unit_of(stated) or stated.lower() in TIME_UNITS
            if match["unit"] or known:
                plain, unit = match["name"] or match["stem"] or name, stated
        columns.append(Column(plain, label, unit))
    return tuple(columns)
