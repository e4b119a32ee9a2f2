"""`python -m ecg_core` as a person or a script uses it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecg_core.__main__ import main
from ecg_core.data import catalogue


def command(*words: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"ECG_DATA_DIR": str(data)} if data else {})}
    return subprocess.run(
        [sys.executable, "-m", "ecg_core", *words], capture_output=True, text=True, check=False, env=environment
    )


def answer(*words: str, data: Path | None = None) -> Any:
    done = command(*words, "--json", data=data)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(*words: str, data: Path | None = None) -> str:
    done = command(*words, data=data)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_data_summary_counts_the_real_database(mitdb: Path) -> None:
    found = answer("data", "summary", data=mitdb)
    assert found["records"] == 48
    assert found["beats"] == 109_494
    assert found["symbols"] == {
        "N": 75052, "L": 8075, "R": 7259, "V": 7130, "/": 7028, "A": 2546, "f": 982, "F": 803,
        "j": 229, "a": 150, "E": 106, "J": 83, "Q": 33, "e": 16, "S": 2,
    }  # fmt: skip
    assert found["classes"]["DS1"] == {"N": 45866, "S": 944, "V": 3788, "F": 415, "Q": 8}
    assert found["classes"]["DS2"] == {"N": 44259, "S": 1837, "V": 3221, "F": 388, "Q": 7}


def test_data_status_and_verify_speak_of_the_real_database(mitdb: Path) -> None:
    status = answer("data", "status", data=mitdb)
    assert (status["kind"], status["records"], status["simulated"]) == ("environment", 48, False)
    verified = answer("data", "verify", data=mitdb)
    assert set(verified["files"].values()) == {"ok"}
    assert len(verified["files"]) == 144


def test_verify_ends_with_code_1_when_a_file_is_missing(tmp_path: Path) -> None:
    done = command("data", "verify", "--folder", str(tmp_path))
    assert done.returncode == 1
    assert "0 of 144 files of the MIT-BIH Arrhythmia Database 1.0.0 verified" in done.stdout


def test_verify_compares_other_recordings_with_the_checksums_in_their_headers(tmp_path: Path, simulated: Path) -> None:
    done = command("data", "verify", "--folder", str(simulated))
    assert (done.returncode, done.stdout) == (0, "12 of 12 records verified by the checksums in their headers\n")
    folder = Path(shutil.copytree(simulated, tmp_path / "own"))
    content = bytearray((folder / "sim03.dat").read_bytes())
    content[1000] ^= 1
    (folder / "sim03.dat").write_bytes(content)
    done = command("data", "verify", "--folder", str(folder), "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["counts"] == {"ok": 11, "no checksums": 0, "unreadable": 1}
    assert "sim03.dat: the checksum of lead" in found["problems"]["sim03"]


def test_the_summary_tells_files_that_cannot_be_read_in_words_and_by_its_exit_code(
    tmp_path: Path, simulated: Path
) -> None:
    folder = Path(shutil.copytree(simulated, tmp_path / "own"))
    assert command("data", "summary", data=folder).returncode == 0
    os.truncate(folder / "sim03.dat", 1000)
    os.truncate(folder / "sim04.atr", 33)
    done = command("data", "summary", data=folder)
    assert done.returncode == 1
    assert "samples: sim03: sim03.dat is cut off: 1,000 bytes" in done.stdout
    assert "not counted: sim04: sim04.atr cannot be decoded" in done.stdout
    assert "2 of 12 records have files that cannot be read" in done.stdout
    found = json.loads(command("data", "summary", "--json", data=folder).stdout)
    assert set(found["unreadable"]) == {"sim03", "sim04"}
    assert (set(found["problems"]), found["records"]) == ({"sim04"}, 11)


def test_the_shipped_autoencoder_scores_ds2(mitdb: Path) -> None:
    found = answer("evaluate", "--model", "models/autoencoder", "--split", "DS2", data=mitdb)
    assert found["roc_auc"] >= 0.97
    assert found["average_precision"] >= 0.87
    assert found["classes"]["V"]["roc_auc"] >= 0.99
    assert found["classes"]["S"]["records"] == 16
    assert len(found["records"]) == 22
    assert "201" in found["note"]
    assert "202" in found["note"]
    low, high = found["intervals"]["roc_auc"]
    assert low < found["roc_auc"] < high


def test_a_model_is_judged_on_recordings_changed_on_purpose_and_says_so() -> None:
    on = ("evaluate", "--model", "models/classifier", "--split", "sim01,sim03")
    plain = answer(*on)
    moved = answer(*on, "--shift-ms", "39", "--leads", "swapped", "--resample", "250")
    assert moved["note"].count("annotations moved by +39 ms, resampled to 250 Hz, leads in the other order") == 1
    assert "changed on purpose" not in plain["note"]
    assert abs(moved["accuracy"] - plain["accuracy"]) < 0.02
    found = answer(*on, "--positions", "detected", "--leads", "first")
    assert "Annotated beats that were not detected, and are not judged: " in found["note"]
    assert refused(*on, "--positions", "detected", "--shift-ms", "16").startswith("Detected R peaks are not moved")
    assert "leave the changes away" not in refused("evaluate", "--model", "models/gan-V", "--shift-ms", "16")


def test_without_data_or_network_the_workbench_uses_simulated_recordings_and_says_so() -> None:
    status = answer("data", "status")
    assert (status["kind"], status["simulated"]) == ("simulated", True)
    assert status["label"].startswith("SIMULATED")


def test_a_training_is_started_followed_listed_shown_evaluated_reported_and_deleted(
    simulated: Path, tmp_path: Path
) -> None:
    small = ("--records", "sim01", "sim03", "--epochs", "1", "--folds", "2")
    done = command("train", "autoencoder", *small, "--follow", "--json", data=simulated)
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout)
    assert started["state"] == "finished"
    assert "epoch 3 of 3" in done.stderr
    run = started["run"]
    assert [row["run"] for row in answer("runs", "list")] == [run]
    shown = answer("runs", "show", run)
    assert len(shown["epochs"]) == 3
    assert shown["config"]["command"].startswith("python -m ecg_core train autoencoder --records sim01 sim03")
    report = answer("evaluate", "--run", run, "--split", "sim05,sim07", data=simulated)
    assert set(report["records"]) == {"sim05", "sim07"}
    assert report["simulated"] is True
    assert "sim05-sim07" in answer("runs", "show", run)["evaluations"]
    assert "record sim01: figures on it would flatter" in refused("evaluate", "--run", run, "--split", "sim01,sim05",
                                                                  data=simulated)  # fmt: skip
    assert "has finished: there is nothing to resume" in refused("runs", "resume", run)
    assert "there is nothing to stop" in refused("runs", "stop", run)
    file = tmp_path / "report.html"
    assert answer("runs", "report", run, "--to", str(file))["file"] == str(file)
    assert "train autoencoder --records sim01 sim03" in file.read_text()
    assert "cannot be written" in refused("runs", "report", run, "--to", str(tmp_path))
    assert answer("runs", "delete", run)["state"] == "deleted"
    assert answer("runs", "list") == []


def test_a_training_goes_on_in_the_background_and_is_stopped_and_resumed(simulated: Path) -> None:
    run = answer("train", "autoencoder", "--epochs", "200", data=simulated)["run"]
    assert answer("runs", "stop", run)["state"] == "stopped"
    assert answer("runs", "resume", run)["state"] in ("starting", "queued", "running")
    assert answer("runs", "stop", run)["state"] == "stopped"


def test_what_cannot_be_done_ends_a_process_with_one_line_and_a_code(simulated: Path) -> None:
    assert "Unknown run 'nonsense'" in refused("runs", "show", "nonsense", data=simulated)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("runs", "show", "nonsense"), "Unknown run 'nonsense'"),
        (("runs", "stop", "../../etc"), "Unknown run '../../etc'"),
        (("runs", "promote", "nonsense", "name"), "Unknown run 'nonsense'"),
        (("evaluate", "--model", "models/nothing"), "models/nothing holds no model: there is no card.json in it."),
        (("evaluate", "--model", "models/autoencoder", "--split", "DS3"), "Unknown split or record DS3"),
        (("train", "autoencoder", "--epochs", "0"), "epochs is 0: choose a number from 1 to 200."),
        (("train", "autoencoder", "--records", "999"), "Unknown record 999"),
        (("data", "verify", "--folder", "/nowhere"), "/nowhere is not a folder."),
    ],
)
def test_bad_input_ends_with_one_clear_line(
    words: tuple[str, ...], text: str, simulated: Path, refused_here: Callable[..., str]
) -> None:
    assert text in refused_here(*words, data=simulated)


def test_a_data_folder_that_is_none_is_an_error_and_nothing_takes_its_place(tmp_path: Path) -> None:
    assert "ECG_DATA_DIR" in refused("data", "summary", data=tmp_path / "nowhere")
    assert "holds no WFDB header" in refused("data", "summary", data=tmp_path)


def test_a_download_without_network_says_what_to_do(tmp_path: Path) -> None:
    line = refused("data", "download", "--url", "http://127.0.0.1:9/", "--to", str(tmp_path / "mitdb"))
    assert "cannot be reached" in line


def test_the_download_is_described_with_its_size() -> None:
    assert catalogue.URL in command("data", "download", "--help").stdout


def test_what_is_said_of_a_word_that_is_none_is_short_and_shows_every_sign(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["runs", "list", "\u202e" + "x" * 5000])
    assert end.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "unrecognized arguments: \\u202exxx" in last
    assert len(last) < 600


@pytest.mark.parametrize("place", ["x" * 300, "~nobodyzz/x", "x/" * 3000])
def test_a_folder_to_verify_that_cannot_be_is_refused_in_words(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "verify", "--folder", place]) == 1
    assert "cannot be used as a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("data", "images", ""), "it is empty: name a file or folder"),
        (("data", "verify", "--folder", " "), "it is empty: name a file or folder"),
        (("sample", "--model", "models/gan-V", "--seed", "1" * 40), "expected a whole number from 0 to 2,147,483,647"),
        (("sample", "--model", "models/gan-V", "--seed", "-1"), "expected a whole number from 0"),
    ],
)
def test_an_argument_that_names_nothing_usable_is_refused_before_anything_is_done(
    words: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    assert end.value.code == 2
    assert text in capsys.readouterr().err
