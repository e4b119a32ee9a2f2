"""Tables of the Benchmarks page: ours beside others', as a whole and row by row."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from ecg_core.protocols.protocol import Protocol, ProtocolResult

OURS = "This workbench"
NOT_TOLD = "–"
EVEN = 5e-4
"""Figures nearer than this are level: they are shown with three digits."""


def side_by_side(protocol: Protocol, result: ProtocolResult) -> pd.DataFrame:
    """A row a work, ours first, a column a figure, as text."""
    columns = [one for one in protocol.columns if one.key in result.total and one.kind != "count"]
    works: list[tuple[str, Mapping[str, float | None]]] = [(protocol.ours or OURS, result.total)]
    works += [(one.work, dict(one.figures)) for one in result.published]
    return pd.DataFrame(
        [
            {"Work": work}
            | {
                one.title: protocol.written(one.key, figures[one.key]) if one.key in figures else NOT_TOLD
                for one in columns
            }
            for work, figures in works
        ]
    )


def by_row(protocol: Protocol, result: ProtocolResult) -> pd.DataFrame:
    """A row a record or series; each figure, and beside it the peer's where there is one."""
    rows = []
    for row in result.rows:
        cells: dict[str, object] = {protocol.row_title: row.name}
        for one in protocol.columns:
            if one.key in row.figures:
                cells[one.title] = _rounded(row.figures[one.key])
                if one.key in row.peer and one.higher_is_better is not None:
                    cells[f"{one.title}, {protocol.row_peer.partition(' (')[0]}"] = _rounded(row.peer[one.key])
        rows.append(cells)
    return pd.DataFrame(rows)


def formats(protocol: Protocol, table: pd.DataFrame) -> dict[str, ColumnConfig]:
    """How columns of `by_row` are written: shares in percent, other figures with three digits, counts as they are."""
    written = {"number": "%.3f", "share": "percent"}
    kinds = {one.title: one.kind for one in protocol.columns}
    found: dict[str, ColumnConfig] = {}
    for title in table.columns:
        kind = next((kind for name, kind in kinds.items() if title == name or title.startswith(f"{name}, ")), "")
        if kind in written:
            found[title] = st.column_config.NumberColumn(format=written[kind])
    return found


def against_peer(protocol: Protocol, result: ProtocolResult) -> dict[str, tuple[int, int, int]]:
    """Title of each figure that both have -> in how many rows ours is better, level, and worse."""
    found: dict[str, tuple[int, int, int]] = {}
    for one in protocol.columns:
        if one.higher_is_better is None:
            continue
        apart = [
            (ours - theirs) * (1 if one.higher_is_better else -1)
            for row in result.rows
            if (ours := row.figures.get(one.key)) is not None and (theirs := row.peer.get(one.key)) is not None
        ]
        if apart:
            better, worse = sum(gap > EVEN for gap in apart), sum(gap < -EVEN for gap in apart)
            found[one.title] = better, len(apart) - better - worse, worse
    return found


def standing(counts: Mapping[str, tuple[int, int, int]], peer: str, row_title: str) -> str:
    """The same in a sentence."""
    each = [f"{title} better in {better}, level in {level}, worse in {worse}" for title, (better, level, worse)
            in counts.items()]  # fmt: skip
    return f"Against {peer}, {row_title.lower()} by {row_title.lower()}: {'; '.join(each)}."


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
