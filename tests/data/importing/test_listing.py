"""What lies in a folder: records with all their files, and what each file is."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.importing import listing
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspect import inspect
from ecg_core.data.importing.listing import kind_of_file, listing_of
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from tests.made_files import FS, channel, ecg_like, edf_bytes, zip_of


def write(folder: Path, **files: bytes | str) -> None:
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(raw)


def test_a_record_has_its_header_its_signals_and_every_annotation_file(tmp_path: Path) -> None:
    write(
        tmp_path, r__hea="r 1 250 4\nsig.dat 16 200\n", r__atr=b"\0\0", r__qrs=b"\0\0", r__dat=b"",
        r__txt="note", r__pdf=b"%PDF", rr__atr=b"\0\0",
    )  # fmt: skip
    (tmp_path / "sig.dat").write_bytes(np.zeros(4, "<i2").tobytes())
    found = listing_of(tmp_path)
    assert [one.source for one in found.candidates] == ["r.hea"]
    assert [path.name for path in found.candidates[0].files] == ["r.hea", "sig.dat", "r.atr", "r.qrs"]
    assert found.ignored == ("r.dat", "r.pdf", "r.txt", "rr.atr")


def test_segments_belong_to_their_record(tmp_path: Path) -> None:
    write(
        tmp_path, m__hea="m/2 1 250 8\ns1 4\ns2 4\n", s1__hea="s1 1 250 4\ns1.dat 16 200\n",
        s2__hea="s2 1 250 4\ns2.dat 16 200\n", s1__dat=bytes(8), s2__dat=bytes(8), m__atr=b"\0\0",
    )  # fmt: skip
    found = listing_of(tmp_path)
    report = import_files([tmp_path], "C")
    assert ([one.record for one in report.imported], report.refused) == (["m"], ())
    assert read_record(Path(report.folder), "m").n_samples == 8
    assert [one.source for one in found.candidates] == ["m.hea"]
    assert {path.name for path in found.candidates[0].files} == {
        "m.hea", "s1.hea", "s1.dat", "s2.hea", "s2.dat", "m.atr",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.bin", edf_bytes([channel(ecg_like(FS))]), "EDF"),
        ("a.edf", b"nonsense", "EDF"),
        ("a.x", b"\xffBIOSEMI" + bytes(300), "BDF"),
        ("a.data", b"PAR1" + bytes(20), "parquet"),
        ("a.TSV", b"1\t2\n", "TSV"),
        ("a.txt", b"0.1\n0.2\n", "CSV"),
        ("a.txt", b"dear colleague\n", "unknown"),
        ("a.txt", b"0       x", "unknown"),
        ("a.docx", b"PK\x03\x04xx", "unknown"),
        ("a.zip", b"PK\x03\x04xx", "zip"),
        ("a.hea", b"", "WFDB"),
        ("a", b"", "unknown"),
    ],
)
def test_a_file_is_what_its_first_bytes_say_else_what_its_name_says(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert kind_of_file(tmp_path / name) == kind


def test_a_zip_in_a_folder_is_named_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    zip_of(tmp_path / "z.zip", {"a.csv": b"1\n"})
    write(tmp_path, __hidden="x", a__csv="II (mV)\n1\n2\n")
    found = listing_of(tmp_path)
    assert [one.reason for one in found.refused] == ["a zip within: unpack it first, or bring it in by itself"]
    assert [one.source for one in found.candidates] == ["a.csv"]
    assert found.ignored == ()


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_FILES", 3)
    for k in range(5):
        (tmp_path / f"{k}.csv").touch()
    with pytest.raises(DataError, match="holds more than"):
        listing_of(tmp_path)
    assert "holds more than" in inspect(tmp_path)[0].problem


@pytest.mark.parametrize("name", ["nowhere", "~nobody-at-all/x", "a\0b", "x" * 300])
def test_a_path_of_no_use_is_one_message(name: str) -> None:
    items = inspect(Path(name))
    assert len(items) == 1
    assert items[0].problem
    assert "\n" not in items[0].problem


def test_looking_writes_nothing(tmp_path: Path, workspace_of_its_own: Path) -> None:
    write(tmp_path, a__csv="II (mV)\n1\n2\n")
    inspect(tmp_path)
    assert not workspace_of_its_own.exists()
