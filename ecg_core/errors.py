"""Errors a user can mend. Anything else is a bug and is left to crash into the log."""

from ecg_core.text import plain


class WorkbenchError(Exception):
    """Base of every error whose text is meant for the person at the screen: what, where, what to do.

    Whatever it quotes of a stranger's file, the text is short enough to be read and shows every sign it holds.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(plain(text))


class DataError(WorkbenchError):
    """A recording, an annotation file or a data folder cannot be used as it is."""


class RunError(WorkbenchError):
    """A training run cannot be started, continued, read or changed."""


class ModelError(WorkbenchError):
    """A trained model cannot be loaded, or does not fit the beats it was asked to score."""


class LeadsError(ModelError):
    """Leads that a model was not trained on, which nobody has chosen to have scored all the same."""


class AccessError(DataError, RunError):
    """Whoever asks may look and not change: of every kind that is caught where something is changed."""
