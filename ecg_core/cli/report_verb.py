"""`report`: the report of one recording as a PDF to scale and one page of HTML."""

import argparse
from typing import TYPE_CHECKING

from ecg_core.cli.output import add_json, emit, place, tell

if TYPE_CHECKING:
    from ecg_core.reports.recording_files import ReportFiles
    from ecg_core.reports.recording_report import RecordingReport


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    add_json(parser)
    parser.add_argument("record", metavar="RECORD", help="a record of the data in use")
    parser.add_argument("--to", type=place, required=True, metavar="DIR", help="folder for RECORD.pdf and RECORD.html")
    parser.add_argument("--model", default="", metavar="NAME", help="a beat classifier: models/NAME or the id of a run")
    parser.add_argument("--comments", action="store_true", help="print the header's comments: age, sex, drugs")
    parser.add_argument(
        "--any-leads", action="store_true", help="have leads scored that the model was not trained on, with a caution"
    )
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from ecg_core.data.sources import current_source
    from ecg_core.reports.recording_files import check_folder, write_report
    from ecg_core.reports.recording_report import recording_report
    from ecg_core.reports.reviewed import reviewed_inputs

    check_folder(options.to)
    inputs = reviewed_inputs(current_source(), options.record, options.model, options.any_leads)
    report = recording_report(inputs, comments=options.comments)
    files = write_report(report, inputs, options.to)
    value = {"pdf": str(files.pdf), "html": str(files.html), **report.to_json()}
    emit(value, options.json, _text(report, files))
    if inputs.model and inputs.model.caution:
        tell(inputs.model.caution)
    return 0


def _text(report: "RecordingReport", files: "ReportFiles") -> str:
    head = "SIMULATED record" if report.simulated else "Record"
    found = [f"  {one.name}: {one.outcome.text}" for one in report.urgent if one.found]
    lines = [f"{head} {report.name}, read from: {report.read_from}. Urgent list:", *(found or ["  none found"])]
    return "\n".join([*lines, str(files.pdf), str(files.html)])
