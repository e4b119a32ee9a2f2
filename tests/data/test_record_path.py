"""Records in sub-folders: how they are named, found, and kept inside the folder of recordings."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.store import load_beats
from ecg_core.data import record_path, sources
from ecg_core.data.header import check_name
from ecg_core.data.reader import read_record, record_names
from ecg_core.errors import DataError
from tests.data.foreign_records import ramp, wrsamp


def test_records_in_sub_folders_are_called_by_their_path(tmp_path: Path) -> None:
    names = ["100", "sub/100", "sub/deep/a-1", "Dr. Müller (2020)/x", "1/2/3/4/five"]
    for k, name in enumerate(names):
        place, _, record = name.rpartition("/")
        wrsamp(tmp_path / place, record, ramp(10) + k)
    assert record_names(tmp_path) == sorted(names)
    assert sources.open_folder(tmp_path).records == tuple(sorted(names))
    for k, name in enumerate(names):
        record = read_record(tmp_path, name)
        assert (record.name, record.signals[0, 0]) == (name, k - 10)


def test_what_is_hidden_too_deep_or_behind_a_link_is_not_looked_into(tmp_path: Path) -> None:
    wrsamp(tmp_path / "outside", "secret", ramp(10))
    folder = tmp_path / "in"
    wrsamp(folder, "a", ramp(10))
    for place in (".hidden", "1/2/3/4/5", "x_mitdb"):
        wrsamp(folder / place, "b", ramp(10))
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "round").symlink_to(folder)
    assert record_names(folder) == ["a"]
    with pytest.raises(DataError, match=r"secret\.hea is a link to a file outside"):
        read_record(folder, "link/secret")


@pytest.mark.parametrize(
    "name",
    [
        *["..", "../a", "sub/../a", "sub/..", "/a", "a/", "sub//a", "./a", "sub/.a", ".git/a", "a/b/c/d/e/f", "sub\\a"],
        *["sub./a", "sub/a.hea", " /a", "sub/a b", "sub\x00/a", "sub\n/a", "C:/a", "~/a", "-/" + "a" * 65],
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    wrsamp(tmp_path, "a", ramp(10))
    (tmp_path / "in" / "sub").mkdir(parents=True)
    with pytest.raises(DataError, match=r"^Unknown record "):
        check_name(name)
    with pytest.raises(DataError, match=r"^Unknown record "):
        read_record(tmp_path / "in", name)


def test_a_record_that_appears_or_goes_is_seen_at_once(tmp_path: Path) -> None:
    wrsamp(tmp_path, "a", ramp(10))
    assert record_names(tmp_path) == ["a"]
    os.utime(tmp_path, (1, 1))  # as if nothing had happened here for long: the listing is kept
    assert record_names(tmp_path) == record_names(tmp_path) == ["a"]
    wrsamp(tmp_path, "b", ramp(10))
    assert record_names(tmp_path) == ["a", "b"]
    (tmp_path / "a.hea").unlink()
    assert record_names(tmp_path) == ["b"]


def test_a_folder_of_far_too_many_folders_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_path, "MAX_FOLDERS", 3)
    for k in range(5):
        (tmp_path / f"f{k}").mkdir()
    with pytest.raises(DataError, match=r"holds more than 3 folders\. Name the folder the recordings are in"):
        record_names(tmp_path)


def test_beats_of_records_of_one_name_in_two_folders_are_kept_apart(mitdb: Path, tmp_path: Path) -> None:
    for place, name in (("one", "100"), ("two", "100")):
        (tmp_path / place).mkdir()
        for end in ("hea", "dat", "atr"):
            shutil.copyfile(mitdb / f"{name}.{end}", tmp_path / place / f"100.{end}")
    beats = load_beats(tmp_path, record_names(tmp_path))
    assert beats.records == ("one/100", "two/100")
    assert np.array_equal(beats.table["record"].unique(), ["one/100", "two/100"])
    again = load_beats(tmp_path, record_names(tmp_path))
    assert again.data_hash == beats.data_hash
