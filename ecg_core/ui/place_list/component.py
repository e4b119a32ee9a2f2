"""The table of places: mounted in the page, and the sample that was chosen.

Streamlit's own table draws a hidden copy of itself for screen readers 200 ms after each change; this one is a table.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ecg_core.typed_json import JsonObject
from ecg_core.ui.javascript import assembled, short_css

HERE = Path(__file__).parent
MODULES = ("../csv.js", "list.js")
HEIGHT_PX = 318


@cache
def javascript() -> str:
    """All modules as one."""
    return assembled(HERE, MODULES)


@cache
def _component() -> Any:
    css = short_css(HERE / "list.css")
    return st.components.v2.component("ecg_workbench_place_list", css=css, js=javascript())


def place_list(
    columns: Sequence[str],
    rows: Sequence[Sequence[str | float | None]],
    samples: Sequence[int],
    key: str,
    chosen: Callable[[int], None],
    alt: str,
    file: str,
) -> None:
    """A table, at most 318 px high, each row of which stands for a sample; `chosen` is called with that of a row.

    `rows` holds texts, finite numbers, and None where there is nothing; `samples` one for each row. Saved as CSV, the
    table is called `file`.
    """
    if len(rows) != len(samples):
        raise ValueError(f"{len(rows)=} != {len(samples)=}")
    places = frozenset(samples)

    def told() -> None:
        sample = st.session_state[key].get("chosen")
        if isinstance(sample, int | float) and not isinstance(sample, bool) and sample in places:
            chosen(int(sample))

    numeric = [any(isinstance(row[k], int | float) for row in rows) for k in range(len(columns))]
    data: JsonObject = {
        "columns": list(columns),
        "numeric": numeric,
        "rows": "\n".join("\t".join(map(_cell, row)) for row in rows),  # half as long as lists
        "samples": ",".join(map(str, samples)),
        "alt": alt,
        "file": file,
        "height": HEIGHT_PX,
    }
    _component()(data=data, key=key, on_chosen_change=told)


def _cell(value: str | float | None) -> str:
    """A cell as text without what separates cells; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())
