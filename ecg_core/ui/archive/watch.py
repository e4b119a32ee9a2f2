"""The table of an archive that is being scored brings itself up to date."""

from pathlib import Path

import streamlit as st

from ecg_core.files import FileState
from ecg_core.tasks.archive.folder import RECORDINGS_FILE
from ecg_core.ui.live import live

_SEEN = "archive.seen"
LOOK_EVERY_S = 2.0


def rerun_for(folder: Path) -> None:
    """Run the page again once the archive's table has changed."""
    st.session_state[_SEEN] = _state(folder)
    _look(folder)


@live(LOOK_EVERY_S)
def _look(folder: Path) -> None:
    if st.session_state.get(_SEEN) != _state(folder):
        st.rerun()


def _state(folder: Path) -> tuple[str, FileState | None]:
    path = folder / RECORDINGS_FILE
    return str(folder), FileState.of(path) if path.exists() else None
