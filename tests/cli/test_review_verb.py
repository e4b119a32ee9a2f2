"""`review`: a queue as a list, decisions from a file, files of what was decided; all refuse what they cannot read."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import wfdb

from ecg_core.__main__ import main
from ecg_core.data.catalogue import ATTRIBUTION
from ecg_core.data.sources import VARIABLE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    for path in simulated.glob("sim01.*"):
        shutil.copy(path, folder / path.name)
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def decisions(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "decisions.csv"
    file.write_text(text)
    return file


def test_a_queue_is_decided_about_from_a_file_and_exported(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "queue", "sim01", "--rule", "class", "--json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert {one["class"] for one in items} == {"V"} and not any(one["reviewed"] for one in items)
    first, second = items[0]["sample"], items[1]["sample"]
    file = decisions(tmp_path, f"sample,after\n{first},N\n{second},|\n")
    assert main(["review", "apply", "sim01", str(file), "--person", "Ada"]) == 0
    assert "2 decisions about record sim01 kept" in capsys.readouterr().out
    assert main(["review", "queue", "sim01", "--rule", "class"]) == 0
    assert f"2 of {len(items)} reviewed" in capsys.readouterr().out
    assert main(["review", "export", "sim01", "--to", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 2
    labels = wfdb.rdann(str(tmp_path / "out" / "sim01"), "cor")
    by_sample = dict(zip(labels.sample.tolist(), labels.symbol, strict=True))
    assert (by_sample[first], by_sample[second]) == ("N", "|")
    table = pd.read_parquet(tmp_path / "out" / "sim01-decisions.parquet")
    assert table["person"].tolist() == ["Ada", "Ada"]
    assert main(["review", "apply", "sim01", str(tmp_path / "out" / "sim01-decisions.csv"), "--person", "Ben"]) == 0


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("beat,label\n1,N\n", "has no column sample, after"),
        ("sample,after\n1,N\n", "line 2: record sim01 has no beat at sample '1'"),
        ("sample,after\nten,N\n", "has no beat at sample 'ten'"),
        ("sample,after\n{beat},X\n", "'X' is no label of a beat"),
        ("sample,after\n{beat},=cmd|\n", "is no label of a beat"),
    ],
)
def test_a_line_that_is_no_decision_is_named_and_nothing_is_kept(
    text: str, answer: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beat = wfdb.rdann(str(folder / "sim01"), "atr").sample[3]
    file = decisions(tmp_path, f"sample,after\n{beat},N\n" if not text else text.format(beat=beat))
    assert main(["review", "apply", "sim01", str(file), "--person", "Ada"]) == 1
    assert answer in capsys.readouterr().err
    assert main(["review", "export", "sim01", "--to", str(tmp_path)]) == 1
    assert "Nobody has reviewed record sim01" in capsys.readouterr().err


def test_a_file_that_is_none_and_a_record_that_is_none_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "apply", "sim01", str(tmp_path / "none.csv"), "--person", "Ada"]) == 1
    assert "cannot be read as CSV" in capsys.readouterr().err
    assert main(["review", "queue", "nobody"]) == 1
    assert "Unknown record 'nobody'" in capsys.readouterr().err


def test_the_shipped_detector_flags_beats(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "queue", "sim01", "--json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert items and items[0]["score"] == max(one["score"] for one in items)


def test_what_is_exported_of_the_published_database_says_whose_it_is(
    mitdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECG_DATA_DIR", str(mitdb))
    monkeypatch.setenv("ECG_HOME", str(tmp_path / "home"))
    beat = wfdb.rdann(str(mitdb / "100"), "atr").sample[3]
    assert (
        main(["review", "apply", "100", str(decisions(tmp_path, f"sample,after\n{beat},V\n")), "--person", "Ada"]) == 0
    )
    assert main(["review", "export", "100", "--to", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "100-attribution.txt").read_text() == f"{ATTRIBUTION}\n"
    assert pd.read_parquet(tmp_path / "out" / "100-decisions.parquet").attrs["attribution"] == ATTRIBUTION
    capsys.readouterr()


def test_recordings_of_ones_own_are_attributed_to_nobody(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beat = wfdb.rdann(str(folder / "sim01"), "atr").sample[3]
    main(["review", "apply", "sim01", str(decisions(tmp_path, f"sample,after\n{beat},V\n")), "--person", "Ada"])
    assert main(["review", "export", "sim01", "--to", str(tmp_path / "out")]) == 0
    assert not list((tmp_path / "out").glob("*attribution*"))
    assert not pd.read_parquet(tmp_path / "out" / "sim01-decisions.parquet").attrs
    capsys.readouterr()
