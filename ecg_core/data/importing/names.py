"""Names of records and of the folders of collections, made from names that people and devices give."""

import re
import unicodedata
from collections.abc import Collection

from ecg_core.data.header import NAME_PATTERN

MOST_CHARACTERS = 56  # of the 64 of a record's name: room for what tells two of one name apart


def record_name(text: str) -> str:
    """A record's name from a file's: letters, digits, `_` and `-`."""
    return text if NAME_PATTERN.fullmatch(text) else _plain(text, r"[^A-Za-z0-9_-]+") or "record"


def slug(text: str) -> str:
    """A folder's name from a collection's: lower-case letters, digits and `-`."""
    return _plain(text.lower(), r"[^a-z0-9]+") or "collection"


def distinct(name: str, taken: Collection[str], folder: str = "") -> str:
    """`name` if it is free, else with the name of the folder it comes from before it, else with a number behind it.

    Names that differ in capitals only are not free: on some disks they are one.
    """
    used = {other.lower() for other in taken}
    if name.lower() not in used:
        return name
    if folder and (longer := record_name(f"{folder}_{name}")).lower() not in used:
        return longer
    name, number = name[:MOST_CHARACTERS], 2
    while f"{name}-{number}".lower() in used:
        number += 1
    return f"{name}-{number}"


def _plain(text: str, others: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(others, "-", ascii_text).strip("-")[:MOST_CHARACTERS].rstrip("-")
