"""The log of edits: whatever order its prefixes arrive in, each edit is applied once, and nothing else is believed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.ui.viewer.edits import Edit, new_edits

LABELS = st.sampled_from(["N", "S", "V", "F", "Q"])


def log_of(labels: list[str]) -> list[dict[str, Any]]:
    return [{"seq": k + 1, "sample": 10 * k, "label": label} for k, label in enumerate(labels)]


@given(st.lists(LABELS, max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=30))
def test_parts_of_a_log_in_any_order_and_overlap_apply_every_edit_once_and_in_order(
    labels: list[str], parts: list[tuple[int, int]]
) -> None:
    log, applied = log_of(labels), []
    for first, last in [*parts, (0, len(log))]:
        applied += new_edits(log[first:last], len(applied), 10_000)
    assert [edit.label for edit in applied] == labels
    assert [edit.seq for edit in applied] == list(range(1, len(labels) + 1))


def test_a_gap_waits_for_what_is_missing() -> None:
    log = log_of(list("NVS"))
    assert new_edits([log[0], log[2]], 0, 100) == [Edit(1, 0, "N")]


@pytest.mark.parametrize(
    "log",
    [
        None,
        "edits",
        7,
        [None],
        [{"seq": 1, "sample": 5}],
        [{"seq": 1, "sample": 5, "label": "X"}],
        [{"seq": 1, "sample": 5, "label": ["V"]}],
        [{"seq": 1, "sample": -5, "label": "V"}],
        [{"seq": 1, "sample": 100, "label": "V"}],
        [{"seq": 1.5, "sample": 5, "label": "V"}],
        [{"seq": True, "sample": 5, "label": "V"}],
        [{"seq": float("nan"), "sample": 5, "label": "V"}],
    ],
)
def test_what_is_no_edit_of_a_beat_in_the_recording_is_left_out(log: Any) -> None:
    assert new_edits(log, 0, 100) == []
