"""Small CSV files beside recordings that say one thing of a record a line: `record,patient`, `record,annotator`.

Beside images they say it of an image: `image,patient`."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ecg_core.errors import DataError

MOST_BYTES = 5_000_000
MOST_CHARACTERS = 80


def record_table(path: Path, column: str, of: str = "record", most_bytes: int = MOST_BYTES) -> dict[str, str]:
    """Record, or whatever the first column `of` names -> what the file says in `column`; nothing if there is no file.

    Raises DataError, naming file, line and field, for a file that cannot be read.
    """
    if not path.exists():
        return {}
    if not path.is_file() or path.stat().st_size > most_bytes:
        raise DataError(f"{path.name}: expected a text file of at most {most_bytes // 10**6} MB.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{path.name} cannot be read as UTF-8 text: save it as a CSV file again.") from None
    return _values_in(_rows_of(lines, path.name), path.name, column, of)


def record_table_text(values: Mapping[str, str], column: str) -> str:
    """The text of such a file, sorted by record."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("record", column))
    rows.writerows(sorted(values.items()))
    return text.getvalue()


def _rows_of(lines: Sequence[str], file: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and first two cells, without blanks around them, of each row of a CSV file."""
    rows = csv.reader(lines, strict=True)
    try:
        for row in rows:
            yield rows.line_num, [cell.strip() for cell in row[:2]]
    except csv.Error as error:
        raise DataError(f"{file}, line {rows.line_num}: not a line of a CSV file ({error}).") from None


def _values_in(rows: Iterator[tuple[int, list[str]]], file: str, column: str, of: str) -> dict[str, str]:
    _, head = next(rows, (1, []))
    if [cell.lower() for cell in head] != [of, column]:
        raise DataError(f"{file}, line 1: expected the columns {of},{column}, found {','.join(head)[:80]!r}.")
    values: dict[str, str] = {}
    for number, cells in rows:
        if not any(cells):
            continue
        if len(cells) < 2 or not all(cells):
            field = of if not cells[0] else column
            raise DataError(
                f"{file}, line {number}: {field} is empty, expected {'an' if of[0] in 'aeiou' else 'a'} {of} and its "
                f"{column}."
            )
        record, value = cells
        if len(value) > MOST_CHARACTERS:
            raise DataError(f"{file}, line {number}: {column} has more than {MOST_CHARACTERS} characters.")
        if values.setdefault(record, value) != value:
            raise DataError(
                f"{file}, line {number}: {of} {record} is of {column} {value} here and of {values[record]} above. "
                "Leave one of them."
            )
    return values
