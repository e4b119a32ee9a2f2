"""A server that nobody looks at any more gives back what it kept for its readers."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import streamlit as st
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from ecg_core import workspace
from ecg_core.ui import memory
from ecg_core.ui.memory import Leaving, forget_sessions


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_due_once_each_time_the_last_reader_has_been_away_long_enough() -> None:
    clock = Clock()
    leaving = Leaving(300, clock)
    said = []
    for now, anybody in ((0, False), (400, False), (410, True), (420, False), (719, False), (721, False), (900, False),
                         (910, True), (920, False), (1000, True), (1210, False), (1511, False)):  # fmt: skip
        clock.now = now
        if leaving.is_due(anybody):
            said.append(now)
    assert said == [721, 1511]


@dataclass
class Session:
    """What a store of sessions asks of one."""

    id: str
    ended: bool = False

    def shutdown(self) -> None:
        self.ended = True


def test_sessions_that_nobody_came_back_to_in_time_are_let_go_of_and_others_kept() -> None:
    storage = MemorySessionStorage(ttl_seconds=300)
    manager = WebsocketSessionManager(storage, MemoryUploadedFileManager("/upload"), ScriptCache(), None)
    gone, away = Session("gone"), Session("away")
    for session in (gone, away):
        storage.save(SessionInfo(None, cast(AppSession, session)))
    storage._cache._expirations["gone"] = 0.0  # type: ignore[attr-defined]
    forget_sessions(manager)
    assert (gone.ended, away.ended) == (True, False)
    assert [info.session.id for info in storage.list()] == ["away"]


def test_releasing_forgets_what_was_kept_for_readers() -> None:
    made = []

    @st.cache_resource
    def kept() -> int:
        made.append(1)
        return 1

    @lru_cache
    def ours() -> int:
        made.append(2)
        return 2

    ours.__module__ = "ecg_core.anything"
    for _ in range(2):
        kept()
        ours()
    assert made == [1, 2]
    memory.release()
    kept()
    ours()
    assert made == [1, 2, 1, 2]


def test_a_freed_array_goes_back_to_the_machine_whatever_was_freed_before() -> None:
    """By itself glibc would raise its own limit to 32 MB after the first, and keep what is freed below something."""
    program = """
import sys
from pathlib import Path
import numpy as np
if sys.argv[1] == "settled":
    from ecg_core.ui.memory import _settle
    _settle()

def taken():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

before = taken()
np.ones(2**21).sum()  # 16 MB, once: from here on glibc would take such from its heap
arrays = []
for _ in range(20):
    arrays.append(np.ones(2**20))
    arrays.append(np.ones(2**10))
del arrays[::2]
print((taken() - before) >> 20)
"""
    left = {
        how: int(
            subprocess.run(
                [sys.executable, "-c", program, how], cwd=workspace.PROJECT, env=dict(os.environ), check=True,
                capture_output=True, text=True, timeout=240,
            ).stdout
        )
        for how in ("settled", "not")
    }  # fmt: skip
    assert left["settled"] < 60 < left["not"]
