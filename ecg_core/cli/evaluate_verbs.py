"""`evaluate`: score records, or a folder of images, with a trained model."""

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.output import emit
from ecg_core.data.sources import current_source
from ecg_core.errors import RunError
from ecg_core.runs.folder import open_run
from ecg_core.text import number, percent


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Register the verb with a parser's sub-parsers."""
    evaluate = verbs.add_parser("evaluate", parents=[common], help="score records with a trained model")
    which = evaluate.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", dest="run_id", metavar="ID", help="a finished run; the report is kept in it")
    which.add_argument("--model", type=Path, metavar="FOLDER", help="a model folder, such as models/autoencoder")
    evaluate.add_argument(
        "--split", default="unseen", help="DS2, test, unseen, all, validation, or records joined by commas"
    )
    evaluate.add_argument("--images", type=Path, metavar="FOLDER", help="image classifiers: judge a folder of images")
    evaluate.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    from ecg_core.tasks.image_classifier.training import evaluate_folder
    from ecg_core.tasks.registry import evaluate_model, evaluate_run

    source = current_source()
    if options.images:
        if not options.model:
            raise RunError("Images are judged by a model: name it with --model.")
        found = evaluate_folder(options.model, options.images)
    elif options.run_id:
        found = evaluate_run(open_run(options.run_id), source, options.split)
    else:
        found = evaluate_model(options.model, source, options.split)
    emit(found, options.json, _classes(found) if "confusion" in found else _detection(found))
    return 0


def _detection(found: dict[str, Any]) -> str:
    point = found["threshold"]
    low, high = found["intervals"]["roc_auc"] or (None, None)
    lines = [
        ("SIMULATED recordings. " if found["simulated"] else "") + found["note"],
        f"{found['split']}: {found['scored']:,} {found['unit']}, {found['abnormal']:,} abnormal",
        f"ROC AUC {number(found['roc_auc'])} (95 % {number(low)} to {number(high)}, bootstrap over records), "
        f"average precision {number(found['average_precision'])}",
        f"at the default threshold {point['threshold']:.2f}: sensitivity {percent(point['sensitivity'])}, "
        f"specificity {percent(point['specificity'])}, "
        f"positive predictivity {percent(point['positive_predictivity'])}, "
        f"{number(point['false_alarms_per_hour'], 1)} false alarms an hour",
    ]
    for name, row in found["classes"].items():
        auc = f", ROC AUC {number(row['roc_auc'])}" if row.get("roc_auc") is not None else ""
        lines.append(
            f"  {name}: {row['beats']:,} in {row['records']} records, {percent(row['flagged_share'])} flagged{auc}"
        )
    return "\n".join(lines)


def _classes(found: dict[str, Any]) -> str:
    lines = [
        ("SIMULATED recordings. " if found["simulated"] else "") + found["note"],
        f"{found['split']}: {found['scored']:,} judged, accuracy {percent(found['accuracy'])}, macro-F1 "
        f"{number(found['macro_f1'])}{_between(found, 'macro_f1')}",
    ]
    if absent := [name for name, row in found["classes"].items() if "f1" in row and not row["support"]]:
        lines.append(f"no beat of class {', '.join(absent)}: macro-F1 is over {', '.join(found['macro_over'])}")
    for name, row in found["classes"].items():
        where = f"  {name}: {row['support']:,} in {row['records']} records"
        if "f1" not in row:
            lines.append(f"{where}, too few to be scored")
            continue
        lines.append(
            f"{where}, sensitivity {percent(row['sensitivity'])}, positive predictivity {percent(row['ppv'])}, "
            f"F1 {number(row['f1'])}{_between(found, 'classes', name, 'f1')}"
        )
    for name, rest in found["without"].items():
        f1 = ", ".join(f"{key} F1 {number(value)}" for key, value in rest["f1"].items() if key != "N")
        lines.append(f"without {name}: macro-F1 {number(rest['macro_f1'])}, {f1}")
    names = list(found["confusion"])
    width = max(7, *(len(name) + 1 for name in names))
    lines.append("reference down, prediction across:")
    lines.append(" " * width + "".join(name.rjust(width + 1) for name in names))
    for name, row in found["confusion"].items():
        lines.append(name.ljust(width) + "".join(f"{row[other]:,}".rjust(width + 1) for other in names))
    return "\n".join(lines)


def _between(found: dict[str, Any], *keys: str) -> str:
    """A 95 % interval in brackets, or nothing where there is none."""
    value: Any = found["intervals"]
    for key in keys:
        value = value[key] if value else None
    return f" (95 % {number(value[0])} to {number(value[1])}, bootstrap over records)" if value else ""
