"""The desk: edits of browsers go into the log once, and viewers are told of what has changed since."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.corrections import log
from ecg_core.ui.review.desk import Desk
from ecg_core.ui.viewer.packing import packed

QUEUE = packed("queue", {"names": []}, {})


def desk(path: Path) -> Desk:
    return Desk(path, log.Head(log.FORMAT, "100", "mitdb", "reference", ""), 100_000, 360.0)


def decision(seq: int, sample: int, symbol: str = "V", before: str = "N") -> dict[str, Any]:
    return {"seq": seq, "act": "decide", "samples": [sample], "before": [before], "after": [symbol]}


def sent(*edits: dict[str, Any], client: str = "page") -> dict[str, Any]:
    return {"client": client, "edits": list(edits)}


def take(one: Desk, *edits: dict[str, Any], client: str = "page", person: str = "Ada") -> bool:
    return one.take(sent(*edits, client=client), person, "Flagged beats", "models/autoencoder")


def test_edits_are_written_with_who_when_and_why_and_confirmed(tmp_path: Path) -> None:
    one = desk(tmp_path / "log")
    assert take(one, decision(1, 100), decision(2, 200))
    edit = one.corrections().entries[0].edit
    assert (edit.person, edit.queue, edit.model, edit.before, edit.after) == (
        "Ada", "Flagged beats", "models/autoencoder", ("N",), ("V",),
    )  # fmt: skip
    assert edit.time
    told = one.reviewing(QUEUE, "")
    assert (told.client, told.confirmed, told.since) == ("page", 2, {100: "V", 200: "V"})
    assert not take(one, decision(1, 100), decision(2, 200)), "there is nothing new"


def test_a_server_that_was_killed_knows_what_it_had_written(tmp_path: Path) -> None:
    take(desk(tmp_path / "log"), decision(1, 100))
    again = desk(tmp_path / "log")
    assert take(again, decision(1, 100), decision(2, 200))
    assert [entry.edit.seq for entry in again.corrections().entries] == [1, 2]


def test_undo_and_redo_name_the_pages_own_edits(tmp_path: Path) -> None:
    one = desk(tmp_path / "log")
    take(one, decision(1, 100), {"seq": 2, "act": "undo", "of": 1})
    assert one.corrections().standing() == {}
    take(one, {"seq": 3, "act": "redo", "of": 1})
    assert one.corrections().standing()[100].after == "V"
    one.shown = 1
    assert one.reviewing(QUEUE, "").since == {}


def test_what_another_undid_is_told_to_the_viewer(tmp_path: Path) -> None:
    one, other = desk(tmp_path / "log"), desk(tmp_path / "log")
    take(one, decision(1, 100))
    one.shown = 1
    other.do("undo", "Ben", of=1)
    assert one.reviewing(QUEUE, "").since == {100: None}


def test_the_second_of_two_people_is_asked_and_may_insist(tmp_path: Path) -> None:
    one, other = desk(tmp_path / "log"), desk(tmp_path / "log")
    one.reviewing(QUEUE, "")
    take(other, decision(1, 100, "V"), client="other", person="Ben")
    take(one, decision(1, 100, "S"))
    (conflict,) = one.conflicts
    assert "Ben has called it 'V' meanwhile." in str(conflict)
    assert one.corrections().standing()[100].after == "V"
    assert one.confirmed == 1, "the browser need not send it again"
    one.insist(conflict)
    assert one.corrections().standing()[100].after == "S"
    assert not one.conflicts


def test_what_cannot_be_saved_is_told_and_taken_again_later(tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("a file in place of the folder")
    one = desk(tmp_path / "labels" / "log")
    take(one, decision(1, 100))
    assert "cannot be saved" in one.problem
    assert one.reviewing(QUEUE, "").confirmed == 0
    (tmp_path / "labels").unlink()
    assert take(one, decision(1, 100))
    assert (one.problem, one.confirmed) == ("", 1)


def test_the_end_of_a_review_is_an_entry(tmp_path: Path) -> None:
    one = desk(tmp_path / "log")
    take(one, decision(1, 100))
    one.do("finish", "Ada")
    assert one.reviewing(QUEUE, "").finished
    one.do("reopen", "Ada")
    assert not one.reviewing(QUEUE, "").finished


@given(st.data())
def test_logs_of_two_pages_cut_anywhere_and_sent_again_lose_nothing_and_write_nothing_twice(
    data: st.DataObject,
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        whole = {client: [decision(k, 100 * k + at) for k in range(1, 9)] for client, at in (("a", 0), ("b", 50))}
        desks = {client: desk(path) for client in whole}
        for client in data.draw(st.lists(st.sampled_from("ab"), max_size=12)):
            stop = data.draw(st.integers(0, 8))
            if data.draw(st.booleans()):
                desks[client] = desk(path)  # its server was killed
            take(desks[client], *whole[client][desks[client].confirmed if client == desks[client].client else 0 : stop],
                 client=client)  # fmt: skip
        for client, edits in whole.items():
            take(desks[client], *edits, client=client)
        found = desks["a"].corrections()
        assert len(found.entries) == 16
        assert len(found.standing()) == 16


@pytest.mark.parametrize("said", [None, "edits", {"client": 3}])
def test_what_is_no_log_changes_nothing(said: Any, tmp_path: Path) -> None:
    one = desk(tmp_path / "log")
    assert not one.take(said, "Ada", "", "")
    assert not (tmp_path / "log").exists()
