"""One recording of an archive: what was found, and the way into the viewer."""

import os
from pathlib import Path

import pandas as pd
import streamlit as st

from ecg_core.data.sources import VARIABLE, DataSource, choose_folder, current_source, use_collection
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.text import number, percent
from ecg_core.ui import page
from ecg_core.ui.guests import change_button

RECORDS_PAGE = "pages/1_Records.py"


def opened(row: pd.Series, source: DataSource | None) -> None:
    """The recording of a row, and a link to it."""
    st.markdown(f"**{page.literal(str(row['recording']))}**: {page.literal(said(row))}")
    if row["caution"]:
        st.caption(page.literal(str(row["caution"])))
    path = Path(str(row["path"]))
    if row["kind"] != "WFDB" or path.suffix.lower() != ".hea":
        st.page_link("app.py", label=f"To see it in the viewer, bring it in first, on Home ({row['kind']})",
                     icon=":material/home:")  # fmt: skip
        return
    record = _record_in(path, source)
    if record is not None:
        st.page_link(RECORDS_PAGE, label="Open in the viewer", icon=":material/ecg_heart:",
                     query_params={"record": record})  # fmt: skip
        return
    root, name = _root(path, str(row["recording"]))
    if os.environ.get(VARIABLE):  # whoever names the folder for others does not let them look elsewhere
        st.caption(f"To see it in the viewer, start the app with {VARIABLE} naming the folder "
                   f"{page.literal(root.name)}: the one that it names now goes before any other.")  # fmt: skip
        return
    instead = f" instead of {source.label.partition(',')[0]}" if source else ""
    if change_button(f"Use the folder {page.literal(root.name)}{page.literal(instead)}, and open it",
                     icon=":material/ecg_heart:", key="archive.open"):  # fmt: skip
        try:
            use_collection(None)
            choose_folder(root)
            if current_source().folder.resolve() != root:
                raise DataError(f"{root.name} cannot be used: another folder goes before it.")
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
            return
        st.switch_page(RECORDS_PAGE, query_params={"record": name})


def said(row: pd.Series) -> str:
    """Its figures in a line."""
    parts = [f"{_whole(row['beats'])} beats in {number(row['duration_s'] / 3600, 1)} h"]
    for kind in ("v", "s") if pd.notna(row["v_beats"]) else ():
        n, burden, longest = row[f"{kind}_beats"], row[f"{kind}_burden"], row[f"{kind}_longest_run"]
        parts.append(f"{kind.upper()} {_whole(n)} ({percent(burden)}), longest run {_whole(longest)}")
    if pd.notna(row["pauses"]):
        parts.append(f"pauses {_whole(row['pauses'])}")
    if pd.notna(row["flagged"]):
        parts.append(f"flagged {_whole(row['flagged'])}")
    if pd.notna(row["to_review"]):
        parts.append(f"to review {_whole(row['to_review'])}")
    return "; ".join(parts) + "."


def _whole(value: float) -> str:
    return f"{int(value):,}" if pd.notna(value) else "–"


def _record_in(path: Path, source: DataSource | None) -> str | None:
    """The record's name in the data in use; None if it is not there."""
    if source is None or not path.is_relative_to(source.folder.resolve()):
        return None
    name = path.relative_to(source.folder.resolve()).with_suffix("").as_posix()
    return name if name in source.records else None


def _root(path: Path, recording: str) -> tuple[Path, str]:
    """The folder that was scored, and the record's name in it."""
    inside = Path(recording).parts
    if path.with_suffix("").parts[-len(inside) :] == inside:
        return Path(*path.parts[: -len(inside)]), recording
    return path.parent, path.stem
