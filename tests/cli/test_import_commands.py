"""`import` and `collections` as a person or a script uses them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wfdb import wrann

from ecg_core.data.importing.place import root
from ecg_core.data.reader import read_record
from tests.data.foreign_records import ramp, wrsamp
from tests.made_files import FS, channel, ecg_like, edf_bytes


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ecg_core", *words], capture_output=True, text=True, check=False)


def answer(*words: str, code: int = 0) -> Any:
    done = command(*words, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "a.edf").write_bytes(edf_bytes([channel(ecg_like(4 * FS))]))
    (folder / "b.csv").write_bytes(b"x;y\n1,5;2\n2,5;3\n3,5;4\n")
    return folder


def test_a_dry_run_says_what_is_there_and_what_is_missing_and_brings_nothing_in(files: Path) -> None:
    found = answer("import", str(files), "--dry-run", code=1)["files"]
    assert [(one["source"], one["kind"], one["ready"], one["missing"]) for one in found] == [
        ("a.edf", "EDF", True, []),
        ("b.csv", "CSV", False, ["rate", "unit"]),
    ]
    assert (found[0]["rate"], found[0]["leads"], found[0]["duration_s"]) == (FS, ["II"], 4.0)
    done = command("import", str(files), "--dry-run")
    assert "a.edf  EDF  4 s  200 Hz  II  uV" in done.stdout
    assert "b.csv gives no time column and no sampling rate" in done.stdout
    assert not list(root().glob("*")) or [path.name for path in root().iterdir()] == [".lock"]


def test_recordings_are_brought_in_used_renamed_and_deleted(files: Path) -> None:
    words = ("--rate", "250", "--unit", "mV", "--patient", "p1", "--collection", "My Holters")
    report = answer("import", str(files), *words)
    assert [(one["source"], one["record"]) for one in report["imported"]] == [("a.edf", "a"), ("b.csv", "b")]
    again = command("import", str(files / "a.edf"), *words)
    assert "a.edf was there already, as a" in again.stdout
    assert answer("collections")["collections"] == answer("collections", "list")["collections"]
    assert answer("collections", "use", "my holters")["label"] == "My Holters, 2 records"
    assert answer("data", "status")["label"] == "My Holters, 2 records"
    assert "My Holters  2 records  (in use)" in command("collections", "list").stdout
    assert answer("collections", "rename", "My Holters", "Clinic")["name"] == "Clinic"
    answer("collections", "leads", "Clinic", "b", "II,V1")
    answer("collections", "patient", "Clinic", "b", "p2")
    assert (root() / "my-holters" / "patients.csv").read_text() == "record,patient\na,p1\nb,p2\n"
    answer("collections", "patient", "Clinic", "b")
    assert (root() / "my-holters" / "patients.csv").read_text() == "record,patient\na,p1\n"
    answer("collections", "delete", "Clinic", "--record", "b")
    entries = answer("collections", "list")["collections"][0]["records"]
    assert [entry["record"] for entry in entries] == ["a"]
    answer("collections", "delete", "Clinic")
    assert "No collection yet" in command("collections").stdout


def test_a_rate_corrects_the_times_of_one_file_and_never_those_of_several(files: Path) -> None:
    (files / "t.csv").write_text("time (s),II (mV)\n" + "".join(f"{k / 250},{k % 9}\n" for k in range(50)))
    several = answer("import", str(files), "--dry-run", "--rate", "500", "--unit", "mV")["files"]
    assert [one["rate"] for one in several] == [FS, 500, 250]
    alone = answer("import", str(files / "t.csv"), "--dry-run", "--rate", "500")["files"]
    assert alone[0]["rate"] == 500


def test_a_file_that_cannot_be_brought_in_is_named_and_the_exit_code_is_1(files: Path) -> None:
    done = command("import", str(files), str(files / "nowhere"))
    assert done.returncode == 1
    assert "a.edf -> a" in done.stdout
    assert "not brought in: b.csv: b.csv gives no time column" in done.stdout
    assert "there is no such file or folder" in done.stdout
    assert "1 recording brought into My recordings" in done.stdout


def test_which_annotations_count_is_said_for_all_records_or_for_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        wrsamp(tmp_path / "given", name, ramp(1000))
        for at, annotator in enumerate(("atr", "ecg"), start=1):
            wrann(name, annotator, np.array([10 * at]), ["N"], write_dir=str(tmp_path / "given"))
    answer("import", str(tmp_path / "given"), "--collection", "Two")
    folder = root() / "two"
    assert answer("collections", "annotator", "Two", "ecg")["records"] == ["a", "b"]
    assert read_record(folder, "a").annotations.sample.tolist() == [20]
    answer("collections", "annotator", "Two", "--record", "b")
    assert (folder / "annotators.csv").read_text() == "record,annotator\na,ecg\n"
    assert read_record(folder, "b").annotations.sample.tolist() == [10]
    done = command("collections", "annotator", "Two", "q1c", "--record", "b")
    assert done.returncode == 1
    assert "b has no annotations called 'q1c': it has atr, ecg." in done.stderr


def test_an_unknown_collection_is_one_line() -> None:
    done = command("collections", "use", "x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no collection 'x'. There is none yet.\n"


def test_a_collection_in_use_goes_before_the_folder_of_the_environment(
    files: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("import", str(files / "a.edf"))
    monkeypatch.setenv("ECG_DATA_DIR", str(simulated))
    assert "(in use)" not in command("collections").stdout
    assert answer("collections", "use", "My recordings")["label"] == "My recordings, 1 record"
    assert "(in use)" in command("collections").stdout
    status = command("data", "status").stdout
    assert "My recordings, 1 record" in status
    assert "(a collection that was chosen" in status
