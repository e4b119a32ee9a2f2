"""Freshness: what is read again when a file changes, and only then."""

import os
import shutil
from pathlib import Path

import pytest

from ecg_core.data.sources import VARIABLE, current_source
from ecg_core.errors import DataError
from ecg_core.ui import load


@pytest.fixture
def folder(simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of two simulated records, in use."""
    folder = tmp_path / "records"
    folder.mkdir()
    for header in sorted(simulated.glob("*.hea"))[:2]:
        for path in simulated.glob(f"{header.stem}.*"):
            shutil.copy2(path, folder / path.name)
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def later(path: Path) -> None:
    """Give a file a later time of change, its content as it was."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


def test_the_same_files_give_the_same_objects(folder: Path) -> None:
    source = current_source()
    files = load.record_files(source, source.records[0])
    assert load.labelled_record(load.record_files(source, source.records[0])) is load.labelled_record(files)
    assert load.summary(source) is load.summary(source)
    assert load.listed(source) is load.listed(source)
    assert load.signal(files) is load.signal(load.record_files(source, source.records[0]))


@pytest.mark.parametrize("ending", ["hea", "dat", "atr"])
def test_a_changed_file_of_a_record_is_read_again_and_the_other_record_is_not(folder: Path, ending: str) -> None:
    source = current_source()
    first, second = source.records
    before = [load.labelled_record(load.record_files(source, name)) for name in (first, second)]
    packed = [load.signal(load.record_files(source, name)) for name in (first, second)]
    stamp = load.data_stamp(source)
    later(folder / f"{first}.{ending}")
    assert load.data_stamp(source) != stamp
    assert load.labelled_record(load.record_files(source, first)) is not before[0]
    assert load.labelled_record(load.record_files(source, second)) is before[1]
    again = load.signal(load.record_files(source, first))
    assert again is not packed[0]
    assert again.version == packed[0].version, "the same samples need not go to the browser again"
    assert load.signal(load.record_files(source, second)) is packed[1]
    assert packed[0].version != packed[1].version


def test_a_list_of_patients_is_part_of_the_data(folder: Path) -> None:
    source = current_source()
    stamp, summary = load.data_stamp(source), load.summary(source)
    (folder / "patients.csv").write_text(f"record,patient\n{source.records[0]},A\n{source.records[1]},A\n")
    assert load.data_stamp(source) != stamp
    assert load.summary(current_source()) is not summary


def test_a_choice_of_annotations_counts_at_once_and_for_its_record_alone(folder: Path) -> None:
    first, second = current_source().records
    shutil.copyfile(folder / f"{second}.atr", folder / f"{first}.ecg")
    source = current_source()
    stamp, before = (
        load.data_stamp(source),
        [load.labelled_record(load.record_files(source, n)) for n in (first, second)],
    )
    (folder / "annotators.csv").write_text(f"record,annotator\n{first},ecg\n")
    assert load.data_stamp(source) != stamp
    changed = load.labelled_record(load.record_files(source, first))
    assert (before[0].layer.made_by, changed.layer.made_by) == (f"{first}.atr", f"{first}.ecg")
    assert load.labelled_record(load.record_files(source, second)) is before[1]


def test_files_that_belong_to_no_record_change_nothing(folder: Path) -> None:
    source = current_source()
    stamp = load.data_stamp(source)
    (folder / "notes.txt").write_text("seen on Tuesday")
    assert load.data_stamp(source) == stamp


def test_stamps_tell_folders_apart_that_hold_the_same_files(folder: Path, tmp_path: Path) -> None:
    source = current_source()
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    assert load.data_stamp(source) != load.data_stamp(type(source)("chosen", other, source.records))


def test_a_folder_that_goes_away_has_another_stamp_and_its_record_an_error_in_words(folder: Path) -> None:
    source = current_source()
    stamp = load.data_stamp(source)
    load.labelled_record(load.record_files(source, source.records[0]))
    shutil.rmtree(folder)
    assert load.data_stamp(source) != stamp
    with pytest.raises(DataError, match=f"there is no {source.records[0]}.hea"):
        load.record_files(source, source.records[0])


def test_a_record_that_is_not_in_use_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(DataError, match=r"Unknown record '\.\./\.\./etc/passwd'"):
        load.record_files(current_source(), "../../etc/passwd")


def test_levels_of_a_long_recording_stay_when_only_its_labels_change(
    folder: Path, workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "WHOLE_BYTES", 1_000)
    source = current_source()
    name = source.records[0]

    def kept() -> list[Path]:
        return sorted((workspace_of_its_own / "cache" / "levels").glob("[!.]*"))

    load.signal(load.record_files(source, name))
    before = kept()
    assert len(before) == 1
    later(folder / f"{name}.atr")
    load.signal(load.record_files(source, name))
    assert kept() == before
    later(folder / f"{name}.dat")
    load.signal(load.record_files(source, name))
    assert len(kept()) == 2
