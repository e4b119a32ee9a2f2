"""A run as pages show it: one line in the sidebar, or a live panel with curves, time left and Stop."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ecg_core import logs
from ecg_core.errors import RunError, WorkbenchError
from ecg_core.plots.curves import LABELS, MACRO_F1, is_adversarial, loss_figure, macro_f1_figure
from ecg_core.runs.control import insist, request_stop, resume
from ecg_core.runs.folder import ALIVE, Run, list_runs, open_run
from ecg_core.tasks.places import RUN_ID, kind_of_id
from ecg_core.text import seconds
from ecg_core.ui import theme
from ecg_core.ui.chart import chart
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button
from ecg_core.ui.live import live
from ecg_core.workspace import runs_folder

LIVE_EVERY_S = 1.0
BEFORE_THE_FIRST = (
    "Before the first epoch ends there is nothing to draw: beats are read and prepared, then learned from once. A "
    "classifier took about 15 seconds for that on two cores. Then the curves appear here."
)
MOST_LOOKED_AT = 30
"""Runs, newest first, among which one that lives is looked for."""
REFUSED = "jobs.refused"
LONGEST_REASON = 400
"""Characters of a reason that is shown; the file has all."""


def alive_runs(kinds: Sequence[str] = ()) -> list[Run]:
    """Runs that work or wait, newest first: of some kinds, or of all."""
    runs = [run for run in list_runs()[:MOST_LOOKED_AT] if not kinds or run.kind in kinds]
    return [run for run in runs if run.task and run.state in ALIVE]


def working_run() -> Run | None:
    """The run that works, or the one that works next; None if none lives."""
    return _at_work(alive_runs())


def _at_work(alive: Sequence[Run]) -> Run | None:
    """Of living runs, newest first, the one that works, or the one that has waited longest; None without any."""
    return next((run for run in alive if run.state in ("running", "stopping")), alive[-1] if alive else None)


def queue_note() -> str:
    """What a new training would wait for; empty if nothing is under way.

    It holds no epoch: text beside a button stands still, while bars and the sidebar go on.
    """
    working = working_run()
    if working is None:
        return ""
    waiting = len(alive_runs()) - 1
    more = f", {waiting} more waiting" if waiting else ""
    return f"{literal(doing(working))}{more}: a new training waits its turn."


def watched_run(wanted: str | None, kinds: Sequence[str]) -> Run | None:
    """The run of these kinds that an address names, if it has not finished, else the one that works or works next."""
    if wanted and RUN_ID.fullmatch(wanted) and kind_of_id(wanted) in kinds:
        try:
            run = open_run(wanted)
            run.config()
        except WorkbenchError:  # none of that name, or a damaged one: the page says so of what was asked for
            return None
        if run.state != "finished":
            return run
    return _at_work(alive_runs(kinds))


def just_finished(key: str) -> str | None:
    """The id of the run this session watched under `key`, once, when it has finished."""
    watched = st.session_state.get(key)
    if not watched or Run(runs_folder() / watched).state != "finished":
        return None
    del st.session_state[key]
    return str(watched)


def options_of(run: Run) -> Mapping[str, Any]:
    """Options of a run as its config has them; none if that cannot be read."""
    try:
        return run.config().options
    except RunError:
        return {}


def class_label_of(run: Run) -> str:
    """The class a generator's run makes; empty for what is no generator."""
    return run.task.class_of(options_of(run)) if run.task else ""


def title_of(run: Run) -> str:
    """What a run is, with the class it makes if it is a GAN: `Beat GAN, class V`."""
    return run.task.title_of(options_of(run)) if run.task else run.kind


def doing(run: Run) -> str:
    """What a living run does, such as `Autoencoder is training`."""
    if run.state == "queued":
        return f"{title_of(run)} is waiting"
    return run.task.doing(options_of(run)) if run.task else f"{run.kind} is under way"


def status_text(run: Run) -> str:
    """Such as `epoch 7 of 48, 12 s left`, or what it waits for: the same in the sidebar, beside a button, in a bar."""
    state = run.state
    if state == "starting":
        return state
    if state == "queued":
        working = working_run()
        if working is None or working.id == run.id or working.state == "queued":
            return "waiting for its turn"
        return f"waiting for {title_of(working)} ({status_text(working)})"
    progress = run.progress()
    if progress.phase and state == "running":
        return progress.phase.text
    if progress.last is None:
        return state
    left = f", {seconds(progress.last.eta_s)} left" if state == "running" else f", {state}"
    return f"{progress.last.text}{left}"


def running_line() -> None:
    """In the sidebar: the running training, linked to its page. Keeps itself up to date."""
    if alive_runs():
        with st.sidebar:
            _line()


@live(LIVE_EVERY_S)
def _line() -> None:
    runs = alive_runs()
    working = _at_work(runs)
    if working is None:
        st.caption(":material/check_circle: Nothing is running.")
        return
    more = f" (+{len(runs) - 1} waiting)" if len(runs) > 1 else ""
    task = working.task
    assert task is not None, "alive_runs gives runs of known kinds"
    st.page_link(
        task.page,
        label=literal(doing(working)),
        icon=f":material/{task.icon}:",
        query_params=task.address_of(working.id),
    )
    text = literal(f"{status_text(working)}{more}")
    st.caption(f"{text[:1].upper()}{text[1:]}")


@live(LIVE_EVERY_S)
def live_panel(run: Run) -> None:
    """State, progress, curves and Stop of a run that lives; reruns the page once it has ended."""
    _bar(run)
    if run.state != "queued" and run.progress().last is None and run.task and not run.task.by_phase:
        st.caption(BEFORE_THE_FIRST)
    _live_curves(run)


@live(LIVE_EVERY_S)
def live_bar(run: Run) -> None:
    """Progress and Stop of a run that lives, for beside the button that started it; reruns the page once it has
    ended. What it draws is elsewhere (`live_curves`)."""
    _bar(run)


@live(LIVE_EVERY_S)
def live_curves(run: Run) -> None:
    """Curves of a run that lives."""
    _live_curves(run)


def _live_curves(run: Run) -> None:
    if last := run.progress().last:
        curves(run, 260 if is_adversarial(last) else 300)  # a GAN's film comes below


def _bar(run: Run) -> None:
    insist(run)
    state = run.state
    if state not in ALIVE:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(_share(run), text=f"**{literal(title_of(run))}**: {literal(status_text(run))}")
        change_button(
            "Stop",
            key=f"stop.{run.id}",
            on_click=_stop,
            args=(run,),
            disabled=state == "stopping",
            icon=":material/stop:",
        )
    show_refused()
    st.caption("It goes on if you leave or close this page.")


def _share(run: Run) -> float:
    """How far a run is: within the phase it is in, if that is counted, else of its epochs."""
    progress = run.progress()
    phase = progress.phase if progress.phase and progress.phase.of > 1 else None
    counted = phase or progress.last
    return min(counted.done / max(counted.of, 1), 1.0) if counted else 0.0


def train_panel(run: Run | None, watched: str, nothing: str) -> None:
    """The run that lives or broke off, with its curves; `nothing` where there is none.

    `watched` is the session's key of the run to go to when it has finished.
    """
    if run is None:
        st.info(nothing)
    elif run.state in ALIVE:
        st.session_state[watched] = run.id
        live_panel(run)
    else:
        ended_panel(run)
        curves(run)


def curves(run: Run, height: int = 300) -> None:
    """Loss curves of a run so far."""
    epochs = run.progress().epochs
    if not epochs:
        if not (run.task and run.task.by_phase):
            st.caption("No epoch has ended yet.")
        return
    last = epochs[-1]
    losses = "; ".join(
        f"{label.lower()} {last.figures[name]:.4f}" for name, label in LABELS.items() if name in last.figures
    )
    chart(
        loss_figure(epochs, theme.palette(), height),
        key=f"curves.{run.id}",
        alt=f"Loss curves up to epoch {last.done} of {last.of}; {losses}",
    )
    if any(MACRO_F1 in row.figures for row in epochs):
        alt = "Macro-F1 on patients left out, by epoch"
        chart(macro_f1_figure(epochs, theme.palette()), key=f"macro.{run.id}", alt=alt)
        st.caption("One line a network; the newest in colour. Macro-F1: mean F1 of the classes.")
    if is_adversarial(last):
        st.caption(
            "Near 0.7 for both (dotted line): neither wins. One near 0 for long: it has won, and the other learns "
            "nothing more."
        )


def ended_panel(run: Run) -> None:
    """Why a run ended without a result, and the way on."""
    state = run.state
    if state == "finished" or state in ALIVE:  # resumed by somebody else at this moment
        return
    if state == "damaged":
        st.error("This run is damaged: delete it.")
        return
    saved = (run.folder / "checkpoint.safetensors").exists()
    begun = "" if run.task and run.task.by_phase else "No epoch had ended: "
    kept = "Its checkpoint is kept." if saved else f"{begun}resuming starts from the beginning."
    if run.task and run.task.goes_on:
        kept = "What is done is kept, and resuming goes on after it."
    kept = f"{kept[:1].upper()}{kept[1:]}"
    what = {
        "failed": f"This run failed: {literal(run.error or 'no reason was kept')[:LONGEST_REASON]}",
        "stopped": f"This run was stopped. {kept}",
        "interrupted": f"This run was interrupted: its process is gone. {kept}",
    }[state]
    (st.error if state == "failed" else st.warning)(literal(what))
    if state != "failed" or saved or (run.task and run.task.goes_on):
        change_button("Resume", key=f"resume.{run.id}", on_click=_resume, args=(run,), icon=":material/resume:")
    show_refused()


def show_refused() -> None:
    """Say what a button could not do, once."""
    if refused := st.session_state.pop(REFUSED, ""):
        st.warning(literal(refused))


def _stop(run: Run) -> None:
    try:
        request_stop(run)
        logs.event("run.stop_asked", run=run.id)
    except RunError as error:
        st.session_state[REFUSED] = str(error)


def _resume(run: Run) -> None:
    try:
        resume(run)
        logs.event("run.resumed", run=run.id)
    except RunError as error:
        st.session_state[REFUSED] = str(error)
