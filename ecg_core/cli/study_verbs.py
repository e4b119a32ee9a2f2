"""`study augmentation | random-split`: does balancing help, and what a split by beats would make one believe."""

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.output import emit
from ecg_core.cli.train_verbs import add_options, chosen, follow, outcome
from ecg_core.data.sources import current_source
from ecg_core.evaluation.study import verdict
from ecg_core.runs.folder import Run
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.study.options import StudyOptions
from ecg_core.tasks.study.training import LESSON, STUDY, keep, start_lesson, start_study
from ecg_core.text import number


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Register the verbs with a parser's sub-parsers."""
    parser = verbs.add_parser("study", help="compare ways of training on unseen patients")
    kinds = parser.add_subparsers(dest="study", required=True)
    augmentation = kinds.add_parser("augmentation", parents=[common], help="does balancing help, over several seeds")
    add_options(augmentation, StudyOptions)
    augmentation.set_defaults(run=_augmentation)
    lesson = kinds.add_parser("random-split", parents=[common], help="one network split by beats and by patients")
    add_options(lesson, ClassifierOptions)
    lesson.set_defaults(run=_lesson)
    for one in (augmentation, lesson):
        one.add_argument("--keep", type=Path, metavar="FOLDER", help="write the result beside this model's card")
        one.add_argument("--follow", action="store_true", help="wait for the end, showing progress")


def _augmentation(options: argparse.Namespace) -> int:
    return _ended(start_study(current_source(), chosen(options, StudyOptions)), STUDY, options)


def _lesson(options: argparse.Namespace) -> int:
    return _ended(start_lesson(current_source(), chosen(options, ClassifierOptions)), LESSON, options)


def _ended(run: Run, name: str, options: argparse.Namespace) -> int:
    if options.follow or options.keep:
        follow(run)
    if options.keep and run.result:
        keep(run.result, options.keep, name)
    if run.result and "study" in run.result and not options.json:
        emit(None, False, table(run.result))
    return outcome(run, options.json)


def table(result: dict[str, Any]) -> str:
    """One line a way of training and figure: its mean, the change from the plainest, its interval, and a verdict."""
    lines = [f"{result['seeds']} seeds, {result['steps']:,} steps each. {result['note']}"]
    for way, row in result["study"].items():
        lines.append(f"{way}: macro-F1 {number(row['macro_f1']['mean'])}")
        for name, changes in row.get("change", {}).items():
            for key, one in changes.items():
                lines.append(
                    f"  {name} {key}: {number(one['before'])} to {number(one['after'])} "
                    f"(change 95 % {number(one['low'])} to {number(one['high'])}), {verdict(one)}"
                )
    return "\n".join(lines)
