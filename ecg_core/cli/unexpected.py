"""Errors nobody foresaw: the trace goes into the log, a sentence to whoever gave the command."""

import sys
from types import TracebackType


def install() -> None:
    """Have this process tell of errors that nobody caught in this way."""
    sys.excepthook = _told


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("Interrupted.", file=sys.stderr)
        return
    try:
        from ecg_core import logs
    except ImportError:  # a broken installation: all there is to be said
        sys.__excepthook__(kind, error, trace)
        return
    words = [word for word in sys.argv[1:3] if word.isalpha()]  # the verb, and no path
    reference = logs.uncaught(error, "command.failed", command=" ".join(words))
    print(
        f"Something went wrong ({kind.__name__}). Look for reference {reference} in the log: "
        "`python -m ecg_core doctor` names the last errors and where they are kept.",
        file=sys.stderr,
    )


def missing_package(error: ModuleNotFoundError) -> str:
    """What to do where a package is not installed."""
    return f"The Python package {error.name} is missing: python -m pip install -r requirements.txt"
