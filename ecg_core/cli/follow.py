"""Following a run from the terminal, and saying what became of it."""

import time

from ecg_core.cli.output import emit, tell, tell_over
from ecg_core.errors import RunError
from ecg_core.runs.control import stop
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.text import seconds
from ecg_core.typed_json import JsonObject

POLL_S = 0.3


def follow(run: Run) -> None:
    """Show a run's progress until it ends; Ctrl-C asks it to stop."""
    shown = 0
    try:
        while True:
            alive = run.state in ALIVE
            progress = run.progress()
            for row in progress.epochs[shown:]:
                losses = "  ".join(
                    f"{name} {value:.4f}" for name, value in row.figures.items() if name.endswith("loss")
                )
                tell(f"epoch {row.done} of {row.of}  {losses}  {seconds(row.eta_s)} left")
            shown = len(progress.epochs)
            if progress.phase:
                tell_over(f"{progress.phase.phase}: {progress.phase.done} of {progress.phase.of}")
            if not alive:
                return
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        tell("Stopping.")
        stop(run)


def outcome(run: Run, as_json: bool) -> int:
    """Print how a run stands; exit code 1 if it failed."""
    state = run.state
    value: JsonObject = {"run": run.id, "state": state, "folder": str(run.folder)}
    text = f"{run.id}: {state}"
    try:
        result = run.result()
    except RunError as error:
        emit({**value, "error": str(error)}, as_json, f"{text}. {error}")
        return 1
    if result:
        value["result"] = {**result.report.to_json(), "finished": result.finished, "seconds": result.seconds}
        text += f". {result.report.headline()}"
    if error_text := run.error:
        value["error"] = error_text
        text += f". {error_text}"
    emit(value, as_json, text)
    return 1 if state in ("failed", "interrupted") else 0


def started(run: Run, follows: bool, as_json: bool) -> int:
    """Say what became of a run that was just started, after following it if asked to."""
    if follows:
        follow(run)
    return outcome(run, as_json)
