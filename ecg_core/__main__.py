"""The command line: `python -m ecg_core`. Everything the pages do, without a page."""

import argparse
import errno
import os
import sys
from importlib import import_module
from typing import Any

from ecg_core.cli.output import Parser, add_json
from ecg_core.cli.unexpected import install, missing_package
from ecg_core.errors import WorkbenchError
from ecg_core.memory import keep_freed

GROUPS = {
    "data": ("ecg_core.cli.data_verbs", "where the recordings are; get, verify and count them"),
    "import": ("ecg_core.cli.import_verbs", "bring files, folders or zips into a collection of recordings"),
    "collections": ("ecg_core.cli.import_verbs", "recordings that were brought in: list, use, rename, delete"),
    "peaks": ("ecg_core.cli.peaks_verb", "find the R peaks of records and keep them"),
    "rhythm": ("ecg_core.cli.rhythm_verb", "find atrial fibrillation by RR intervals alone"),
    "report": ("ecg_core.cli.report_verb", "report a recording: a PDF to scale and a page of HTML"),
    "review": ("ecg_core.cli.review_verb", "queues of beats to look at, decisions about them, corrected labels"),
    "train": ("ecg_core.cli.task_verbs", "start a training as a run"),
    "study": ("ecg_core.cli.task_verbs", "compare ways of training on unseen patients"),
    "score": ("ecg_core.cli.score_verb", "score an archive: folders of recordings, to Parquet"),
    "sample": ("ecg_core.cli.synthesis_verbs", "make synthetic beats or ECG images and write them"),
    "fidelity": ("ecg_core.cli.synthesis_verbs", "judge beat GANs against recorded beats"),
    "evaluate": ("ecg_core.cli.evaluate_verbs", "score records with a trained model"),
    "compare": ("ecg_core.cli.compare_verb", "compare annotation files beat by beat, as bxb does"),
    "runs": ("ecg_core.cli.run_verbs", "everything ever trained"),
    "doctor": ("ecg_core.cli.doctor_verb", "look over the installation, the stores, models, runs and the server"),
    "run": ("ecg_core.cli.run_verbs", "carry out a run's folder (what a worker process does)"),
}
"""First word -> the module that knows the rest, and what it is for. Only the module that is asked for is imported:
`data status` need not wait for what trains."""

MENDED_BY_USERS = (
    errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG,
    errno.ELOOP,
)  # fmt: skip
"""Errors of a place somebody named, wherever they come up."""


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole command line; or, with the first word that was given, just what that leads to."""
    common = argparse.ArgumentParser(add_help=False)
    add_json(common)
    whole = Parser(prog="python -m ecg_core", description="ECG anomaly workbench")
    verbs: Any = whole.add_subparsers(dest="verb", required=True)
    for verb, (module, text) in GROUPS.items():
        verb_parser = verbs.add_parser(verb, help=text, description=text)
        if only is None or verb == only:
            import_module(module).add(verb, verb_parser, common)
    return whole


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command; the exit code is 0, or 1 with one plain line on standard error."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        options = parser(words[0] if words and words[0] in GROUPS else "").parse_args(words)
        code: int = options.run(options)
        sys.stdout.flush()
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "ecg_core":
            raise
        print(missing_package(error), file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        from ecg_core.files import is_full  # not above: `doctor` works where a package that this needs is missing

        if is_full(error):
            print("The disk is full: make room, and do it again.", file=sys.stderr)
            return 1
        if error.errno not in MENDED_BY_USERS or not error.filename:
            raise
        print(f"{error.filename}: {error.strerror}. Make it usable, or name another place.", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    install()
    keep_freed()
    sys.exit(main())
