"""What the workbench remembers between sessions."""

from pathlib import Path

import pytest

from ecg_core import workspace
from ecg_core.data.sources import current_source
from ecg_core.errors import DataError


def test_choices_are_merged_and_none_forgets_one(workspace_of_its_own: Path) -> None:
    assert workspace.settings() == {}
    workspace.remember(data_folder="/a", other=1)
    workspace.remember(data_folder=None)
    assert workspace.settings() == {"other": 1}


@pytest.mark.parametrize("text", ["{", "[]", "", '{"data_folder": 5}', '{"collection": ["a"]}'])
def test_damaged_settings_are_an_error_and_nothing_is_put_in_place_of_the_chosen_folder(
    text: str, workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ECG_DATA_DIR", raising=False)
    workspace_of_its_own.mkdir()
    (workspace_of_its_own / "settings.json").write_text(text)
    with pytest.raises(DataError, match="is damaged"):
        current_source()


def test_the_workspace_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ECG_HOME", str(tmp_path / "elsewhere"))
    assert workspace.home() == tmp_path / "elsewhere"
    monkeypatch.delenv("ECG_HOME")
    assert workspace.home() == workspace.PROJECT / ".ecg"


@pytest.mark.parametrize("place", ["loop", "~nobodyzz/x", "x" * 300, "x/" * 3000, "file", "/dev/null"])
def test_a_workspace_that_cannot_be_is_refused_in_words(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECG_HOME", place)
    with pytest.raises(DataError, match=r"ECG_HOME") as caught:
        workspace.remember(seen=1)
    assert len(str(caught.value)) <= 600


@pytest.mark.parametrize("place", ["x" * 300, "x/" * 3000, "file", "gone"])
def test_a_data_folder_that_cannot_be_is_refused_in_words(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECG_DATA_DIR", place)
    with pytest.raises(DataError, match=r"^ECG_DATA_DIR: ") as caught:
        current_source()
    assert len(str(caught.value)) <= 600
