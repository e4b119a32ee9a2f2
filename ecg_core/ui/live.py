"""Parts of a page that bring themselves up to date."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

P = ParamSpec("P")


def live(every_s: float) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Run a function as a fragment every so often, in a container of its own.

    Where a fragment reruns before all that its page wrote has been sent, Streamlit (1.67, `ForwardMsgQueue.clear`)
    drops what the fragment had written and sends it last. What stands behind it would then come to a place that is not
    there yet, and the browser shows a white page; in a container of its own, nothing stands behind it.
    """

    def decorated(write: Callable[P, None]) -> Callable[P, None]:
        fragment = st.fragment(run_every=every_s)(write)

        @wraps(write)
        def placed(*args: P.args, **kwargs: P.kwargs) -> None:
            with st.container():
                fragment(*args, **kwargs)

        return placed

    return decorated
