"""`rhythm`: find atrial fibrillation by RR intervals alone, compare it with a reference rhythm where there is one, and
name the records whose usual beat may not be sinus."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_core.cli.output import add_json, emit, tell, tell_over
from ecg_core.data.labels import DETECTED
from ecg_core.errors import DataError
from ecg_core.text import number, percent, seconds
from ecg_core.typed_json import JsonObject

if TYPE_CHECKING:
    from ecg_core.evaluation.rhythm_report import JudgedRhythm

REFERENCE, FOUND = "reference", "detected"


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    add_json(parser)
    parser.add_argument("records", nargs="*", metavar="RECORD", help="default: every record of the data in use")
    parser.add_argument(
        "--beats",
        choices=(REFERENCE, FOUND),
        help="the beats of the reference, V and F left out, or detected R peaks, those of unusual shape left out "
        "(default: the reference where it marks beats, else R peaks)",
    )
    parser.set_defaults(run=_rhythm)


def _rhythm(options: argparse.Namespace) -> int:
    from ecg_core.beats.splits import split_of
    from ecg_core.data.sources import current_source
    from ecg_core.evaluation.rhythm_report import JudgedRhythm, RhythmReport

    source = current_source()
    names = tuple(dict.fromkeys(options.records)) or source.records
    if unknown := [name for name in names if name not in source.records]:
        raise DataError(f"Unknown record {', '.join(unknown)[:200]}: {source.label}, none of that name.")
    judged: dict[str, JudgedRhythm] = {}
    for done, name in enumerate(names, start=1):
        tell_over(f"{name}, {done} of {len(names)}")
        try:
            judged[name] = _judged(source.folder, name, options.beats)
        except DataError as error:
            tell(f"Left out: {name}: {error}")
    tell_over("")
    if not judged:
        return 1
    report = RhythmReport(judged, split_of(source.records, source.patients).parts)
    emit(report.to_json(), options.json, _text(report.to_json()))
    return 1 if len(judged) < len(names) else 0


def _judged(folder: Path, name: str, beats: str | None) -> "JudgedRhythm":
    from ecg_core.beats.detection import detected_layer
    from ecg_core.beats.labelled_record import labelled, reference_layer
    from ecg_core.beats.rhythm_by_rr import fibrillation_of
    from ecg_core.beats.rhythm_summary import summarise_rhythm
    from ecg_core.beats.usual_beat import usual_beat_of
    from ecg_core.data.layers import kept_layer
    from ecg_core.data.reader import read_record
    from ecg_core.evaluation.rhythm_report import JudgedRhythm, judge_fibrillation

    record = read_record(folder, name)
    reference = labelled(record, reference_layer(record))
    used = reference
    if beats == FOUND or (beats is None and not len(reference.beats)):
        used = labelled(record, kept_layer(folder, name, DETECTED) or detected_layer(record))
    found = fibrillation_of(used)
    figures = judge_fibrillation(reference.rhythms, found, record.fs) if reference.rhythms else None
    return JudgedRhythm(found, record.fs, figures, usual_beat_of(used), summarise_rhythm(used))


def _text(report: JsonObject) -> str:
    lines = _summary(report) if len(report["records"]) == 1 else []
    lines += [
        "      record  stretches  found s  reference s    Se %    +P %  of flutter s  usual beat may not be sinus"
    ]
    if len(report["records"]) == 1:
        lines = _summary(report) + lines
    for name, row in report["records"].items():
        lines.append(_line(name, str(len(row["stretches_s"])), row))
    if report["gross"] is None:
        lines.append("No reference rhythm to compare with.")
        return "\n".join(lines)
    lines += [_line(name, "", row) for name, row in (report["parts"] | {"gross": report["gross"]}).items()]
    return "\n".join(lines)


def _summary(report: JsonObject) -> list[str]:
    """Rates, pauses and runs of the one record that was asked for."""
    ((name, row),) = report["records"].items()
    counted = row["summary"]
    slow, fast = (counted[which] and counted[which]["per_minute"] for which in ("slowest", "fastest"))
    lines = [
        f"{name}: {counted['beats']:,} beats of layer {counted['layer']} in {seconds(counted['analysed_s'])} analysed; "
        f"rate {number(slow, 0)}, mean {number(counted['mean_rate'], 0)}, {number(fast, 0)} a minute; longest RR "
        f"{number(counted['longest_rr_s'], 2)} s, {len(counted['pauses'])} pauses of 3 s and more"
    ]
    for kind, one in counted["ectopy"].items():
        lines.append(
            f"{kind:>4}: {one['beats']:,} beats, {percent(one['burden'])}; couplets {one['couplets']:,}, runs to 5 "
            f"{one['short_runs']:,}, of 6 and more {one['long_runs']:,}; bigeminy {one['bigeminy']:,}, trigeminy "
            f"{one['trigeminy']:,}"
        )
    return lines


def _line(name: str, stretches: str, row: JsonObject) -> str:
    figures = ""
    if "found_s" in row:
        flutter = f"{row['found_in_flutter_s']:,.0f} / {row['flutter_s']:,.0f}"
        figures = (
            f"{row['found_s']:>8,.0f} {row['reference_s']:>12,.0f} {number(row['sensitivity'], 1):>7} "
            f"{number(row['positive_predictivity'], 1):>7} {flutter:>13}"
        )
    usual = row.get("usual_beat")
    why = ", ".join(usual["reasons"]) if usual and usual["may_not_be_sinus"] else ""
    return f"{name:>12} {stretches:>10} {figures:<51}  {why}".rstrip()
