"""What the lines above the samples of a table say: names and units of its columns, the rate, the start.

Exports of watches and Holter software begin with lines such as `Name,Jane Doe` and `Sample Rate,512 hertz`. They name
no column, and who was recorded is not taken over.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ecg_core.data.importing.channels import says_ecg, unit_of

TIME_NAMES = re.compile(
    r"(?:elapsed[ _]?)?(?:time|t|timestamp|date[ _]?time|datetime|date|seconds?|secs?|s|milliseconds?|ms)"
    r"|(?:zeit|uhrzeit|zeitstempel|datum|temps|heure|tiempo|hora|tempo|ora)",
    re.I,
)
DAY_NAMES = ("date", "datum")
COUNT_NAMES = re.compile(r"(?:sample|index|row|nr|no|n)?[ _]*(?:#|no|nr|number|index|sample)?|unnamed: ?\d+", re.I)
TIME_UNITS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3,
    "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9,
}  # fmt: skip
_UNIT_IN_NAME = re.compile(
    r"^(?P<name>.*?)[\s_]*[\[(]\s*(?P<unit>[^\])]{1,16})\s*[\])]\s*$|^(?P<stem>.+)[_ ](?P<end>[A-Za-zµμ]{1,3})$"
)
_IS = r"[\"']?\s*(?:\(?\s*hz\s*\)?)?\s*[:=,;\t]\s*[\"']?\s*"
_STATED_RATE = re.compile(
    rf"(?:\bfs\b|\brate\b|sampl\w*[ _-]*(?:rate|freq\w*)|frequency|messrate|abtastrate){_IS}(\d+(?:[.,]\d+)?)", re.I
)
_STATED_UNIT = re.compile(rf"\b(?:units?|einheit){_IS}([A-Za-zµμ]+)", re.I)
_STATED_START = re.compile(
    rf"\b(?:record\w*|start\w*|aufgezeichnet\w*)(?:[ _](?:date|time|at|am))*{_IS}"
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)",
    re.I,
)
_STATED_LEAD = re.compile(r"^(?:lead|ableitung|channel|kanal)[\"']?\s*[:=,;\t]\s*[\"']?([^\"'\n]+)", re.I | re.M)
_ABOUT = re.compile(
    r"(?:(?:patient|subject|first|last|full)\W*)?(?:name|vorname|nachname)|patient.*|subject.*|birth.*|geburtsdatum|dob"
    r"|date of birth|device.*|gerät.*|software.*|record.*|aufgezeichnet.*|start.*|sampl\w* (?:rate|freq\w*)|messrate"
    r"|abtastrate|classification|klassifi.*|symptom.*|sex|gender|geschlecht|age|alter|units?|einheit|lead|ableitung",
    re.I,
)
"""A first cell that makes a line one about the recording, not one of names."""
_FACT = re.compile(r"[:=,;\t]")
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Column:
    """One column as its heading describes it."""

    name: str
    """Without the unit."""
    label: str
    """As the file has it."""
    unit: str = ""


@dataclass(frozen=True)
class Head:
    """What is said above the samples."""

    columns: tuple[Column, ...]
    named: bool
    """Whether the file names its columns."""
    rate: float | None = None
    """Hz, if a line before the columns states it."""
    unit: str = ""
    """Unit of all leads, if such a line states it."""
    start: str = ""
    """ISO 8601 without a zone, if such a line states it."""


def head_of(before: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Head:
    """What the lines `before` the samples say; `rows` are their cells, `width` the number of columns."""
    text = "\n".join(before)
    if width == 1:  # a comment, and a fact, have as many cells as a heading
        heads = [[_bare(line)] for line in before if not line.lstrip().startswith("#") and not _FACT.search(line)]
    else:
        heads = [list(row) for row in rows if len(row) == width and not _is_fact(row)]
    columns = _columns(heads, width)
    lead = _STATED_LEAD.search(text)
    if width == 1 and not heads and lead:
        columns = (Column(lead[1].strip(), lead[1].strip()),)
    rate, unit, start = _STATED_RATE.search(text), _STATED_UNIT.search(text), _STATED_START.search(text)
    return Head(
        columns,
        bool(heads),
        float(rate[1].replace(",", ".")) if rate else None,
        (unit_of(unit[1]) or "") if unit else "",
        f"{start[1]}T{start[2]}" if start else "",
    )


def names_one_lead(before: Sequence[str]) -> bool:
    """Whether a line such as `Lead,Lead I` says that there is one lead, and so one column."""
    return any(_STATED_LEAD.match(line) for line in before)


def columns_from(names: Sequence[str]) -> tuple[Column, ...]:
    """Columns from names that may hold their unit: `II (mV)`, `V1 [uV]`, `time_ms`."""
    return _columns([list(names)], len(names))


def _bare(cell: str) -> str:
    return cell.strip().strip("\"'").strip()


def _is_fact(row: Sequence[str]) -> bool:
    return bool(_ABOUT.fullmatch(row[0])) and (len(row) == 2 or not any(map(says_ecg, row)))


def _columns(heads: Sequence[Sequence[str]], width: int) -> tuple[Column, ...]:
    """Columns from the lines above the samples: names, and units in a line of their own or within the names."""
    if not heads:
        return tuple(Column("", "") for _ in range(width))
    units: Sequence[str] = [""] * width
    below = [cell.strip("()[] ") for cell in heads[-1]]
    if len(heads) > 1 and any(map(unit_of, below)):
        heads, units = heads[:-1], below
    names = next((row for row in reversed(heads) if any(map(_names_a_column, row))), heads[0])
    columns = []
    for name, stated_below in zip(names, units, strict=True):
        label, plain, unit = name, name, stated_below
        match = _UNIT_IN_NAME.fullmatch(name)
        if not unit and match:
            stated = match["unit"] or match["end"]
            known = unit_of(stated) or stated.lower() in TIME_UNITS
            if match["unit"] or known:
                plain, unit = match["name"] or match["stem"] or name, stated
        columns.append(Column(plain, label, unit))
    return tuple(columns)


def _names_a_column(cell: str) -> bool:
    match = _UNIT_IN_NAME.fullmatch(cell)
    plain = (match["name"] or match["stem"] or cell) if match else cell
    return any(says_ecg(text) or bool(TIME_NAMES.fullmatch(text.strip())) for text in (cell, plain))
