"""The form that scores an archive, or adds to one."""

import re
from pathlib import Path, PurePath

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError, WorkbenchError
from ecg_core.runs.control import start
from ecg_core.tasks.archive.carrying_out import archives_folder
from ecg_core.tasks.archive.folder import ArchiveFolder
from ecg_core.tasks.archive.manifest import Manifest
from ecg_core.tasks.archive.models import SCORING
from ecg_core.tasks.archive.options import ArchiveOptions
from ecg_core.tasks.archive.task import ARCHIVE_SCORING
from ecg_core.tasks.material import Archive
from ecg_core.ui import page
from ecg_core.ui.archive.places import last_asked
from ecg_core.ui.forms import ask
from ecg_core.ui.guests import change_button, served_to_others
from ecg_core.ui.models import of_kind

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,59}")
NONE = "none"


def score_form(source: DataSource | None, shown: str | None, busy: bool) -> tuple[str, str] | None:
    """Ask what to score, by what, into which archive: by default the one that is shown, and what was scored into it
    last, as it was said then. Gives the archive's name and the run once its scoring has begun."""
    before = archives_folder() / shown if shown else None
    last = last_asked(before) if before and not served_to_others() else ()
    said = _said_before(before) if before else None
    text = st.text_area(
        "Recordings", "\n".join(last), placeholder=_for_nothing(source, shown), height=68,
        key=f"archive.paths.{shown}",
        help="Folders, files, globs and zips of this machine, one a line; @FILE for a file that lists them. WFDB, EDF, "
        "BDF, CSV, TSV and parquet are read.",
    )  # fmt: skip
    paths = tuple(line.strip() for line in text.splitlines() if line.strip())
    proposed = shown or _proposed(paths, source)
    columns = st.columns(3)
    typed = columns[0].text_input("Archive", placeholder=proposed, key="archive.name", max_chars=60,
                                  help="What is scored in it already is passed over.")  # fmt: skip
    chosen = []
    for column, (kind, title) in zip(columns[1:], SCORING.items(), strict=True):
        choices = [one.id for one in of_kind(kind)[0]]
        picked = column.selectbox(title.capitalize(), [*choices, NONE], key=f"archive.model.{kind}")
        chosen += [] if picked in (NONE, None) else [picked]
    asked, known = {}, {"rate": said.rate, "unit": said.unit, "any_leads": said.any_leads} if said else {}
    for column, name in zip(st.columns(3, vertical_alignment="bottom"), ("rate", "unit", "any_leads"), strict=True):
        with column:
            asked[name] = ask(ArchiveOptions, name, f"archive.{name}.{shown}", default=known.get(name))
    if not change_button("Score", type="primary", icon=":material/play_arrow:", key="archive.score", disabled=busy):
        if busy:
            st.caption("Another archive can be scored once this one is, or has been stopped.")
        return None
    try:
        name = typed.strip() or proposed
        if not NAME.fullmatch(name):
            raise WorkbenchError("Give the archive a name of letters, digits, blanks, hyphens and underscores.")
        if not paths and source and name != shown:
            paths = (str(source.folder),)
        if not paths:
            raise WorkbenchError("Name at least one folder or file to score.")
        options = ArchiveOptions(str(archives_folder() / name), ", ".join(chosen), **asked)
        run = start(ARCHIVE_SCORING, Archive(paths), options)
    except WorkbenchError as error:
        st.error(page.literal(str(error)))
        return None
    return name, run.id


def _for_nothing(source: DataSource | None, shown: str | None) -> str:
    """What it means to name no recordings: never that those in use are mixed into the archive that is shown."""
    if source is None:
        return ""
    return "Folders or files, one a line" if shown else "Empty: the recordings in use"


def _said_before(archive: Path) -> Manifest | None:
    """What an archive's manifest says; None where there is none, or it is damaged, which scoring will say."""
    try:
        return ArchiveFolder(archive).manifest()
    except RunError:
        return None


def _proposed(paths: tuple[str, ...], source: DataSource | None) -> str:
    """A name that an archive can have, after what is to be scored: the folder, or the data in use."""
    words = source.label.partition(",")[0] if source else ""
    if paths:
        words = PurePath(paths[0].lstrip("@")).name
    kept = re.sub(r"[^A-Za-z0-9 _-]+", " ", words).strip(" -_")[:60]
    return kept if NAME.fullmatch(kept) else "archive"
