"""Annotation files of any extension: found, chosen, in time with the record, and what lies outside is said."""

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.annotators import annotators_of, read_annotation_file
from ecg_core.data.header import read_header
from ecg_core.data.reader import read_annotations, read_record, record_files
from ecg_core.data.sources import open_folder
from ecg_core.errors import DataError
from tests.data.foreign_records import ramp, write, wrsamp


def wrann(folder: Path, name: str, annotator: str, sample: list[int], symbols: str = "", **fields: object) -> None:
    from wfdb import wrann as write_annotations

    symbol = list(symbols or "N" * len(sample))
    write_annotations(name, "written", np.array(sample), symbol, write_dir=str(folder), **fields)
    (folder / f"{name}.written").rename(folder / f"{name}.{annotator}")  # wfdb takes letters only


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wrsamp(tmp_path, "r", ramp(1000))
    return tmp_path


def test_every_file_that_holds_annotations_is_an_annotator_the_reference_first(folder: Path) -> None:
    for annotator in ("qrs", "wqrs", "atr", "foo", "ecg", "ari"):
        wrann(folder, "r", annotator, [10, 20])
    wrann(folder, "other", "atr", [10])
    (folder / "r.txt").write_bytes((folder / "r.atr").read_bytes())
    (folder / "r.mat").write_bytes((folder / "r.atr").read_bytes())
    (folder / "r.bad").write_text("no annotations", encoding="utf-8")
    (folder / "r.empty").touch()
    (folder / "r.folder").mkdir()
    assert annotators_of(folder, "r") == ("atr", "ecg", "ari", "qrs", "foo", "wqrs")


def test_a_signal_file_of_any_name_is_no_annotator(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1 360 2", ["r.sig 16"], bytes(4), "r.sig")
    wrann(tmp_path, "r", "sigs", [1])
    (tmp_path / "r.sig").write_bytes((tmp_path / "r.sigs").read_bytes())
    assert annotators_of(tmp_path, "r") == ("sigs",)


@pytest.mark.parametrize(
    ("there", "read"),
    [
        (["qrs", "atr"], "atr"), (["qrs", "ari"], "ari"), (["ecg", "ari"], "ecg"), (["zzz", "qrs"], "qrs"),
        (["foo"], "foo"), (["foo", "bar"], "bar"), (["wqrs"], None), (["wqrs", "foo"], "foo"), ([], None),
    ],
)  # fmt: skip
def test_without_a_choice_the_reference_is_read_and_never_what_a_detector_wrote(
    folder: Path, there: list[str], read: str | None
) -> None:
    for k, annotator in enumerate(there):
        wrann(folder, "r", annotator, [10 + k])
    record = read_record(folder, "r")
    assert [layer.made_by for layer in record.layers.values()] == ([] if read is None else [f"r.{read}"])


def with_rhythms_in_atr_and_beats_in(folder: Path, *annotators: str) -> None:
    """As the MIT-BIH Atrial Fibrillation Database has them."""
    wrann(folder, "r", "atr", [5, 40], "++", aux_note=["(N", "(AFIB"])
    for annotator in annotators:
        wrann(folder, "r", annotator, [10, 20, 30, 50])


def test_beats_of_another_file_stand_beside_the_rhythm_notes_of_a_reference_without_beats(folder: Path) -> None:
    with_rhythms_in_atr_and_beats_in(folder, "qrs")
    record = read_record(folder, "r")
    assert "".join(record.annotations.symbol) == "+NNN+N"
    assert record.annotations.aux[4] == "(AFIB"
    assert record.layers["reference"].made_by == "r.qrs and r.atr"
    assert annotators_of(folder, "r") == ("qrs", "atr")
    assert {path.name for path in record_files(folder, "r").all} == {"r.hea", "r.dat", "r.qrs", "r.atr"}
    assert "".join(read_record(folder, "r", annotator="atr").annotations.symbol) == "++"


def test_what_a_detector_wrote_never_gives_the_beats_by_itself(folder: Path) -> None:
    with_rhythms_in_atr_and_beats_in(folder, "wqrs", "pu0")
    assert "".join(read_record(folder, "r").annotations.symbol) == "++"
    (folder / "annotators.csv").write_text("record,annotator\nr,wqrs\n")
    assert "".join(read_record(folder, "r").annotations.symbol) == "+NNN+N"


def test_a_choice_beside_the_recordings_says_whose_annotations_count(folder: Path) -> None:
    wrann(folder, "r", "atr", [10])
    wrann(folder, "r", "q1c", [20])
    (folder / "annotators.csv").write_text("record,annotator\nr,q1c\n")
    assert read_record(folder, "r").annotations.sample.tolist() == [20]
    assert annotators_of(folder, "r") == ("q1c", "atr")
    (folder / "annotators.csv").write_text("record,annotator\nr,gone\n")
    with pytest.raises(DataError, match=r"no annotations called 'gone': it has atr, q1c\. annotators\.csv names it"):
        read_record(folder, "r")
    (folder / "annotators.csv").write_text("record,annotator\nr,../x\n")
    with pytest.raises(DataError, match="is no annotator"):
        read_record(folder, "r")
    (folder / "annotators.csv").write_text("record,who\nr,atr\n")
    with pytest.raises(DataError, match=r"annotators\.csv, line 1: expected the columns record,annotator"):
        open_folder(folder)


def test_an_extension_that_begins_with_a_digit_is_one(folder: Path) -> None:
    wrann(folder, "r", "16a", [20])
    assert annotators_of(folder, "r") == ("16a",)


def test_annotations_out_of_time_order_are_read_in_order_and_it_is_said(folder: Path) -> None:
    back = b"\x00\xec\xff\xff\xf0\xff"  # 16 samples back
    (folder / "r.atr").write_bytes(struct.pack("<H", 1 << 10 | 99) + back + struct.pack("<H", 5 << 10) + bytes(2))
    record = read_record(folder, "r")
    assert record.annotations.sample.tolist() == [83, 99]
    assert record.notes == ("Annotations out of time order in their file, put in order: 1.",)


def test_an_annotator_that_is_named_is_read(folder: Path) -> None:
    wrann(folder, "r", "atr", [10])
    wrann(folder, "r", "wqrs", [20])
    assert read_record(folder, "r", annotator="wqrs").annotations.sample.tolist() == [20]
    with pytest.raises(DataError, match=r"^Record r has no annotations called 'foo': it has atr, wqrs\.$"):
        read_record(folder, "r", annotator="foo")
    for hostile in ("../r.atr", "", "dat/..", "x" * 99, "a b"):
        if hostile:
            with pytest.raises(DataError, match="is no annotator"):
                read_record(folder, "r", annotator=hostile)


def test_a_reference_that_is_damaged_is_an_error_and_another_file_never_takes_its_place(folder: Path) -> None:
    wrann(folder, "r", "qrs", [10])
    (folder / "r.atr").write_bytes(b"\x01")
    with pytest.raises(DataError, match=r"r\.atr cannot be decoded"):
        read_record(folder, "r")


def test_one_annotation_just_behind_the_last_sample_is_normal(folder: Path) -> None:
    wrann(folder, "r", "atr", [10, 1000], "N|")
    record = read_record(folder, "r")
    assert (record.annotations.sample.tolist(), record.annotations_outside, record.notes) == ([10], 0, ())


def test_annotations_beyond_the_end_are_left_out_counted_and_said(folder: Path) -> None:
    wrann(folder, "r", "atr", [10, 20, 30, 1001, 90_000])
    file = read_annotation_file(folder, read_header(folder, "r"))
    assert file is not None
    assert (file.annotator, file.annotations.sample.tolist(), file.outside) == ("atr", [10, 20, 30], 2)
    record = read_record(folder, "r")
    assert record.annotations_outside == 2
    assert record.notes == ("Annotations outside the recording, left out: 2.",)


def test_annotations_that_count_in_another_time_are_converted(folder: Path) -> None:
    wrann(folder, "r", "atr", [10, 1000, 2700], fs=1000)
    assert b"## time resolution: 1000" in (folder / "r.atr").read_bytes()
    assert read_annotations(folder, read_header(folder, "r")).sample.tolist() == [4, 360, 972]  # at 360 Hz


def test_annotations_count_frames_and_are_placed_on_samples(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1 125 100", ["r.dat 16x4"], bytes(800))
    wrann(tmp_path, "r", "atr", [10, 99])
    record = read_record(tmp_path, "r")
    assert (record.fs, record.annotations.sample.tolist()) == (500, [40, 396])
    wrann(tmp_path, "r", "atr", [41, 399], fs=500)
    assert read_record(tmp_path, "r").annotations.sample.tolist() == [41, 399]


def test_beats_of_every_symbol_of_wfdb_are_beats(folder: Path) -> None:
    from ecg_core.beats.classes import beat_class, is_beat

    symbols = "NLRBAaJSVrFejnE/fQ?"
    wrann(folder, "r", "atr", list(range(10, 10 + len(symbols))), symbols)
    read = read_record(folder, "r").annotations.symbol.tolist()
    assert "".join(read) == symbols
    assert all(map(is_beat, read))
    assert "".join(map(beat_class, read)) == "NNNNSSSSVVFNNSVQQQQ"


def test_annotations_of_a_linked_file_outside_the_folder_are_not_followed(tmp_path: Path) -> None:
    wrsamp(tmp_path / "in", "r", ramp(100))
    wrann(tmp_path, "r", "foo", [10])
    (tmp_path / "in" / "r.foo").symlink_to(tmp_path / "r.foo")
    assert annotators_of(tmp_path / "in", "r") == ()
    assert not read_record(tmp_path / "in", "r").layers
    with pytest.raises(DataError, match=r"r\.foo is a link to a file outside"):
        read_record(tmp_path / "in", "r", annotator="foo")


def test_the_real_reference_is_found_beside_any_other_file(mitdb: Path, tmp_path: Path) -> None:
    for end in ("hea", "dat", "atr"):
        shutil.copyfile(mitdb / f"100.{end}", tmp_path / f"100.{end}")
    assert annotators_of(tmp_path, "100") == ("atr",)
