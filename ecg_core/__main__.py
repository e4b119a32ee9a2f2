"""The command line: `python -m ecg_core`. Everything the pages do, without a page."""

import argparse
import os
import sys

from ecg_core.cli import data_verbs, evaluate_verbs, run_verbs, study_verbs, synthesis_verbs, train_verbs
from ecg_core.errors import WorkbenchError


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    whole = argparse.ArgumentParser(prog="python -m ecg_core", description="ECG anomaly workbench")
    verbs = whole.add_subparsers(dest="verb", required=True)
    for group in (data_verbs, train_verbs, synthesis_verbs, evaluate_verbs, study_verbs, run_verbs):
        group.add(verbs, common)
    return whole


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command; the exit code is 0, or 1 with one plain line on standard error."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
