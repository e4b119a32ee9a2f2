"""What a page shows when something went wrong that nobody foresaw: a sentence, and where the log tells more."""

import errno

import streamlit as st

from ecg_core import logs
from ecg_core.errors import WorkbenchError
from ecg_core.ui.escape import literal

FULL_DISK = "The disk is full: make room, then reload the page."
READ_ONLY = "The workspace cannot be written to: what was asked for was not done. `python -m ecg_core doctor` says why."


def told(error: Exception) -> bool:
    """Log an error that ended a page's run and say so in its place; for `st.App(on_script_error=...)`."""
    st.error(sentence(error), icon=":material/error:")
    return True


def sentence(error: Exception) -> str:
    """What to say of an error; one that nobody foresaw is logged, and told with its reference there."""
    if isinstance(error, WorkbenchError):
        return literal(str(error))
    reference = logs.uncaught(error, "page.failed")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"{FULL_DISK} Reference {reference}."
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return f"{READ_ONLY} Reference {reference}."
    return (
        f"Something went wrong on this page. Reload it; if it happens again, look for reference **{reference}** in the "
        "log (`ECG_HOME/logs`, or `python -m ecg_core doctor`), and report it."
    )
