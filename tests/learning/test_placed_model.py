"""A model takes another's place at once, or not at all."""

from pathlib import Path

import pytest

from ecg_core import workspace
from ecg_core.errors import ModelError
from ecg_core.learning import placed_model
from ecg_core.learning.placed_model import alone_among, fresh_of, put_in_place, put_right
from ecg_core.tasks.places import folder_of


def model(folder: Path, what: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(what)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("exchange", [True, False])
def test_a_model_is_replaced_by_the_one_made_ready_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    if not exchange:
        monkeypatch.setattr(placed_model, "_exchanged", lambda *_: False)
    for what in ("first", "second"):
        put_in_place(model(fresh_of(tmp_path / "mine"), what), tmp_path / "mine")
        assert (tmp_path / "mine" / "card.json").read_text() == what
        assert names(tmp_path) == ["mine"]


def test_a_replacement_killed_between_its_renames_loses_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "MODELS", tmp_path)
    model(tmp_path / ".mine.old", "old")  # as a kill leaves it where folders cannot be exchanged
    model(tmp_path / ".mine.new", "new")
    model(tmp_path / "other", "other")
    assert (folder_of("models/mine") / "card.json").read_text() == "old"
    assert names(tmp_path) == ["mine", "other"]
    model(tmp_path / ".mine.old", "older")  # and after the second rename
    put_right(tmp_path)
    assert (tmp_path / "mine" / "card.json").read_text() == "old"
    assert names(tmp_path) == ["mine", "other"]
    with pytest.raises(ModelError, match="holds no model"):
        folder_of("models/nobodys")


def test_what_others_have_put_among_models_stays(tmp_path: Path) -> None:
    for name in (".hidden", ".a b.new", "x.new", ".gitkeep.old.txt"):
        (tmp_path / name).touch()
    before = names(tmp_path)
    with alone_among(tmp_path, 0.0) as alone:
        assert alone
        with alone_among(tmp_path, 0.0) as other:
            assert not other
    assert names(tmp_path) == before
