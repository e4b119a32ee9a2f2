"""Whatever paths lead to is found, each recording once, and what leads to nothing is said."""

import shutil
import zipfile
from pathlib import Path

import pytest

from ecg_core.errors import RunError
from ecg_core.tasks.archive.items import items_in
from tests.tasks.archive.conftest import Archive

EVERY = ["100", "119", "202", "ward 2/208"]


def names(*paths: object) -> list[str]:
    return [item.name for item in items_in([str(path) for path in paths])]


def test_a_folder_leads_to_every_recording_in_it(recordings: Path) -> None:
    assert names(recordings) == EVERY
    assert {item.kind for item in items_in([str(recordings)])} == {"WFDB"}


def test_a_recording_is_named_by_its_header_its_name_or_a_glob(recordings: Path) -> None:
    assert names(recordings / "100.hea") == names(recordings / "100") == ["100"]
    assert names(recordings / "1*") == ["100", "119"]
    assert names(f"{recordings}/**/*.hea") == ["100", "119", "202", "208"]


def test_what_is_named_twice_is_there_once(recordings: Path) -> None:
    assert names(recordings, recordings / "100.hea", recordings / ".." / recordings.name) == EVERY


def test_a_list_names_paths_seen_from_where_it_lies(recordings: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{recordings}/100.hea\n\nwards\n")
    shutil.copytree(recordings, tmp_path / "wards")
    assert len(names(f"@{tmp_path / 'list.txt'}")) == 5
    with pytest.raises(RunError, match="cannot be read as a list of paths"):
        items_in(["@/nowhere/list.txt"])


def test_other_kinds_of_files_are_found_beside_and_signal_files_are_not_taken_for_them(
    recordings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(recordings, folder)
    (folder / "table.csv").write_text("time,II\n0,1\n")
    (folder / "patients.csv").write_text("record,patient\n100,somebody\n")
    (folder / "README.txt").write_text("nothing")
    with zipfile.ZipFile(folder / "more.zip", "w") as file:
        file.writestr("x.csv", "time,II\n0,1\n")
    found = {item.name: item.kind for item in items_in([str(folder)])}
    assert {name: kind for name, kind in found.items() if kind != "WFDB"} == {"more.zip": "zip", "table.csv": "CSV"}


def test_what_was_scored_is_nothing_to_score(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(archive.folder, folder)
    shutil.copytree(archive.out, folder / "scored")
    assert names(folder) == EVERY


def test_a_path_that_leads_to_nothing_is_said_and_alone_refused(recordings: Path, tmp_path: Path) -> None:
    found = items_in([str(recordings), str(tmp_path / "nowhere")])
    assert len(found) == 5
    assert "no such file or folder" in next(item.problem for item in found if item.problem)
    with pytest.raises(RunError, match=r"no recording to score\. .*no such file or folder"):
        items_in([str(tmp_path / "nowhere")])
    with pytest.raises(RunError, match=r"\*\.edf: no file or folder has such a name"):
        items_in([str(tmp_path / "*.edf")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match="no recording to score"):
        items_in([str(tmp_path / "empty")])


def test_another_file_has_another_key_and_a_changed_one_another_state(recordings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(recordings, folder)
    one, other, *_ = items_in([str(folder)])
    assert one.key != other.key
    before = one.state()
    (folder / "100.atr").write_bytes(b"")
    assert one.state() != before
    assert other.state() == other.state()
