"""`doctor`: one line a finding; exit code 1 if there is a problem."""

import argparse
from collections import Counter
from dataclasses import asdict

from ecg_core.cli.output import emit
from ecg_core.diagnosis.doctor import diagnosis


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--checksums", action="store_true", help="read every sample of the recordings in use")
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    checks = list(diagnosis(options.checksums))
    counts = Counter(check.verdict for check in checks)
    summary = f"{counts['problem']} problems, {counts['warning']} warnings"
    emit([asdict(check) for check in checks], options.json, "\n".join([*(check.line for check in checks), summary]))
    return 1 if counts["problem"] else 0
