"""Nothing that a run of a page wrote last is lost to the next run of a part of it.

What a run writes reaches the browser by way of the server's event loop. Where a part of the page asks to be run again
when the page's run has ended, but its last messages still wait for a busy loop, Streamlit (1.67,
`AppSession.request_rerun`) starts the next run at once, and passes over what comes from the one before: whoever opened
the page sees half of it, for good. Here the next run of a part waits until the last message of the run before it was
taken, and what is asked for meanwhile stands in line behind it. A run of the whole page needs no waiting: it writes
everything anew.
"""

from collections import deque
from functools import wraps
from weakref import WeakKeyDictionary

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

LOOK_S, AGAIN_S = 0.005, 1.0
_waiting: WeakKeyDictionary[AppSession, deque[RerunData]] = WeakKeyDictionary()


def keep() -> None:
    """Have all sessions of this server wait, from now until it ends."""
    create = AppSession._create_scriptrunner
    if hasattr(create, "__wrapped__"):
        return

    @wraps(create)
    def after_the_last(session: AppSession, asked: RerunData) -> None:
        line = _waiting.setdefault(session, deque())
        line.append(asked)
        if len(line) == 1 or session._scriptrunner is None:
            serve(session)

    def serve(session: AppSession) -> None:
        line = _waiting.get(session)
        if session._state == AppSessionState.SHUTDOWN_REQUESTED:
            _waiting.pop(session, None)
            return
        while line:
            runner = session._scriptrunner
            if runner is None:
                create(session, line.popleft())
            elif runner.request_rerun(line[0]):
                line.popleft()
            else:  # it has ended, or was stopped and is still in a call: its last message sets `_scriptrunner` to None
                session._event_loop.call_later(LOOK_S, later, session)
                return

    def later(session: AppSession) -> None:
        try:
            serve(session)
        except RuntimeError as error:  # no thread can be started: said as where nobody waited
            session.handle_backmsg_exception(error)
            session._event_loop.call_later(AGAIN_S, later, session)

    AppSession._create_scriptrunner = after_the_last  # type: ignore[method-assign, assignment]
