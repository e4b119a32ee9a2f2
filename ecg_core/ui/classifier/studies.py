"""What every study on the Classifier page shares: the newest result, and the button that starts another."""

from pathlib import Path
from typing import Any, cast

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.options import Options
from ecg_core.runs.control import start
from ecg_core.runs.folder import list_runs, summary_of
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.training import kept_result
from ecg_core.tasks.task import R, Task
from ecg_core.ui import page
from ecg_core.ui.guests import change_button

BUSY = "A study is under way: start another when it has ended."


def newest(source: DataSource, task: Task[Any, R], shipped_in: Path) -> tuple[R, str] | None:
    """The newest finished run's result on these data, or what is shipped, with where it comes from."""
    for run in list_runs():
        if run.kind != task.kind:
            continue
        summary = summary_of(run)
        if summary.result and summary.config and summary.config.source.label == source.label:
            return cast(R, summary.result.report), f"Run of {summary.config.created[:16].replace('T', ' ')}"
    try:
        shipped = kept_result(task, shipped_in)
    except WorkbenchError as error:
        st.warning(page.literal(str(error)))
        return None
    return (shipped, "Shipped with the workbench") if shipped else None


def start_button(
    label: str, icon: str, busy: bool, key: str, source: DataSource, task: Task[Any, Any], options: type[Options],
    chosen: dict[str, object],
) -> None:  # fmt: skip
    """A button that starts a study with these options; what is refused is said under it."""
    if change_button(label, icon=icon, disabled=busy, key=key, help=BUSY if busy else None):
        try:
            start(task, Recordings.of(source), options(**chosen))
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            st.rerun()
