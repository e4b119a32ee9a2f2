"""A server that nobody looks at any more gives back what it kept for its readers."""

import os
import subprocess
import sys
from functools import lru_cache

import streamlit as st

from ecg_core import workspace
from ecg_core.ui import memory
from ecg_core.ui.memory import Leaving


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
                capture_output=True, text=True, timeout=60,
            ).stdout
        )
        for how in ("settled", "not")
    }  # fmt: skip
    assert left["settled"] < 60 < left["not"]
