"""Nothing that a run of a page wrote last is lost to the next run of a part of it.

What a run writes reaches the browser by way of the server's event loop. Where a part of the page asks to be run again
when the page's run has ended, but its last messages still wait for a busy loop, Streamlit (1.67,
`AppSession.request_rerun`) starts the next run at once, and passes over what comes from the one before: whoever opened
the page sees half of it, for good. Here the next run of a part waits until the last message of the run before it was
taken. A run of the whole page needs no waiting: it writes everything anew.
"""

from functools import wraps

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

LOOK_S = 0.005


def keep() -> None:
    """Have all sessions of this server wait, from now until it ends."""
    create = AppSession._create_scriptrunner
    if hasattr(create, "__wrapped__"):
        return

    @wraps(create)
    def after_the_last(session: AppSession, asked: RerunData) -> None:
        if session._state == AppSessionState.SHUTDOWN_REQUESTED:
            return
        before = session._scriptrunner
        if before is None or not (asked.fragment_id or asked.fragment_id_queue):
            create(session, asked)
        elif not before.request_rerun(asked):  # it has ended: its last message sets `_scriptrunner` to None
            session._event_loop.call_later(LOOK_S, after_the_last, session, asked)

    AppSession._create_scriptrunner = after_the_last  # type: ignore[method-assign, assignment]
