"""`train autoencoder`, and following a run from the terminal."""

import argparse
import time
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin

from ecg_core.cli.output import emit, tell, tell_over
from ecg_core.data.sources import current_source
from ecg_core.runs.control import stop
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.text import number, seconds
from ecg_core.training.autoencoder_options import AutoencoderOptions

POLL_S = 0.3


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Register the verbs with a parser's sub-parsers."""
    parser = verbs.add_parser("train", help="start a training as a run")
    kinds = parser.add_subparsers(dest="kind", required=True)
    autoencoder = kinds.add_parser("autoencoder", parents=[common], help="on the normal beats of the training records")
    autoencoder.add_argument("--records", nargs="+", metavar="RECORD", help="train on these (default: the split's)")
    autoencoder.add_argument("--follow", action="store_true", help="wait for the end, showing progress")
    add_options(autoencoder, AutoencoderOptions)
    autoencoder.set_defaults(run=_autoencoder)


def add_options(parser: argparse.ArgumentParser, options: type) -> None:
    """One flag for each field of an options dataclass; its checks stay in the dataclass."""
    for one in fields(options):
        flag = "--" + one.name.replace("_", "-")
        if get_origin(one.type) is Literal:
            parser.add_argument(flag, choices=get_args(one.type), default=one.default)
        elif one.type is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=one.default)
        else:
            parser.add_argument(flag, type=one.type, default=one.default, help="(default: %(default)s)")


def follow(run: Run) -> None:
    """Show a run's progress until it ends; Ctrl-C asks it to stop."""
    shown = 0
    try:
        while True:
            alive = run.state in ALIVE
            progress = run.progress()
            for row in progress.epochs[shown:]:
                losses = "  ".join(f"{name} {value:.4f}" for name, value in row.items() if name.endswith("loss"))
                tell(f"epoch {row['done']} of {row['of']}  {losses}  {seconds(row['eta_s'])} left")
            shown = len(progress.epochs)
            if progress.phase:
                tell_over("{phase}: {done} of {of}".format(**progress.phase))
            if not alive:
                return
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        tell("Stopping.")
        stop(run)


def outcome(run: Run, as_json: bool) -> int:
    """Print how a run stands; exit code 1 if it failed."""
    state = run.state
    found: dict[str, Any] = {"run": run.id, "state": state, "folder": str(run.folder)}
    text = f"{run.id}: {state}"
    if result := run.result:
        found["result"] = result
        validation = result["validation"]
        text += f". Validation ROC AUC {number(validation['roc_auc'])}, threshold {number(result['threshold'], 2)}"
    if error := run.error:
        found["error"] = error
        text += f". {error}"
    emit(found, as_json, text)
    return 1 if state in ("failed", "interrupted") else 0


def _autoencoder(options: argparse.Namespace) -> int:
    from ecg_core.runs.tasks import start_autoencoder

    chosen = AutoencoderOptions(**{one.name: getattr(options, one.name) for one in fields(AutoencoderOptions)})
    run = start_autoencoder(current_source(), tuple(options.records) if options.records else None, chosen)
    if options.follow:
        follow(run)
    return outcome(run, options.json)
