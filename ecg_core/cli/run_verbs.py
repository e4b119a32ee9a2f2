"""`runs list | show | stop | resume | delete | promote`, and `run`, which starts a worker."""

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.output import emit
from ecg_core.cli.train_verbs import follow, headline, outcome
from ecg_core.runs.control import promote, resume, stop
from ecg_core.runs.folder import Run, delete_run, list_runs, open_run
from ecg_core.text import number


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Register the verbs with a parser's sub-parsers."""
    parser = verbs.add_parser("runs", help="everything ever trained")
    kinds = parser.add_subparsers(dest="runs", required=True)
    kinds.add_parser("list", parents=[common], help="every run, newest first").set_defaults(run=_list)
    for name, action, text in (
        ("show", _show, "options, progress and result"),
        ("stop", _stop, "ask to stop, and insist after ten seconds"),
        ("resume", _resume, "go on from the last checkpoint"),
        ("delete", _delete, "remove for good"),
        ("promote", _promote, "copy the model to models/NAME"),
    ):
        verb = kinds.add_parser(name, parents=[common], help=text)
        verb.add_argument("id", help="the run's id")
        verb.set_defaults(run=action)
        if name == "resume":
            verb.add_argument("--follow", action="store_true", help="wait for the end, showing progress")
        if name == "promote":
            verb.add_argument("name", help="the model's name")
            verb.add_argument("--replace", action="store_true", help="replace a model of that name")

    worker = verbs.add_parser("run", help="carry out a run's folder (what a worker process does)")
    worker.add_argument("folder", type=Path)
    worker.set_defaults(run=_work)


def summary_row(run: Run) -> dict[str, Any]:
    """A run in one row: id, kind, state, created, seconds, data, headline figure."""
    config, result = run.config, run.result
    return {
        "run": run.id,
        "kind": config["kind"],
        "state": run.state,
        "created": config["created"],
        "seconds": result["seconds"] if result else None,
        "class": config["options"].get("beat_class") or config["options"].get("label"),
        "data": config["source"]["label"],
        "validation_roc_auc": (result or {}).get("validation", {}).get("roc_auc"),
        "headline": headline(result) if result else None,
    }


def _list(options: argparse.Namespace) -> int:
    rows = [summary_row(run) for run in list_runs()]
    lines = [
        f"{row['run']}  {row['state']:<11}  {_of(row)}{row['data']}  {row['headline'] or ''}".rstrip() for row in rows
    ]
    emit(rows, options.json, "\n".join(lines) or "No runs yet. `python -m ecg_core train autoencoder` starts one.")
    return 0


def _of(row: dict[str, Any]) -> str:
    return f"class {row['class']}  " if row["class"] else ""


def _show(options: argparse.Namespace) -> int:
    run = open_run(options.id)
    progress = run.progress()
    found = {
        **summary_row(run),
        "config": run.config,
        "epochs": progress.epochs,
        "phase": progress.phase,
        "result": run.result,
        "error": run.error,
        "evaluations": run.evaluations,
    }
    last = progress.epochs[-1] if progress.epochs else None
    lines = [f"{run.id}: {found['state']}", f"options: {run.config['options']}", f"again: {run.config['command']}"]
    if last:
        lines.append(f"epoch {last['done']} of {last['of']}, train loss {number(last['train_loss'], 4)}")
    if run.error:
        lines.append(run.error)
    emit(found, options.json, "\n".join(lines))
    return 0


def _stop(options: argparse.Namespace) -> int:
    run = open_run(options.id)
    stop(run)
    emit({"run": run.id, "state": run.state}, options.json, f"{run.id}: {run.state}")
    return 0


def _resume(options: argparse.Namespace) -> int:
    run = open_run(options.id)
    resume(run)
    if options.follow:
        follow(run)
    return outcome(run, options.json)


def _delete(options: argparse.Namespace) -> int:
    delete_run(open_run(options.id))
    emit({"run": options.id, "state": "deleted"}, options.json, f"{options.id}: deleted")
    return 0


def _promote(options: argparse.Namespace) -> int:
    target = promote(open_run(options.id), options.name, options.replace)
    emit({"model": str(target)}, options.json, f"{options.id} is now {target}")
    return 0


def _work(options: argparse.Namespace) -> int:
    from ecg_core.runs.worker import work

    return work(options.folder)
