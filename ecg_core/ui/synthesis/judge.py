"""The run that judges GANs on the Fidelity tab, of beats or of images, and the button that starts one."""

from collections.abc import Sequence

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.options import Options
from ecg_core.runs.control import start
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.tasks.fidelity.task import FIDELITY
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import AnyTask
from ecg_core.ui import jobs
from ecg_core.ui.guests import change_button
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


def start_judging(source: DataSource, task: AnyTask, models: Sequence[str], *, unseen: bool) -> Run | None:
    """Start a run that judges models of some ids, and watch it. None if it was refused: `jobs.show_refused` says why.

    `unseen`: beat GANs are judged on the test records too.
    """
    chosen = {"models": ", ".join(models)} | ({"unseen": unseen} if task is FIDELITY else {})
    try:
        options: Options = task.options.from_json(chosen)
        run = start(task, Recordings.of(source), options)
    except WorkbenchError as error:
        st.session_state[jobs.REFUSED] = str(error)
        return None
    st.session_state[_key(task)] = run.id
    return run


def judge_button(
    source: DataSource,
    task: AnyTask,
    models: Sequence[Model],
    *,
    key: str,
    disabled: bool,
    unseen: bool,
    label: str,
    again: bool,
) -> None:
    """A button that starts a run which judges some models, perhaps `again`, and shows it."""
    if change_button(label, icon=":material/balance:", disabled=disabled, key=key,
                 type="secondary" if again else "primary"):  # fmt: skip
        start_judging(source, task, [model.id for model in models], unseen=unseen)
        st.rerun()
    jobs.show_refused()


def _key(task: AnyTask) -> str:
    return f"synthesis.{task.kind}.watched"
