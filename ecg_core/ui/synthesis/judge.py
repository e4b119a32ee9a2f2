"""The run that judges GANs on the Fidelity tab, of beats or of images, and the button that starts one."""

from collections.abc import Sequence

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.options import Options
from ecg_core.runs.control import start
from ecg_core.runs.folder import ALIVE
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import AnyTask
from ecg_core.ui import jobs, page
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query


def judging(values: Query, task: AnyTask) -> bool:
    """Show the task's run that lives, or how one broke off; says whether one lives."""
    watched = st.session_state.get(_key(task))
    run = jobs.watched_run(values["run"], (task.kind,)) or jobs.watched_run(watched, (task.kind,))
    if run is None:
        return False
    if run.state in ALIVE:
        st.session_state[_key(task)] = run.id
        jobs.live_panel(run)
        return True
    jobs.ended_panel(run)
    return False


def judge_button(source: DataSource, task: AnyTask, models: Sequence[Model], *, key: str, disabled: bool) -> None:
    """Start a run that judges some models, also against unseen patients, and watch it."""
    if st.button("Judge now, also against unseen patients", icon=":material/balance:", disabled=disabled, key=key):
        try:
            options: Options = task.options.from_json({"models": ", ".join(model.id for model in models)})
            run = start(task, Recordings.of(source), options)
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            st.session_state[_key(task)] = run.id
            st.rerun()


def _key(task: AnyTask) -> str:
    return f"synthesis.{task.kind}.watched"
