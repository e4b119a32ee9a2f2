"""The form that scores an archive, or adds to one."""

import re

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.runs.control import start
from ecg_core.tasks.archive.carrying_out import archives_folder
from ecg_core.tasks.archive.models import SCORING
from ecg_core.tasks.archive.options import ArchiveOptions
from ecg_core.tasks.archive.task import ARCHIVE_SCORING
from ecg_core.tasks.material import Archive
from ecg_core.ui import page
from ecg_core.ui.forms import ask
from ecg_core.ui.guests import change_button
from ecg_core.ui.models import of_kind

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,59}")
NONE = "none"


def score_form(source: DataSource | None, busy: bool) -> str | None:
    """Ask what to score, by what, into which archive. Gives the archive's name once its scoring has begun."""
    text = st.text_area(
        "Recordings", placeholder="Empty: the recordings in use" if source else "", height=68, key="archive.paths",
        help="Folders, files, globs and zips of this machine, one a line; @FILE for a file that lists them. WFDB, EDF, "
        "BDF, CSV, TSV and parquet are read.",
    )  # fmt: skip
    columns = st.columns(3)
    name = columns[0].text_input("Archive", _proposed(source), key="archive.name", max_chars=60,
                                 help="What is scored in it already is passed over.")  # fmt: skip
    chosen = []
    for column, (kind, title) in zip(columns[1:], SCORING.items(), strict=True):
        choices = [one.id for one in of_kind(kind)[0]]
        picked = column.selectbox(title.capitalize(), [*choices, NONE], key=f"archive.model.{kind}")
        chosen += [] if picked in (NONE, None) else [picked]
    any_leads = ask(ArchiveOptions, "any_leads", "archive.any_leads")
    if not change_button("Score", type="primary", icon=":material/play_arrow:", key="archive.score", disabled=busy):
        return None
    try:
        if not NAME.fullmatch(name.strip()):
            raise WorkbenchError("Give the archive a name of letters, digits, blanks, hyphens and underscores.")
        paths = tuple(line.strip() for line in text.splitlines() if line.strip())
        if not paths and source:
            paths = (str(source.folder),)
        if not paths:
            raise WorkbenchError("Name at least one folder or file to score.")
        options = ArchiveOptions(str(archives_folder() / name.strip()), ", ".join(chosen), any_leads)
        start(ARCHIVE_SCORING, Archive(paths), options)
    except WorkbenchError as error:
        st.error(page.literal(str(error)))
        return None
    return name.strip()


def _proposed(source: DataSource | None) -> str:
    """A name that an archive can have, after the data in use."""
    words = source.label.partition(",")[0] if source else ""
    kept = re.sub(r"[^A-Za-z0-9 _-]+", " ", words).strip(" -_")[:60]
    return kept if NAME.fullmatch(kept) else "archive"
