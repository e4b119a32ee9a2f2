"""Where recordings come from: the order of the sources, and that a named one is never replaced."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecg_core.data import catalogue, sources
from ecg_core.data.patients import mitdb_patients
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from ecg_core.workspace import PROJECT, remember


def with_records(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.hea").touch()
    return folder


def finish_download() -> Path:
    folder = with_records(sources.download_folder())
    for name in catalogue.published_sums():
        (folder / name).touch()
    return folder


def test_the_environment_comes_before_a_chosen_folder_before_the_download_before_simulation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = sources.current_source()
    assert (simulated.kind, simulated.simulated, simulated.label) == ("simulated", True, "SIMULATED, 12 records")
    assert read_record(simulated.folder, simulated.records[0]).simulated

    downloaded = finish_download()
    assert sources.current_source() == sources.DataSource(
        "downloaded", downloaded, catalogue.record_names(), patients=mitdb_patients()
    )
    assert sources.current_source().label == "MIT-BIH, 48 records"

    chosen = with_records(tmp_path / "own recordings", "a1")
    sources.choose_folder(chosen)
    assert sources.current_source() == sources.DataSource("chosen", chosen.resolve(), ("a1",))
    assert sources.current_source().label == "own recordings, 1 record"

    named = with_records(tmp_path / "named", "100", "b2")
    monkeypatch.setenv(sources.VARIABLE, str(named))
    assert sources.current_source() == sources.DataSource("environment", named.resolve(), ("100", "b2"))

    monkeypatch.delenv(sources.VARIABLE)
    sources.choose_folder(None)
    assert sources.current_source().kind == "downloaded"


def test_a_pipe_a_device_or_a_huge_file_called_like_a_header_stops_nothing(tmp_path: Path) -> None:
    folder = with_records(tmp_path / "odd", "100")
    os.mkfifo(folder / "a.hea")
    (folder / "b.hea").symlink_to("/dev/zero")
    with (folder / "c.hea").open("wb") as file:
        file.truncate(20 * 10**9)  # a sparse file
    source = sources.open_folder(folder)
    assert source.records == ("100", "a", "b", "c")
    assert not source.simulated


def test_only_a_comment_says_that_a_recording_is_simulated(tmp_path: Path) -> None:
    (tmp_path / "a.hea").write_text("a 1 360 10\na.dat 16 200 0 0 0 0 0 SIMULATED\n", encoding="utf-8")
    assert not sources.open_folder(tmp_path).simulated
    (tmp_path / "b.hea").write_text("b 1 360 10\nb.dat 16 200\n# SIMULATED, by hand\n", encoding="utf-8")
    assert sources.open_folder(tmp_path).simulated


def test_knowing_the_source_loads_no_library_that_only_reading_samples_or_making_tables_needs() -> None:
    """The command line answers `data status` without them."""
    program = (
        "import sys; import ecg_core.data.sources, ecg_core.data.header, ecg_core.data.patients\n"
        "print(sorted({'wfdb', 'pandas', 'scipy', 'sklearn', 'torch', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unfinished_download_is_not_used() -> None:
    (finish_download() / "234.dat").unlink()
    assert not sources.download_complete()
    assert sources.current_source().kind == "simulated"


@pytest.mark.parametrize("name", ["nowhere", "file", "empty"])
def test_an_unusable_folder_in_the_environment_is_an_error_and_never_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    finish_download()
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(sources.VARIABLE, str(tmp_path / name))
    with pytest.raises(DataError) as caught:
        sources.current_source()
    what = "holds no WFDB header (.hea)" if name == "empty" else "is not a folder"
    assert str(caught.value).startswith(f"ECG_DATA_DIR: {(tmp_path / name).resolve()} {what}. Name ")


def test_a_chosen_folder_that_went_away_is_an_error_and_never_falls_back(tmp_path: Path) -> None:
    finish_download()
    chosen = with_records(tmp_path / "own", "a1")
    sources.choose_folder(chosen)
    (chosen / "a1.hea").unlink()
    with pytest.raises(DataError, match=r"own holds no WFDB header \(\.hea\)"):
        sources.current_source()


def test_an_unusable_folder_is_not_remembered(tmp_path: Path) -> None:
    finish_download()
    with pytest.raises(DataError, match="is not a folder"):
        sources.choose_folder(tmp_path / "nowhere")
    assert sources.current_source().kind == "downloaded"


@pytest.mark.parametrize("name", ["~nobody-of-this-name/x", "a\x00b", "loop"])
def test_a_name_that_cannot_be_a_folder_is_a_data_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(DataError, match=r"cannot be used as a folder|is not a folder"):
        sources.choose_folder(tmp_path / name if name == "loop" else Path(name))


@pytest.mark.parametrize("value", [5, ["x"], True])
def test_a_damaged_setting_is_an_error_and_never_falls_back(value: object) -> None:
    finish_download()
    remember(data_folder=value)
    with pytest.raises(DataError, match=r"settings\.json is damaged"):
        sources.current_source()
