"""`train ...` and `study ...`: one verb for each task in the registry, its flags from the task's options."""

import argparse
from pathlib import Path

from ecg_core.cli.follow import follow, outcome
from ecg_core.cli.output import add_workers, emit, place, workers_of
from ecg_core.data.labels import CORRECTED, REFERENCE
from ecg_core.data.sources import current_source
from ecg_core.errors import RunError
from ecg_core.learning.options import OptionField, Options
from ecg_core.parallel.workers import choose_workers
from ecg_core.runs.control import start
from ecg_core.tasks.material import ImageFolder, Material, Recordings
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.study.few_result import FewBeatsReport
from ecg_core.tasks.study.result import StudyReport
from ecg_core.tasks.study.training import keep_result
from ecg_core.tasks.task import AnyTask


def add(verb: str, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Complete the parser of `train` or `study` with every task of that first word."""
    kinds = parser.add_subparsers(dest="kind", required=True)
    for task in REGISTRY.values():
        if task.command[0] == verb and len(task.command) > 1:
            child = kinds.add_parser(task.command[1], parents=[common], help=task.help, description=task.help)
            add_options(child, task.options)
            _add_material(child, task)
            add_workers(child)
            child.add_argument("--follow", action="store_true", help="wait for the end, showing progress")
            if task.keep:
                child.add_argument("--keep", type=place, metavar="FOLDER", help="write the result beside this card")
            child.set_defaults(run=_start, kind=task.kind)


def add_options(parser: argparse.ArgumentParser, options: type[Options]) -> None:
    """One flag for each field of an options class; its checks stay there."""
    for field in options.declared():
        flag = "--" + field.name.replace("_", "-")
        text = f"{field.option.help} {_range(field)}".replace("%", "%%").replace("`", "").strip()
        if field.choices:
            parser.add_argument(flag, choices=field.choices, type=field.type, default=field.default, help=text)
        elif field.type is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=field.default, help=text)
        else:
            parser.add_argument(flag, type=field.type, default=field.default, help=text)


def chosen_options(arguments: argparse.Namespace, options: type[Options]) -> Options:
    """The options that flags of the same names were given for."""
    return options.from_json({field.name: getattr(arguments, field.name) for field in options.declared()})


def _range(field: OptionField) -> str:
    low, high = field.option.low, field.option.high
    limits = f"{low:g} to {high:g}, " if low is not None and high is not None else ""
    return f"({limits}default: {field.default})"


def _add_material(parser: argparse.ArgumentParser, task: AnyTask) -> None:
    if Recordings in task.material and task.command[0] == "train":
        parser.add_argument("--records", nargs="+", metavar="RECORD", help="train on these (default: the split's)")
        parser.add_argument(
            "--labels", choices=(REFERENCE, CORRECTED), default=REFERENCE, help="corrected: with people's corrections"
        )
    if ImageFolder in task.material:
        parser.add_argument(
            "--images", type=place, metavar="FOLDER", help="of images, one sub-folder a class, not beats"
        )


def _material(arguments: argparse.Namespace) -> Material:
    images, records = getattr(arguments, "images", None), getattr(arguments, "records", None)
    if images and records:
        raise RunError("An image folder has no records: name --images or --records, not both.")
    layer = getattr(arguments, "labels", REFERENCE)
    return ImageFolder.of(images) if images else Recordings.of(current_source(), records or None, layer)


def _start(arguments: argparse.Namespace) -> int:
    task = REGISTRY[arguments.kind]
    choose_workers(workers_of(arguments))
    keep: Path | None = getattr(arguments, "keep", None)
    run = start(task, _material(arguments), chosen_options(arguments, task.options))
    if arguments.follow or keep:
        follow(run)
    result = run.result()
    if result and keep:
        keep_result(task, result.report, keep)
    if result and isinstance(result.report, StudyReport | FewBeatsReport) and not arguments.json:
        emit(None, False, "\n".join(result.report.lines()))
    return outcome(run, arguments.json)
