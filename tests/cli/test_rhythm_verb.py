"""`rhythm` finds fibrillation and compares it with the reference rhythm, where there is one."""

import json
import shutil
from pathlib import Path

import pytest

from ecg_core.__main__ import main
from ecg_core.data.sources import VARIABLE


@pytest.fixture
def folder(tmp_path: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in simulated.glob("sim0[358].*"):
        shutil.copy(path, tmp_path / path.name)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("beats", ["reference", "detected"])
def test_it_prints_gross_figures_parts_and_each_record(
    folder: Path, beats: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rhythm", "--beats", beats, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert set(value) == {"gross", "parts", "records"}
    assert value["gross"]["sensitivity"] > 90
    assert value["records"]["sim03"]["stretches_s"] == []
    assert [row["usual_beat"]["may_not_be_sinus"] for row in value["records"].values()] == [False, False, True]
    assert len(value["records"]["sim05"]["stretches_s"]) >= 2
    assert sum(part["reference_s"] for part in value["parts"].values()) == value["gross"]["reference_s"]
    assert main(["rhythm", "sim05", "--beats", beats]) == 0
    said = capsys.readouterr().out
    assert "gross" in said and "sim03" not in said


def test_without_a_reference_it_detects_and_says_that_there_is_nothing_to_compare_with(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in folder.glob("*.atr"):
        path.unlink()
    assert main(["rhythm", "sim05"]) == 0
    assert "No reference rhythm to compare with." in capsys.readouterr().out


def test_a_record_that_cannot_be_read_is_named_and_the_others_go_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sim03.dat").write_bytes(b"short")
    assert main(["rhythm", "--json"]) == 1
    out, err = capsys.readouterr()
    assert list(json.loads(out)["records"]) == ["sim05", "sim08"]
    assert "Left out: sim03: sim03.dat is cut off" in err


def test_an_unknown_record_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rhythm", "999"]) == 1
    assert "Unknown record 999" in capsys.readouterr().err
