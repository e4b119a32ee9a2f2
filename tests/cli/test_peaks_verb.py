"""`peaks` finds, keeps and judges R peaks, and goes on where one record cannot be read."""

import json
import shutil
from pathlib import Path

import pytest

from ecg_core.__main__ import main
from ecg_core.data.labels import DETECTED
from ecg_core.data.layers import kept_layer
from ecg_core.data.sources import VARIABLE


@pytest.fixture
def folder(tmp_path: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in simulated.glob("sim0[12].*"):
        shutil.copy(path, tmp_path / path.name)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def test_it_prints_gross_figures_and_a_line_a_record(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["peaks", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert set(value) == {"sensitivity", "positive_predictivity", "rr_error_ms", "seconds_per_record", "records"}
    assert set(value["records"]) == {"sim01", "sim02"}
    assert value["sensitivity"] > 99
    assert main(["peaks", "sim01"]) == 0
    said = capsys.readouterr().out
    assert "Gross: sensitivity" in said and "sim02" not in said
    assert kept_layer(folder, "sim01", DETECTED) is not None


def test_without_a_reference_it_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in folder.glob("*.atr"):
        path.unlink()
    assert main(["peaks"]) == 0
    assert "No reference annotations to compare with." in capsys.readouterr().out


def test_a_record_that_cannot_be_read_is_named_and_the_others_go_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sim01.dat").write_bytes(b"short")
    assert main(["peaks", "--json"]) == 1
    out, err = capsys.readouterr()
    assert list(json.loads(out)["records"]) == ["sim02"]
    assert "Left out: sim01: sim01.dat is cut off" in err


def test_an_unknown_record_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["peaks", "999"]) == 1
    assert "Unknown record 999" in capsys.readouterr().err
