"""One recording of an archive: what was found, and the way into the viewer."""

import os
from pathlib import Path

import pandas as pd
import streamlit as st

from ecg_core.beats.detection import detect_and_keep
from ecg_core.beats.marked import layer_of
from ecg_core.data.importing.collection import collections
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspected import Choice, Choices
from ecg_core.data.labels import DETECTED
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
        _elsewhere(row, path, archive, source)
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
    if change_button(page.literal(f"Use the folder {root.name}{_instead(source)}, and open it"),
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


def _elsewhere(row: pd.Series, path: Path, archive: Path, source: DataSource | None) -> None:
    """The way to a recording that no folder of WFDB records holds: a copy of it in the archive's collection."""
    if not path.is_file() or os.environ.get(VARIABLE):
        st.page_link("app.py", label=f"To see it in the viewer, bring it in first, on Home ({row['kind']})",
                     icon=":material/home:")  # fmt: skip
        return
    collection = next((one for one in collections() if one.name.lower() == archive.name.lower()), None)
    sources = {entry.source for entry in collection.entries} if collection else set()
    there = any(_is_of(one, str(row["recording"]), path) for one in sources)
    used = collection is not None and source is not None and source.folder == collection.folder
    instead = "" if used else _instead(source)
    what = "Open it in" if there else "Bring it into"
    if change_button(page.literal(f"{what} the collection {archive.name}{instead}{'' if there else ', and open it'}"),
                     icon=":material/ecg_heart:", key="archive.bring"):  # fmt: skip
        try:
            with st.spinner("Bringing it in and finding its R peaks"):
                record = _brought_in(row, path, archive)
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
            return
        st.switch_page(RECORDS_PAGE, query_params={"record": record})
    if not there:
        zipped = "All that is in the zip comes along. " if path.suffix.lower() == ".zip" else ""
        st.caption(f"A copy is made, for the viewer reads WFDB. {zipped}The file itself stays as it is.")


def _brought_in(row: pd.Series, path: Path, archive: Path) -> str:
    """The record's name in the collection of the archive's name, which holds it and is in use from now on, with what
    was said of its rate and unit when it was scored. Raises WorkbenchError if it cannot be brought in."""
    manifest = ArchiveFolder(archive).manifest()
    choice = Choice(manifest.rate, manifest.unit) if manifest else Choice()
    report = import_files([path], archive.name, Choices(choice))
    there = [one for one in (*report.imported, *report.already) if _is_of(one.source, str(row["recording"]), path)]
    if not there:
        reasons = " ".join(one.reason for one in report.refused)
        raise DataError(reasons or f"{path.name} holds no recording that can be brought in.")
    use_collection(Path(report.folder))
    record = there[0].record
    if row["positions"] == "detected" and layer_of(Path(report.folder), record) != DETECTED:
        detect_and_keep(Path(report.folder), record)  # the same that were scored
    return record


def _instead(source: DataSource | None) -> str:
    """What a folder or a collection takes the place of; empty where there is nothing."""
    if source is None:
        return ""
    if source.simulated:
        return " instead of the SIMULATED records"
    kind = "the collection " if source.kind == "collection" else "" if source.is_mitdb else "the folder "
    return f" instead of {kind}{source.label.partition(',')[0]}"


def _is_of(source: str, recording: str, path: Path) -> bool:
    """Whether what was brought in from `source` is the recording: that of a file by itself has the file's name, one in
    a zip its own at the end."""
    if path.suffix.lower() != ".zip":
        return source == path.name
    return f"/{recording}".endswith(f"/{source.removesuffix('.hea')}")


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
