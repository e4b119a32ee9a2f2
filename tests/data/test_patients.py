"""Whose a recording is: named by a file beside it, by its header or by the catalogue, in this order, or by nobody."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.catalogue import record_names
from ecg_core.data.patients import Patients, find_patients, mitdb_patients, patient_in
from ecg_core.data.reader import read_record
from ecg_core.data.sources import open_folder
from ecg_core.errors import DataError
from tests.made_beats import write_recording


def listed(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "patients.csv").write_text(text, encoding="utf-8")
    return folder


def with_headers(folder: Path, **comments: str) -> Path:
    """Headers of records without a file of samples, each with one comment; `r201` stands for record 201."""
    folder.mkdir(exist_ok=True)
    for name, comment in comments.items():
        record = name.removeprefix("r")
        text = f"{record} 1 360 10\n{record}.dat 16 200\n#{comment}\n"
        (folder / f"{record}.hea").write_text(text, encoding="utf-8")
    return folder


def test_where_nobody_names_a_patient_a_record_stands_for_itself() -> None:
    some = Patients({"a": "p", "b": "p"})
    assert [some.of(name) for name in ("a", "b", "c")] == ["p", "p", "c"]
    assert some.known(["a", "b"])
    assert not some.known(["a", "c"])
    assert some.only(["b", "c"]).by_record == {"b": "p"}


def test_the_catalogue_has_48_records_of_47_patients() -> None:
    patients = mitdb_patients()
    assert patients.known(record_names())
    assert len({patients.of(name) for name in record_names()}) == 47
    assert patients.of("202") == "201"


def test_the_catalogue_speaks_of_a_folder_of_its_records_only(tmp_path: Path) -> None:
    with_headers(tmp_path, r201="", r202="")
    assert find_patients(tmp_path, ["201", "202"]).by_record == {"201": "201", "202": "201"}
    with_headers(tmp_path, mine="")
    assert find_patients(tmp_path, ["201", "202", "mine"]).by_record == {}
    assert find_patients(tmp_path, ["201", "202"]).by_record == {}, "the folder is another one, whatever is asked of it"


def test_the_file_goes_before_the_header_and_the_header_before_the_catalogue(tmp_path: Path) -> None:
    with_headers(tmp_path, r100="Patient: A", r101="Patient: A", r103="")
    listed(tmp_path, "record,patient\n100,B\nelsewhere,C\n")
    assert find_patients(tmp_path, ["100", "101", "103"]).by_record == {"100": "B", "101": "A", "103": "103"}


@pytest.mark.parametrize(
    ("comment", "patient"),
    [
        ("Patient: p1", "p1"),
        ("patient ID: 17", "17"),
        ("Subject ID: S-3.b", "S-3.b"),
        ("subject_id=4", "4"),
        ("<patient>: p1", "p1"),
        ("patient 12", "12"),
        ("Patient: unknown", None),
        ("Patient ID: N.A.", None),
        ("Patient: 65 years old, of Boston", None),
        ("The patient: p1", None),
        ("patient twelve", None),
        ("<patient: p1", None),
        ("Patient:", None),
        ("Patient: " + "x" * 65, None),
    ],
)
def test_a_header_names_a_patient_in_a_line_that_says_nothing_else(comment: str, patient: str | None) -> None:
    assert patient_in(["69 M 1085 1629 x1", comment, "Aldomet, Inderal"]) == patient


def test_a_header_that_names_two_patients_names_none() -> None:
    assert patient_in(["Patient: a", "Subject: b"]) is None
    assert patient_in(["Patient: a", "Subject ID: a"]) == "a"


@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_comment_is_too_odd(comments: list[str]) -> None:
    patient = patient_in(comments)
    assert patient is None or any(patient in comment for comment in comments)


def test_a_damaged_header_or_a_pipe_names_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.hea")
    (tmp_path / "dir.hea").mkdir()
    (tmp_path / "bytes.hea").write_bytes(b"\xff\xfe\x00#Patient: 1")
    assert find_patients(tmp_path, ["pipe", "dir", "bytes", "nowhere"]).by_record == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "patients.csv, line 1: expected the columns record,patient, found ''."),
        ("a,1\nb,2\n", "patients.csv, line 1: expected the columns record,patient, found 'a,1'."),
        ("record;patient\na;1\n", "patients.csv, line 1: expected the columns record,patient, found 'record;patient'."),
        ("record,patient\na,\n", "patients.csv, line 2: patient is empty, expected a record and its patient."),
        ("record,patient\na\n", "patients.csv, line 2: patient is empty, expected a record and its patient."),
        ("record,patient\n\n ,7\n", "patients.csv, line 3: record is empty, expected a record and its patient."),
        (
            "record,patient\na,1\nb,1\na,2\n",
            "patients.csv, line 4: record a is of patient 2 here and of 1 above. Leave one of them.",
        ),
        ("record,patient\na," + "1" * 81, "patients.csv, line 2: patient has more than 80 characters."),
        ('record,patient\na,1\nb,"1', "patients.csv, line 3: not a line of a CSV file"),
        ('record,patient\na,1\nb,"1"x\n', "patients.csv, line 3: not a line of a CSV file"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_line_and_field(tmp_path: Path, text: str, message: str) -> None:
    with_headers(tmp_path, a="", b="")
    listed(tmp_path, text)
    with pytest.raises(DataError) as caught:
        find_patients(tmp_path, ["a"])
    assert str(caught.value).startswith(message)
    with pytest.raises(DataError, match=r"patients\.csv"):
        open_folder(tmp_path)


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """With a byte order mark, blanks, capitals, quotes, a third column, empty lines, and a record listed twice."""
    text = '\ufeffRecord, Patient ,note\r\n"a", p1 ,x\r\n\r\nb,"p, 2",\r\na,p1,again\r\n'
    listed(tmp_path, text)
    assert find_patients(tmp_path, ["a", "b", "c"]).by_record == {"a": "p1", "b": "p, 2"}


@pytest.mark.parametrize("content", [b"record,patient\na,\xff\n", b"x" * 5_000_001])
def test_a_file_that_is_no_text_or_too_large_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "patients.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"patients\.csv"):
        find_patients(tmp_path, ["a"])


def test_a_folder_or_a_pipe_of_that_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").mkdir()
    with pytest.raises(DataError, match=r"patients\.csv: expected a text file"):
        find_patients(tmp_path, ["a"])


def test_a_record_and_a_source_know_their_patients(tmp_path: Path) -> None:
    for name, comments in (("a", ["Patient: p1"]), ("b", []), ("c", [])):
        write_recording(tmp_path, name, comments=comments)
    listed(tmp_path, "record,patient\nb,p1\n")
    assert [read_record(tmp_path, name).patient for name in ("a", "b", "c")] == ["p1", "p1", None]
    source = open_folder(tmp_path)
    assert source.patients.by_record == {"a": "p1", "b": "p1"}
    listed(tmp_path, "record,patient\nb,p2\nc,p2\n")
    assert open_folder(tmp_path).patients.by_record == {"a": "p1", "b": "p2", "c": "p2"}
    assert hash(source) == hash(open_folder(tmp_path)), "what a source is kept under does not depend on its patients"


def test_the_patients_of_the_database_come_from_the_catalogue(mitdb: Path) -> None:
    assert find_patients(mitdb, record_names()) == mitdb_patients()
    assert read_record(mitdb, "202").patient == "201"


@pytest.mark.parametrize(("line", "patient"), [
    ("106 2 360 650000", "106"),
    ("106 2 360 3600", "106"),
    ("106 2 128 231111", "106"),
    ("106 2 250 450000", None),
    ("106 1 128 10240000", None),
    ("106 2", "106"),
])  # fmt: skip
def test_a_wards_record_of_the_same_name_is_not_the_databases(line: str, patient: str | None, tmp_path: Path) -> None:
    (tmp_path / "106.hea").write_text(f"{line}\n106.dat 16 200 12 0 0 0 0 MLII\n")
    assert find_patients(tmp_path, ["106"]).by_record.get("106") == patient
