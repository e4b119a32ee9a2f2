"""`report` writes both files of a record in use, and says in one line why where it cannot."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ecg_core.__main__ import main
from ecg_core.data.labels import DETECTED
from ecg_core.data.layers import kept_layer
from ecg_core.data.sources import VARIABLE


@pytest.fixture
def folder(tmp_path: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in simulated.glob("sim01.*"):
        shutil.copy(path, tmp_path / path.name)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def test_it_writes_both_files_and_prints_where_every_value_comes_from(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "out"
    words = ["report", "sim01", "--to", str(to), "--model", "models/classifier"]
    assert main([*words, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert {Path(value["pdf"]), Path(value["html"])} == set(to.iterdir())
    assert value["simulated"] and value["read_from"] == "Reference"
    columns = {one["of"] for one in value["findings"]}
    assert {"reference", "model", "card", "record"} <= columns
    assert all(":" in one["function"] for one in value["findings"])
    assert main(words[:4]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("SIMULATED record sim01, read from: Reference")
    assert said[-2:] == [str(to / "sim01.pdf"), str(to / "sim01.html")]


def test_without_a_reference_r_peaks_are_found_kept_and_classed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sim01.atr").unlink()
    to = ["--to", str(tmp_path / "out"), "--json"]
    assert main(["report", "sim01", *to]) == 0
    assert json.loads(capsys.readouterr().out)["read_from"] == "Detected R peaks"
    assert kept_layer(folder, "sim01", DETECTED) is not None
    assert main(["report", "sim01", "--model", "models/classifier", *to]) == 0
    assert json.loads(capsys.readouterr().out)["read_from"] == "Model (models/classifier)"


def test_what_cannot_be_reported_is_said_in_one_line_and_leaves_nothing(
    folder: Path, tmp_path: Path, refused_here: Callable[..., str]
) -> None:
    to = tmp_path / "out"
    assert refused_here("report", "999", "--to", str(to), data=folder).startswith("Unknown record 999")
    said = refused_here("report", "sim01", "--to", str(to), "--model", "models/autoencoder", data=folder)
    assert "expected 'classifier'" in said
    assert "names no model" in refused_here("report", "sim01", "--to", str(to), "--model", "../x", data=folder)
    (folder / "file").write_text("")
    assert "is a file" in refused_here("report", "sim01", "--to", str(folder / "file"), data=folder)
    assert not to.exists()
