"""`peaks`: find the R peaks of records, keep them, and compare them with the reference where there is one."""

import argparse
import time

from ecg_core.cli.output import add_json, emit, place, tell, tell_over
from ecg_core.data.labels import UNCLASSIFIED
from ecg_core.errors import DataError
from ecg_core.text import number
from ecg_core.typed_json import JsonObject

ANNOTATOR = "det"


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    add_json(parser)
    parser.add_argument("records", nargs="*", metavar="RECORD", help="default: every record of the data in use")
    parser.add_argument("--to", type=place, metavar="FOLDER", help="also write WFDB annotation files, <record>.det")
    parser.set_defaults(run=_peaks)


def _peaks(options: argparse.Namespace) -> int:
    from ecg_core.beats.detection import detect_and_keep, unreadable_s, write_layer
    from ecg_core.data.reader import read_record
    from ecg_core.data.sources import current_source
    from ecg_core.evaluation.r_peak_report import JudgedRecord, judge_r_peaks, report_of

    source = current_source()
    names = tuple(dict.fromkeys(options.records)) or source.records
    if unknown := [name for name in names if name not in source.records]:
        raise DataError(f"Unknown record {', '.join(unknown)[:200]}: {source.label}, none of that name.")
    judged: dict[str, JudgedRecord] = {}
    left_out = 0
    for number_done, name in enumerate(names, start=1):
        tell_over(f"{name}, {number_done} of {len(names)}")
        try:
            record = read_record(source.folder, name)
            started = time.perf_counter()
            layer = detect_and_keep(source.folder, name, record)
            seconds = time.perf_counter() - started
            if options.to:
                write_layer(options.to, name, ANNOTATOR, layer)
        except DataError as error:
            tell(f"Left out: {name}: {error}")
            left_out += 1
            continue
        silent_s = unreadable_s(layer, record.fs, record.n_samples)
        comparison = judge_r_peaks(record.annotations, layer, record.fs, record.n_samples)
        beats = int((layer.annotations.symbol == UNCLASSIFIED).sum())
        judged[name] = JudgedRecord(beats, silent_s, seconds, comparison)
    tell_over("")
    if not judged:
        return 1
    report = report_of(judged)
    emit(report.to_json(), options.json, _text(report.to_json()))
    return 1 if left_out else 0


def _text(report: JsonObject) -> str:
    lines = ["      record    beats  unreadable    Se %    +P %  RR error  missed  extra"]
    for name, row in report["records"].items():
        lines.append(
            f"{name:>12} {row['beats']:>8,} {row['unreadable_s']:>9.0f} s {number(row.get('sensitivity'), 2):>7} "
            f"{number(row.get('positive_predictivity'), 2):>7} {number(row.get('rr_error_ms'), 1):>6} ms "
            f"{row.get('missed', '–'):>7} {row.get('extra', '–'):>6}"
        )
    if report["sensitivity"] is None:
        lines.append("No reference annotations to compare with.")
    else:
        lines.append(
            f"Gross: sensitivity {report['sensitivity']:.2f} %, positive predictivity "
            f"{report['positive_predictivity']:.2f} %, mean RR error {number(report['rr_error_ms'], 1)} ms."
        )
    lines.append(f"{report['seconds_per_record']:.2f} s a record. Kept as the layer 'detected'.")
    return "\n".join(lines)
