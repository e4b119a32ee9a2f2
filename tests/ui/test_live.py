"""A part that brings itself up to date leaves no gap where Streamlit sends it after what stands behind it."""

from collections.abc import Callable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from tests.app.opening import TIMEOUT_S


def with_live() -> None:
    import streamlit as st

    from ecg_core.ui.live import live

    @live(60.0)
    def part() -> None:
        st.caption("one")
        st.caption("two")

    st.caption("before")
    part()
    st.caption("behind")


def with_bare_fragment() -> None:
    import streamlit as st

    @st.fragment(run_every=60.0)
    def part() -> None:
        st.caption("one")
        st.caption("two")

    st.caption("before")
    part()
    st.caption("behind")


def written(script: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[ForwardMsg]:
    """Every message of one run, in order."""
    messages: list[ForwardMsg] = []
    with monkeypatch.context() as patch:
        patch.setattr(ForwardMsgQueue, "_before_enqueue_msg", messages.append)
        app = AppTest.from_function(script, default_timeout=TIMEOUT_S).run()
    assert not app.exception
    return messages


def gaps(messages: list[ForwardMsg]) -> list[list[int]]:
    """Paths at which an element comes to a place that is not there yet, as the browser would see it."""
    queue, again = ForwardMsgQueue(), []
    fragments = {one.delta.fragment_id for one in messages if one.HasField("delta") and one.delta.fragment_id}
    (fragment,) = fragments
    for one in messages:
        queue.enqueue(one)
        if one.HasField("delta") and one.delta.fragment_id == fragment:
            again.append(one)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[fragment])
    for one in again:
        queue.enqueue(one)
    children: dict[tuple[int, ...], int] = {}
    bad = []
    for one in queue.flush():
        if one.HasField("delta"):
            *parent, index = one.metadata.delta_path
            there = children.setdefault(tuple(parent), 0)
            if index > there:
                bad.append([*parent, index])
            children[tuple(parent)] = max(there, index + 1)
    return bad


def test_a_live_part_that_reruns_early_leaves_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gaps(written(with_live, monkeypatch)) == []


def test_a_bare_fragment_would_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gaps(written(with_bare_fragment, monkeypatch)), "Streamlit has mended it: `live` is not needed any more"
