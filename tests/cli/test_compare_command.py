"""`python -m ecg_core compare` as a person or a script uses it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def compare(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ecg_core", "compare", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def annotated(mitdb: Path, tmp_path: Path) -> Path:
    """Annotations of 100 and 106 under another extension, and those of a record that the database does not have."""
    for name, copy in (("100", "100"), ("106", "106"), ("106", "999")):
        shutil.copyfile(mitdb / f"{name}.atr", tmp_path / f"{copy}.ann")
    return tmp_path


def test_json_has_every_record_with_its_matrix_and_figures(mitdb: Path, annotated: Path) -> None:
    done = compare("--reference", mitdb, "--test", annotated, "--test-annotator", "ann", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert list(answer["records"]) == ["100", "106"]
    record = answer["records"]["106"]
    assert record["matrix"]["V"] == {"n": 0, "s": 0, "v": 460, "f": 0, "q": 0, "o": 0, "x": 0}
    assert record["matrix"]["O"] == {"n": 0, "s": 0, "v": 0, "f": 0, "q": 0}
    assert record["veb"]["sensitivity"] == 100
    assert record["rr_error_ms"] == 0
    assert set(answer["maps"]) == {"ec57", "de_chazal", "without_sveb"}
    assert answer["gross"]["qrs"]["true_positives"] == 1902 + 1696
    assert answer["average"]["veb"]["sensitivity_records"] == 2
    assert len(answer["left_out"]) == 47
    assert answer["start_s"] == 300


def test_runs_and_episodes_come_when_they_are_asked_for(mitdb: Path, ec57: Path) -> None:
    words = ("--reference", mitdb, "--test", ec57 / "tst", "--test-annotator", "tst", "--json", "--records", "203")
    told = json.loads(compare(*words, "--runs", "--episodes").stdout)
    assert told["runs"]["gross"]["VE"] == told["runs"]["records"]["203"]["VE"]
    assert told["episodes"]["records"]["203"]["AF"]["episode_sensitivity"]["found"] == 16
    assert "runs" not in json.loads(compare(*words).stdout)


def test_the_text_has_a_line_for_each_record_and_says_what_is_left_out(mitdb: Path, annotated: Path) -> None:
    done = compare("--reference", mitdb, "--test", annotated, "--test-annotator", "ann", "--start", "0")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == ["record", "100", "106", "gross", "average"]
    assert lines[3].split() == ["106", "100.00", "100.00", "100.00", "100.00", "–", "–", "0.00"]
    assert f"no .ann file in {annotated}." in done.stderr
    assert f"Left out: 999: no .atr file in {mitdb}." in done.stderr.splitlines()


def test_if_nothing_is_left_the_code_is_1(mitdb: Path, annotated: Path) -> None:
    words = (
        "--reference",
        mitdb,
        "--test",
        annotated,
        "--test-annotator",
        "ann",
        "--json",
        "--records",
        "101",
        "999",
    )
    done = compare(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"Left out: 101: no .ann file in {annotated}.",
        f"Left out: 999: no .atr file in {mitdb}.",
        "No record could be compared.",
    ]


def test_a_missing_folder_and_the_same_files_are_refused_with_one_line(mitdb: Path, tmp_path: Path) -> None:
    done = compare("--reference", mitdb, "--test", tmp_path / "nothing", "--test-annotator", "ann")
    assert (done.returncode, done.stderr) == (1, f"{tmp_path / 'nothing'} is not a folder.\n")
    done = compare("--reference", mitdb, "--test", mitdb, "--test-annotator", "atr")
    assert done.returncode == 1
    assert done.stderr.startswith("Reference and test are the same files")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--start", "-1"), "argument --start: '-1': expected a number from 0"),
        (("--start", "nan"), "argument --start: 'nan': expected a number from 0"),
        (("--start", "inf"), "argument --start: 'inf': expected a number from 0"),
        (("--match-window-ms", "0"), "argument --match-window-ms: '0': expected a number from 1 to 1000"),
        (("--match-window-ms", "wide"), "argument --match-window-ms: 'wide': expected a number from 1 to 1000"),
    ],
)
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, words: tuple[str, str], text: str) -> None:
    done = compare("--reference", tmp_path, "--test", tmp_path, "--test-annotator", "ann", f"{words[0]}={words[1]}")
    assert done.returncode == 2
    assert text in done.stderr


def test_nothing_heavy_is_imported(mitdb: Path, annotated: Path) -> None:
    """All 48 records take well under a second of work; torch, pandas or wfdb would take longer than that to import."""
    program = (
        "import sys; from ecg_core.__main__ import main; "
        f"main(['compare', '--reference', {str(mitdb)!r}, '--test', {str(annotated)!r}, '--test-annotator', 'ann']); "
        "print(sorted({'torch', 'pandas', 'wfdb', 'scipy', 'sklearn'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stderr.splitlines()[-1] == "[]"
