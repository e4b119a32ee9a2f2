"""A run as pages show it: one line in the sidebar, or a live panel with curves, time left and Stop."""

import streamlit as st

from ecg_core.errors import RunError
from ecg_core.plots.curves import loss_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.runs.control import insist, request_stop, resume
from ecg_core.runs.folder import ALIVE, Run, list_runs
from ecg_core.text import seconds
from ecg_core.ui import theme

NAMES = {"autoencoder": "Autoencoder"}
LIVE_EVERY_S = 1.0
REFUSED = "jobs.refused"


def alive_runs() -> list[Run]:
    """Runs that work or wait, newest first."""
    return [run for run in list_runs()[:30] if run.state in ALIVE]


def status_text(run: Run) -> str:
    """Such as `epoch 7 of 48, 12 s left`, or what it waits for."""
    state = run.state
    if state in ("starting", "queued"):
        return "waiting for the training before it" if state == "queued" else "starting"
    progress = run.progress()
    if progress.phase and state == "running":
        return "{phase}, {done} of {of}".format(**progress.phase).lower()
    if not progress.epochs:
        return state
    row = progress.epochs[-1]
    left = f", {seconds(row['eta_s'])} left" if state == "running" else f", {state}"
    return f"epoch {row['done']} of {row['of']}{left}"


def running_line() -> None:
    """In the sidebar: the running training, linked to its page. Keeps itself up to date."""
    if alive_runs():
        with st.sidebar:
            _line()


@st.fragment(run_every=3.0)
def _line() -> None:
    runs = alive_runs()
    if not runs:
        st.caption(":material/check_circle: No training is running.")
        return
    working = next((run for run in runs if run.state in ("running", "stopping")), runs[0])
    more = f" (+{len(runs) - 1} waiting)" if len(runs) > 1 else ""
    st.page_link(
        "pages/5_Autoencoder.py",
        label=f"{NAMES.get(working.kind, working.kind)} is training",
        icon=":material/model_training:",
        query_params={"run": working.id},
    )
    st.caption(f"{status_text(working)}{more}".capitalize())


@st.fragment(run_every=LIVE_EVERY_S)
def live_panel(run: Run) -> None:
    """State, progress, curves and Stop of a run that lives; reruns the page once it has ended."""
    insist(run)
    state = run.state
    if state not in ALIVE:
        st.rerun()
    progress = run.progress()
    row = progress.epochs[-1] if progress.epochs else None
    share = row["done"] / row["of"] if row else 0.0
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(share, 1.0), text=f"**{NAMES.get(run.kind, run.kind)}**: {status_text(run)}")
        st.button(
            "Stop",
            key=f"stop.{run.id}",
            on_click=_stop,
            args=(run,),
            disabled=state == "stopping",
            icon=":material/stop:",
        )
    show_refused()
    st.caption("It goes on if you leave or close this page.")
    if progress.epochs:
        curves(run)


def curves(run: Run, height: int = 300) -> None:
    """Loss curves of a run so far."""
    epochs = run.progress().epochs
    if not epochs:
        st.caption("No epoch has ended yet.")
        return
    last = epochs[-1]
    st.plotly_chart(
        loss_figure(epochs, theme.palette(), height),
        theme=None,
        config=PLOTLY_CONFIG,
        key=f"curves.{run.id}",
        alt=f"Loss curves up to epoch {last['done']} of {last['of']}; training loss {last['train_loss']:.4f}",
    )


def ended_panel(run: Run) -> None:
    """Why a run ended without a result, and the way on."""
    state = run.state
    if state == "finished":
        return
    what = {
        "failed": f"This run failed: {run.error}",
        "stopped": "This run was stopped. Its checkpoint is kept.",
        "interrupted": "This run was interrupted: its process is gone. Its checkpoint is kept.",
    }[state]
    (st.error if state == "failed" else st.warning)(what)
    if state != "failed" or (run.folder / "checkpoint.safetensors").exists():
        st.button("Resume", key=f"resume.{run.id}", on_click=_resume, args=(run,), icon=":material/resume:")
    show_refused()


def show_refused() -> None:
    """Say what a button could not do, once."""
    if refused := st.session_state.pop(REFUSED, ""):
        st.warning(refused)


def _stop(run: Run) -> None:
    try:
        request_stop(run)
    except RunError as error:
        st.session_state[REFUSED] = str(error)


def _resume(run: Run) -> None:
    try:
        resume(run)
    except RunError as error:
        st.session_state[REFUSED] = str(error)
