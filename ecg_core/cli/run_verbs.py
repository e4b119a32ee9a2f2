"""`runs list | show | report | stop | resume | delete | promote`, and `run`, which carries out a run's folder."""

import argparse
from pathlib import Path

from ecg_core import logs
from ecg_core.cli.follow import started
from ecg_core.cli.output import emit, place
from ecg_core.errors import RunError
from ecg_core.files import why, write_bytes
from ecg_core.runs.control import promote, resume, stop
from ecg_core.runs.folder import Run, RunSummary, delete_run, list_runs, open_run, summary_of
from ecg_core.runs.log_size import keep_small
from ecg_core.tasks.places import RUN_ID
from ecg_core.text import number
from ecg_core.typed_json import JsonObject, to_json


def add(verb: str, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Complete the parser of `runs` or `run`."""
    if verb == "run":
        parser.add_argument("folder", type=place)
        parser.add_argument("--lock", type=int, default=None, help=argparse.SUPPRESS)  # what `control.start` hands on
        parser.set_defaults(run=_work)
        return
    kinds = parser.add_subparsers(dest="runs", required=True)
    kinds.add_parser("list", parents=[common], help="every run, newest first").set_defaults(run=_list)
    for name, action, text in (
        ("show", _show, "options, progress and result"),
        ("report", _report, "write one HTML file with options, curves, figures and how to make it again"),
        ("stop", _stop, "ask to stop, and insist after ten seconds"),
        ("resume", _resume, "go on from the last checkpoint"),
        ("delete", _delete, "remove for good"),
        ("promote", _promote, "copy the model to models/NAME"),
    ):
        child = kinds.add_parser(name, parents=[common], help=text)
        child.add_argument("id", help="the run's id")
        child.set_defaults(run=action)
        if name == "report":
            child.add_argument("--to", type=place, default=None, help="file to write; by default <id>.html")
        if name == "resume":
            child.add_argument("--follow", action="store_true", help="wait for the end, showing progress")
        if name == "promote":
            child.add_argument("name", help="the model's name")
            child.add_argument("--replace", action="store_true", help="replace a model of that name")


def summary_row(summary: RunSummary) -> JsonObject:
    """A run in one row: id, kind, state, created, seconds, data, headline and figures; `problem` if it is damaged."""
    config, result = summary.config, summary.result
    row: JsonObject = {
        "run": summary.run.id,
        "kind": summary.run.kind,
        "state": summary.state,
        "created": config.created if config else None,
        "seconds": result.seconds if result else None,
        "class": summary.class_label or None,
        "data": config.source.label if config else None,
        "headline": result.report.headline() if result else None,
        "figures": {figure.name: figure.value for figure in result.report.figures()} if result else {},
    }
    return row | ({"problem": summary.problem} if summary.problem else {})


def _list(options: argparse.Namespace) -> int:
    summaries = [summary_of(run) for run in list_runs()]
    lines = [_line(summary) for summary in summaries]
    emit(
        [summary_row(summary) for summary in summaries],
        options.json,
        "\n".join(lines) or "No runs yet. `python -m ecg_core train autoencoder` starts one.",
    )
    return 0


def _line(summary: RunSummary) -> str:
    what = f"class {summary.class_label}  " if summary.class_label else ""
    data = f"{summary.config.source.label}  " if summary.config else ""
    told = summary.problem or (summary.result.report.headline() if summary.result else "")
    return f"{summary.run.id}  {summary.state:<11}  {what}{data}{told}".rstrip()


def _show(options: argparse.Namespace) -> int:
    run = open_run(options.id)
    summary = summary_of(run)
    if summary.config is None:
        emit(summary_row(summary), options.json, f"{run.id}: {summary.state}\n{summary.problem}")
        return 1
    config, result, progress = summary.config, summary.result, summary.progress
    ended = {"finished": result.finished, "seconds": result.seconds} if result else {}
    value = {
        **summary_row(summary),
        "config": {**to_json(config), "patients": dict(config.patients or {})},
        "epochs": [row.to_json() for row in progress.epochs],
        "phase": to_json(progress.phase),
        "result": {**result.report.to_json(), **ended} if result else None,
        "error": run.error,
        "evaluations": {part: report.to_json() for part, report in run.evaluations().items()},
    }
    lines = [f"{run.id}: {summary.state}", f"{summary.title}, {summary.unit}", f"again: {config.command}"]
    lines += [f"  {name}: {option}" for name, option in config.options.items()]
    if progress.last:
        losses = ", ".join(
            f"{name.replace('_', ' ')} {number(loss, 4)}" for name, loss in progress.last.figures.items()
        )
        lines.append(f"epoch {progress.last.done} of {progress.last.of}, {losses}")
    if result:
        lines.append(result.report.headline())
    lines += filter(None, [run.error, summary.problem])
    emit(value, options.json, "\n".join(lines))
    return 0


def _report(options: argparse.Namespace) -> int:
    from ecg_core.reports.run_report import run_report  # matplotlib, which the other verbs do without

    run = open_run(options.id)
    target: Path = options.to or Path(f"{run.id}.html")
    html = run_report(summary_of(run))
    try:
        write_bytes(target, html.encode())
    except OSError as error:
        raise RunError(f"The report cannot be written to {target}: {why(error)}.") from None
    emit({"run": run.id, "file": str(target)}, options.json, f"{run.id}: report in {target}")
    return 0


def _stop(options: argparse.Namespace) -> int:
    run = open_run(options.id)
    stop(run)
    logs.event("run.stopped", run=run.id)
    emit({"run": run.id, "state": run.state}, options.json, f"{run.id}: {run.state}")
    return 0


def _resume(options: argparse.Namespace) -> int:
    run = open_run(options.id)
    resume(run)
    logs.event("run.resumed", run=run.id)
    return started(run, options.follow, options.json)


def _delete(options: argparse.Namespace) -> int:
    delete_run(open_run(options.id))
    logs.event("run.deleted", run=options.id)
    emit({"run": options.id, "state": "deleted"}, options.json, f"{options.id}: deleted")
    return 0


def _promote(options: argparse.Namespace) -> int:
    target = promote(open_run(options.id), options.name, options.replace)
    logs.event("run.promoted", run=options.id, model=f"models/{target.name}")
    emit({"model": str(target)}, options.json, f"{options.id} is now {target}")
    return 0


def _work(options: argparse.Namespace) -> int:
    from ecg_core.runs.worker import work, yield_to_people

    run = Run(options.folder.resolve())
    if not RUN_ID.fullmatch(run.id) or not (run.folder / "config.json").is_file():
        return work(options.folder, handed=options.lock)  # which refuses what is no run
    logs.begin("worker")
    yield_to_people()
    keep_small(run.folder / "log.txt")
    logs.event("run.worker", run=run.id)
    code = work(options.folder, handed=options.lock)
    logs.event("run.ended", "error" if run.error else "info", run=run.id, state=run.state, error=run.error or "")
    return code
