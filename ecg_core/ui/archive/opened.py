"""One recording of an archive: what was found, and the way into the viewer."""

import os
from pathlib import Path

import pandas as pd
import streamlit as st

from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspected import Choice, Choices, Imported
from ecg_core.data.sources import VARIABLE, DataSource, choose_folder, current_source, use_collection
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.tasks.archive.folder import ArchiveFolder
from ecg_core.text import number, percent
from ecg_core.ui import page
from ecg_core.ui.guests import change_button

RECORDS_PAGE = "pages/1_Records.py"


def opened(row: pd.Series, source: DataSource | None, archive: Path) -> None:
    """The recording of a row of the archive in this folder, and the way to it."""
    st.markdown(f"**{page.literal(str(row['recording']))}**: {page.literal(said(row))}")
    if row["caution"]:
        st.caption(page.literal(str(row["caution"])))
    path = Path(str(row["path"]))
    if row["kind"] != "WFDB" or path.suffix.lower() != ".hea":
        _elsewhere(row, path, archive)
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


def _elsewhere(row: pd.Series, path: Path, archive: Path) -> None:
    """The way to a recording that no folder of WFDB records holds."""
    if not path.is_file() or os.environ.get(VARIABLE):
        st.page_link("app.py", label=f"To see it in the viewer, bring it in first, on Home ({row['kind']})",
                     icon=":material/home:")  # fmt: skip
        return
    collection = page.literal(archive.name)
    if change_button(f"Bring it into the collection {collection}, and open it", icon=":material/ecg_heart:",
                     key="archive.bring"):  # fmt: skip
        try:
            with st.spinner("Bringing it in"):
                record = _brought_in(row, path, archive)
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
            return
        st.switch_page(RECORDS_PAGE, query_params={"record": record})
    st.caption(f"A copy is made, as of any recording in {row['kind']} format; the collection is in use from then on.")


def _brought_in(row: pd.Series, path: Path, archive: Path) -> str:
    """The record's name in the collection of the archive's name, which holds it and is in use from now on, with what
    was said of its rate and unit when it was scored. Raises WorkbenchError if it cannot be brought in."""
    manifest = ArchiveFolder(archive).manifest()
    choice = Choice(manifest.rate, manifest.unit) if manifest else Choice()
    report = import_files([path], archive.name, Choices(choice))
    there = [one for one in (*report.imported, *report.already) if _is_of(one, str(row["recording"]), path)]
    if not there:
        reasons = " ".join(one.reason for one in report.refused)
        raise DataError(reasons or f"{path.name} holds no recording that can be brought in.")
    use_collection(Path(report.folder))
    return there[0].record


def _is_of(brought: Imported, recording: str, path: Path) -> bool:
    """Whether it is the recording: a file by itself is, one in a zip has its name at the end."""
    return path.suffix.lower() != ".zip" or f"/{recording}".endswith(f"/{brought.source.removesuffix('.hea')}")


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
