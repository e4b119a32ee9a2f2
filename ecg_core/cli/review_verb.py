"""`review queue|apply|export`: what is to be looked at, decisions from a file, and files of what was decided."""

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ecg_core.cli.output import add_json, emit, place, tell
from ecg_core.errors import DataError
from ecg_core.typed_json import JsonObject

if TYPE_CHECKING:
    from ecg_core.beats.labelled_record import LabelledRecord
    from ecg_core.data.corrections.corrections import Corrections
    from ecg_core.data.sources import DataSource

COLUMNS = ("sample", "after")
MOST_ROWS = 200_000


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    from ecg_core.beats.classes import CLASSES
    from ecg_core.review.queue import Order, Rule

    verbs = parser.add_subparsers(dest="review_verb", required=True)
    queue = verbs.add_parser("queue", help="what a rule finds in a recording, in the order it is to be looked at")
    queue.add_argument("record", metavar="RECORD")
    queue.add_argument("--rule", choices=get_args(Rule), default="flagged")
    queue.add_argument("--order", choices=get_args(Order), default="score")
    queue.add_argument("--low", type=float, metavar="X", help="least score, or the probability below which")
    queue.add_argument("--high", type=float, metavar="X", help="score below which")
    queue.add_argument("--class", dest="beat_class", choices=CLASSES, default="V", help="of the rule class")
    queue.add_argument("--model", type=place, metavar="FOLDER", help="default: the shipped one")
    queue.set_defaults(run=_queue)
    apply = verbs.add_parser("apply", help="write decisions of a CSV file into a recording's corrections")
    apply.add_argument("record", metavar="RECORD")
    apply.add_argument("file", type=place, metavar="FILE", help="CSV with the columns sample and after")
    apply.add_argument("--person", required=True, metavar="NAME", help="whose decisions they are")
    apply.set_defaults(run=_apply)
    export = verbs.add_parser("export", help="write corrected labels (WFDB) and decisions (CSV, Parquet)")
    export.add_argument("record", metavar="RECORD")
    export.add_argument("--to", type=place, required=True, metavar="DIR")
    export.set_defaults(run=_export)
    for one in (queue, apply, export):
        add_json(one)


def _queue(options: argparse.Namespace) -> int:
    from ecg_core.data.corrections import log
    from ecg_core.data.sources import current_source
    from ecg_core.review.queue import Asked, queue_of
    from ecg_core.review.sources import given_for

    source = current_source()
    asked = Asked(options.rule, options.order, options.low, options.high, options.beat_class)
    given = given_for(options.rule, source, options.record, options.model)
    queue = queue_of(asked, given)
    reviewed = queue.reviewed(log.read(log.log_file(source.folder, options.record)))
    fs, beats = given.labelled.record.fs, given.labelled.beats
    scores = dict(zip(given.scores.sample.tolist(), given.scores.score.tolist(), strict=True)) if given.scores else {}
    items: list[JsonObject] = [
        {
            "sample": at,
            "time_s": round(at / fs, 3),
            "class": beats.class_at(at),
            "beats": int(queue.offsets[k + 1] - queue.offsets[k]),
            "name": queue.names[k],
            "score": scores.get(at),
            "reviewed": bool(reviewed[k]),
        }
        for k, at in enumerate(queue.anchor.tolist())
    ]
    value: JsonObject = {"record": options.record, "rule": options.rule, "items": items,
                         "reviewed": int(reviewed.sum())}  # fmt: skip
    lines = [f"{int(reviewed.sum()):,} of {len(queue):,} reviewed"]
    for one in items:
        score = f" score {one['score']:.2f}" if one["score"] is not None else ""
        lines.append(f"{one['time_s']:>10.2f} s  {one['class'] or '-'}{score} {one['name']}"
                     f"{' reviewed' if one['reviewed'] else ''}".rstrip())  # fmt: skip
    emit(value, options.json, "\n".join(lines))
    return 0


def _apply(options: argparse.Namespace) -> int:
    from ecg_core import workspace
    from ecg_core.data.corrections import log
    from ecg_core.data.corrections.decision import Edit
    from ecg_core.data.corrections.layer import digest_of
    from ecg_core.data.sources import current_source
    from ecg_core.review.sources import labelled_record

    source = current_source()
    found = labelled_record(source, options.record)
    rows = _rows(options.file, found)
    path = log.log_file(source.folder, options.record)
    head = log.head_of(source.folder, options.record, found.layer.name, digest_of(found.layer))
    before = log.read(path)
    now = workspace.now()
    symbols = dict(zip(found.beats.r_sample.tolist(), found.beats.symbol.tolist(), strict=True))
    edits = [
        Edit(f"file {now}", k, "decide", options.person, now, (sample,), (symbols[sample],), (after,), "file")
        for k, (sample, after) in enumerate(rows, 1)
    ]
    done = log.write(path, head, edits, before.last if before else 0)
    n = len(done.corrections.entries) - (len(before.entries) if before else 0)
    emit(
        {"record": options.record, "decisions": n}, options.json, f"{n:,} decisions about record {options.record} kept."
    )
    return 0


def _rows(file: Path, found: "LabelledRecord") -> list[tuple[int, str]]:
    """Sample and symbol of each line. Raises DataError, naming the line."""
    from ecg_core.data.corrections.decision import ARTEFACT
    from ecg_core.data.labels import BEAT_SYMBOLS

    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            table = csv.DictReader(opened)
            if missing := [name for name in COLUMNS if name not in (table.fieldnames or ())]:
                raise DataError(f"{file} has no column {', '.join(missing)}: it needs {' and '.join(COLUMNS)}.")
            rows = list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file} cannot be read as CSV: {getattr(error, 'strerror', None) or error}.") from None
    if len(rows) > MOST_ROWS:
        raise DataError(f"{file} has {len(rows):,} lines, more than {MOST_ROWS:,}.")
    beats = set(found.beats.r_sample.tolist())
    read: list[tuple[int, str]] = []
    for number, row in enumerate(rows, 2):
        sample, after = (row.get(name) or "" for name in COLUMNS)
        if not sample.isdecimal() or int(sample[:18]) not in beats:
            raise DataError(f"{file}, line {number}: record {found.record.name} has no beat at sample {sample[:20]!r}.")
        if after not in BEAT_SYMBOLS and after != ARTEFACT:
            raise DataError(
                f"{file}, line {number}: {after[:20]!r} is no label of a beat: N S V F Q, or | for an artefact."
            )
        read.append((int(sample), after))
    return read


def _export(options: argparse.Namespace) -> int:
    from ecg_core.data.catalogue import ATTRIBUTION
    from ecg_core.data.corrections.export import export
    from ecg_core.data.corrections.layer import corrected
    from ecg_core.data.sources import current_source
    from ecg_core.reports.report_words import is_published
    from ecg_core.review.sources import labelled_record

    source = current_source()
    found = labelled_record(source, options.record)
    corrections = _corrections(source, options.record)
    made = corrected(found.layer, corrections)
    if made.misfits:
        tell(f"Left out: {len(made.misfits)} decisions about beats that the labels do not have any more.")
    credit = ATTRIBUTION if is_published(found.record) else ""
    files = export(options.to, options.record, found.record.fs, made.layer, corrections, credit)
    value: JsonObject = {
        "record": options.record, "changed": made.n_changed, "agreed": made.n_agreed,
        "files": [str(one) for one in (files.annotations, files.csv, files.parquet, files.attribution) if one],
    }  # fmt: skip
    emit(
        value,
        options.json,
        f"{made.n_changed:,} labels changed, {made.n_agreed:,} agreed with.\n" + "\n".join(value["files"]),
    )
    return 0


def _corrections(source: "DataSource", record: str) -> "Corrections":
    from ecg_core.data.corrections import log

    found = log.read(log.log_file(source.folder, record))
    if found is None or not found.entries:
        raise DataError(f"Nobody has reviewed record {record}: there is nothing to export.")
    return found
