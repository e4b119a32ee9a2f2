"""`evaluate`: score records, or a folder of images, with a trained model."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from ecg_core.cli.output import add_json, add_workers, emit, place, tell, tell_over, workers_of
from ecg_core.data.sources import current_source
from ecg_core.errors import RunError
from ecg_core.evaluation.changed_recordings import Changes, Leads, Positions
from ecg_core.evaluation.class_report import GROUPS, ClassReport
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.evaluation.figure import Interval
from ecg_core.parallel.workers import choose_workers
from ecg_core.runs.evaluation import evaluate_run
from ecg_core.runs.folder import open_run
from ecg_core.tasks.evaluation import evaluate_images, evaluate_model
from ecg_core.text import number, percent

if TYPE_CHECKING:
    from ecg_core.protocols.protocol import Protocol, ProtocolResult


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    add_json(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--run", dest="run_id", metavar="ID", help="a finished run; the report is kept in it")
    which.add_argument("--model", type=place, metavar="FOLDER", help="a model folder, such as models/autoencoder")
    parser.add_argument(
        "--split", default="unseen", help="DS2, test, unseen, all, validation, or records joined by commas"
    )
    parser.add_argument(
        "--protocol", metavar="NAME", help="measure as others have, beside what they published (a wrong name lists all)"
    )
    parser.add_argument("--keep", action="store_true", help="with --protocol: keep the result in docs/protocols")
    parser.add_argument("--images", type=place, metavar="FOLDER", help="image classifiers: judge a folder of images")
    parser.add_argument(
        "--any-leads", action="store_true", help="score records on leads the model was not trained on, with a caution"
    )
    add_workers(parser)
    changed = parser.add_argument_group(
        "recordings changed on purpose", "whether the figures hang on how the recordings were made or annotated"
    )
    changed.add_argument("--positions", choices=get_args(Positions), default="annotated", help="where the beats are")
    changed.add_argument("--shift-ms", type=float, default=0.0, metavar="MS", help="move every annotation by this")
    changed.add_argument("--jitter-ms", type=float, default=0.0, metavar="MS", help="move each at random (one sd)")
    changed.add_argument("--resample", type=float, default=0.0, metavar="HZ", help="resample to this rate")
    changed.add_argument("--leads", choices=get_args(Leads), default="both", help="leads left, their order or names")
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    choose_workers(workers_of(options))
    if options.protocol:
        return _protocol(options)
    if not options.run_id and not options.model:
        raise RunError("Name what is to be judged: --model FOLDER, --run ID, or --protocol NAME.")
    if options.images:
        if not options.model:
            raise RunError("Images are judged by a model: name it with --model.")
        report = evaluate_images(options.model, options.images)
    elif options.run_id:
        run = open_run(options.run_id)
        report = evaluate_run(run, current_source(), options.split, options.any_leads, _changes(options))
    else:
        report = evaluate_model(options.model, current_source(), options.split, options.any_leads, _changes(options))
    for record, reason in getattr(report, "unreadable", {}).items():
        tell(f"Left out: record {record}: {reason}")
    if isinstance(report, ClassReport):
        lines = _class_lines(report)
    elif isinstance(report, DetectionReport):
        lines = _detection_lines(report)
    else:
        lines = iter([report.headline()])
    emit(report.to_json(), options.json, "\n".join(lines))
    return 0


def _protocol(options: argparse.Namespace) -> int:
    from ecg_core.protocols.carrying_out import carry_out, keep

    place = options.run_id or (str(options.model) if options.model else "")
    protocol, result = carry_out(options.protocol, current_source(), place, tell_over)
    if options.keep:
        tell(f"Kept in {keep(result)}")
    emit(result.to_json(), options.json, "\n".join(_protocol_lines(protocol, result)))
    return 0


def _protocol_lines(protocol: "Protocol", result: "ProtocolResult") -> Iterator[str]:
    yield f"{protocol.title}. {protocol.what} {result.note}".strip()
    columns = [one for one in protocol.columns if one.key in result.total]
    works = [("ours", result.total), *((one.work, one.figures) for one in result.published)]
    width = max(len(one.title) for one in columns)
    for one in columns:
        values = ", ".join(f"{work} {protocol.written(one.key, figures[one.key])}" for work, figures in works
                           if one.key in figures)  # fmt: skip
        yield f"  {one.title.ljust(width)}  {values}"
    for row in result.rows:
        figures = ", ".join(
            f"{one.title} {protocol.written(one.key, row.figures[one.key])}"
            + (f" ({protocol.written(one.key, row.peer[one.key])})" if one.key in row.peer else "")
            for one in protocol.columns
            if one.key in row.figures
        )
        yield f"{row.name}: {figures}"
    if protocol.row_peer:
        yield f"In brackets: {protocol.row_peer}."


def _changes(options: argparse.Namespace) -> Changes:
    return Changes(options.positions, options.shift_ms, options.jitter_ms, options.resample, options.leads)


def _detection_lines(report: DetectionReport) -> Iterator[str]:
    point = report.threshold
    yield ("SIMULATED recordings. " if report.simulated else "") + report.note
    yield f"{report.split}: {report.scored:,} {report.unit}, {report.abnormal:,} abnormal"
    yield (
        f"ROC AUC {number(report.roc_auc)}{_between(report.intervals.roc_auc)}, "
        f"average precision {number(report.average_precision)}"
    )
    yield (
        f"at the default threshold {point.threshold:.2f}: sensitivity {percent(point.sensitivity)}, "
        f"specificity {percent(point.specificity)}, "
        f"positive predictivity {percent(point.positive_predictivity)}, "
        f"{number(point.false_alarms_per_hour, 1)} false alarms an hour"
    )
    for name, row in report.classes.items():
        auc = f", ROC AUC {number(row.roc_auc)}" if row.roc_auc is not None else ""
        yield f"  {name}: {row.beats:,} in {row.records} records, {percent(row.flagged_share)} flagged{auc}"


def _class_lines(report: ClassReport) -> Iterator[str]:
    intervals = report.intervals
    yield ("SIMULATED recordings. " if report.simulated else "") + report.note
    yield (
        f"{report.split}: {report.scored:,} judged, accuracy {percent(report.accuracy)}, macro-F1 "
        f"{number(report.macro_f1)}{_between(intervals.macro_f1 if intervals else None, report.units)}"
    )
    if report.absent:
        yield f"no beat of class {', '.join(report.absent)}: macro-F1 is over {', '.join(report.macro_over)}"
    for name, row in report.classes.items():
        where = f"  {name}: {row.support:,}"
        if report.units != GROUPS:  # drawn at random, they say nothing
            where += f" in {row.records} {report.units}"
        if not row.scored:
            yield f"{where}, too few to be scored"
            continue
        bounds = intervals.classes[name].f1 if intervals and name in intervals.classes else None
        yield (
            f"{where}, sensitivity {percent(row.sensitivity)}, positive predictivity {percent(row.ppv)}, "
            f"F1 {number(row.f1)}{_between(bounds, report.units)}"
        )
    for name, rest in report.without.items():
        f1 = ", ".join(f"{key} F1 {number(value)}" for key, value in rest.f1.items() if key != "N")
        yield f"without {name}: macro-F1 {number(rest.macro_f1)}, {f1}"
    for name, promised in report.promises.items():
        yield (
            f"review: of {name} beats {percent(promised.missed)} missed per patient after it "
            f"(promised at most {percent(promised.promised)}), {percent(promised.missed_uncalled)} without"
        )
    if report.review is not None:
        yield f"review: {report.review:,} of {report.scored:,} beats ({percent(report.review / report.scored)})"
    names = list(report.confusion)
    width = max(7, *(len(name) + 1 for name in names))
    yield "reference down, prediction across:"
    yield " " * width + "".join(name.rjust(width + 1) for name in names)
    for name, counts in report.confusion.items():
        yield name.ljust(width) + "".join(f"{counts[other]:,}".rjust(width + 1) for other in names)


def _between(bounds: Interval | None, over: str = "records") -> str:
    """A 95 % interval in brackets, or nothing where there is none."""
    return f" (95 % {number(bounds[0])} to {number(bounds[1])}, bootstrap over {over})" if bounds else ""
