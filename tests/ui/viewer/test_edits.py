"""Edits a browser sends: whatever order their prefixes arrive in, each is taken once, and nothing else is believed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.ui.viewer.edits import SentEdit, SentEdits, edits_of

SYMBOLS = st.sampled_from(["N", "S", "V", "F", "Q", "|"])


def decision(seq: int, symbol: str = "V", sample: int = 10) -> dict[str, Any]:
    return {"seq": seq, "act": "decide", "samples": [sample], "before": ["N"], "after": [symbol]}


def sent(edits: Any, client: Any = "page") -> dict[str, Any]:
    return {"client": client, "edits": edits, "sent": 1}


@given(st.lists(SYMBOLS, max_size=40), st.randoms())
def test_edits_are_taken_in_the_order_of_their_numbers(symbols: list[str], random: Any) -> None:
    edits = [decision(k, symbol) for k, symbol in enumerate(symbols, 5)]
    random.shuffle(edits)
    taken = edits_of(sent(edits), 100)
    assert taken is not None
    assert [edit.after for edit in taken.edits] == [(symbol,) for symbol in symbols]
    assert [edit.seq for edit in taken.edits] == list(range(5, 5 + len(symbols)))


def test_a_gap_waits_for_what_is_missing() -> None:
    taken = edits_of(sent([decision(1), decision(3)]), 100)
    assert taken == SentEdits("page", (SentEdit(1, "decide", (10,), ("N",), ("V",)),))


def test_an_undo_and_a_redo_name_the_edit_they_are_about() -> None:
    taken = edits_of(sent([{"seq": 2, "act": "undo", "of": 1}, {"seq": 3, "act": "redo", "of": 1}]), 100)
    assert taken is not None
    assert [(edit.act, edit.of) for edit in taken.edits] == [("undo", 1), ("redo", 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {"seq": 1},
        decision(0),
        decision(True),
        decision(1) | {"act": "delete"},
        decision(1) | {"samples": []},
        decision(1) | {"samples": [100]},
        decision(1) | {"samples": [-1]},
        decision(1) | {"samples": [1.5]},
        decision(1) | {"after": ["X"]},
        decision(1) | {"after": ["<b>"]},
        decision(1) | {"after": []},
        decision(1) | {"before": "N"},
        {"seq": 1, "act": "undo"},
        {"seq": 1, "act": "undo", "of": 0},
    ],
    ids=str,
)
def test_what_is_no_edit_is_left_out(wrong: Any) -> None:
    taken = edits_of(sent([wrong]), 100)
    assert taken == SentEdits("page", ())


@pytest.mark.parametrize("what", [None, [], "edits", 3, sent([], 7), sent([], ""), sent([], "a" * 65), sent([], "a\n")])
def test_what_is_no_log_is_none(what: Any) -> None:
    assert edits_of(what, 100) is None


def test_edits_that_are_no_list_are_none_of_them() -> None:
    assert edits_of(sent("abc"), 100) == SentEdits("page", ())
