"""Home: what lies in the files that somebody wants to bring in, as a list, and what is to be said of them."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from ecg_core.data.importing.inspect import inspect
from ecg_core.data.importing.inspected import Choices, Inspected
from ecg_core.files import FileState
from ecg_core.text import seconds
from ecg_core.ui.escape import literal

MOST_ROWS = 200
MOST_KEPT = 6
MOST_SENTENCES = 6
NONE = "–"
_LOOKED = "home.looked"
IF_ANY = ("Starts", "Patient", "Left out", "What is wrong")
"""Columns that are left away where they say nothing of any file."""


def looked_at(path: Path, choices: Choices | None = None) -> tuple[Inspected, ...]:
    """What `inspect` says of a path; asked again at the next click only if a file has changed: a zip of a database
    takes seconds."""
    kept: dict[tuple[str, str, str], tuple[Inspected, ...]] = st.session_state.setdefault(_LOOKED, {})
    key = (str(path), _stamp(path), repr(choices))
    if key not in kept:
        while len(kept) >= MOST_KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = inspect(path, choices)
    return kept[key]


def forget() -> None:
    """Forget what was looked at."""
    st.session_state.pop(_LOOKED, None)


def _stamp(path: Path) -> str:
    """Another text after a change of the file, or of any file in the folder."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        path = path.expanduser()
        for place in (path, *(sorted(path.rglob("*")) if path.is_dir() else ())):
            digest.update(repr(FileState.of(place)).encode(errors="surrogateescape"))
    except (OSError, RuntimeError, ValueError):  # a folder that cannot be listed, `~nobody`, a NUL in the name
        pass
    return digest.hexdigest()


def table_of(items: Sequence[Inspected]) -> pd.DataFrame:
    """One row a file: what it is, what was understood, what is wrong."""
    rows = [
        {
            "File": item.source,
            "What": item.kind,
            "State": _state(item),
            "Rate (Hz)": f"{item.rate:g}" if item.rate else NONE,
            "Leads": ", ".join(item.leads) or NONE,
            "Unit": item.unit or NONE,
            "Lasts": seconds(item.duration_s) if item.duration_s else NONE,
            "Annotations": ", ".join(item.annotators) or NONE,
            "Starts": item.start.replace("T", " ") or NONE,
            "Patient": item.patient or NONE,
            "Left out": ", ".join(channel.label or "(no label)" for channel in item.left_out) or NONE,
            "What is wrong": " ".join(("" if item.missing else item.problem, *item.doubts)).strip() or NONE,
        }
        for item in items
    ]
    table = pd.DataFrame(rows)
    return table.loc[:, [name for name in table if name not in IF_ANY or (table[name] != NONE).any()]]


def _state(item: Inspected) -> str:
    if item.missing:
        return f"needs {' and '.join(item.missing)}"
    return "ready" if item.ready else "cannot be used"


def sentences_of(items: Iterable[Inspected]) -> list[str]:
    """What was decided or is unusual, each sentence once, with the files it is about."""
    about: dict[str, list[str]] = {}
    for item in items:
        reasons: dict[str, list[str]] = {}
        for channel in item.left_out:
            reasons.setdefault(channel.left_out, []).append(channel.label or "(no label)")
        left_out = [f"Left out: {', '.join(labels)}: {reason}." for reason, labels in reasons.items()]
        for note in (*item.notes, *left_out):
            about.setdefault(note, []).append(item.source)
    return [f"{some(sources, 3)}: {note}" for note, sources in about.items()]


def show(items: Sequence[Inspected]) -> None:
    """The list, then what is to be said: the first few sentences at once, the others on request."""
    table = table_of(items[:MOST_ROWS])
    st.dataframe(
        table, hide_index=True, height="content" if len(table) <= 8 else 320, alt="Files found",
        column_config={
            "File": st.column_config.TextColumn(pinned=True, width=180),
            "Leads": st.column_config.TextColumn(width=110),
            "Starts": st.column_config.TextColumn(width=150),
            "What is wrong": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    if len(items) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS} of {len(items):,}.")
    sentences = sentences_of(items)
    for sentence in sentences[:MOST_SENTENCES]:
        st.caption(literal(sentence))
    if rest := sentences[MOST_SENTENCES:]:
        with st.expander(f"{len(rest)} more notes"):
            for sentence in rest[:MOST_ROWS]:
                st.caption(literal(sentence))
    wrong = [f"{item.source}: {doubt}" for item in items for doubt in item.doubts]
    wrong += [item.problem for item in items if item.problem and not item.missing]  # what is missing is asked for
    for problem in wrong[:MOST_SENTENCES]:
        st.warning(literal(problem))
    if len(wrong) > MOST_SENTENCES:
        st.caption(f"{len(wrong) - MOST_SENTENCES:,} more: the list says what is wrong.")


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few names, each once, and how many more there are."""
    names = list(dict.fromkeys(names))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
