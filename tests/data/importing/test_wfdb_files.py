"""WFDB records on their way in: what the list says of them, channel by channel, and what comes along."""

from pathlib import Path

import numpy as np
import pytest
from wfdb import wrann

from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspect import inspect
from ecg_core.data.importing.inspected import Inspected
from ecg_core.data.reader import read_record
from tests.data.foreign_records import ramp, write, wrsamp


def looked_at(folder: Path) -> Inspected:
    (item,) = inspect(folder / "r.hea")
    return item


def test_every_channel_has_its_own_rate_and_unit_and_what_is_no_ecg_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "r", " 4 125 10", ["r.dat 16x4 200/mV 16 0 0 0 0 II", "r.dat 16x2 5/uV 16 0 0 0 0 V1",
                                       "r.dat 16 10/mmHg 16 0 0 0 0 ABP", "r.dat 16 100/NU 16 0 0 0 0 PLETH"],
          bytes(160))  # fmt: skip
    item = looked_at(tmp_path)
    assert (item.rate, item.n_samples, item.duration_s, item.leads) == (500, 40, 0.08, ("II", "V1"))
    assert [(one.label, one.unit, one.rate, bool(one.left_out)) for one in item.channels] == [
        ("II", "mV", 500, False),
        ("V1", "uV", 250, False),
        ("ABP", "mmHg", 125, True),
        ("PLETH", "NU", 125, True),
    ]
    assert item.unit == "mV, uV"
    assert item.notes == ("Read at 500 Hz, the highest rate of the leads, others held: V1.",)


def test_what_is_unusual_is_said_before_a_record_comes_in(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1", ["r.dat 16 0"], bytes(2000))
    wrann("r", "atr", np.array([10, 20, 30, 5000]), ["N"] * 4, write_dir=str(tmp_path))
    item = looked_at(tmp_path)
    assert item.ready
    assert (item.unit, item.channels[0].unit) == ("uncalibrated", "uncalibrated")
    assert item.notes == (
        "The header states no sampling frequency: 250 Hz assumed, as WFDB does.",
        "Uncalibrated, amplitudes are no true mV: lead 1.",
        "Annotations outside the recording, left out: 1.",
    )


def test_a_record_without_an_ecg_lead_or_with_damaged_annotations_says_so_in_the_list(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1 125 10", ["r.dat 16 10/mmHg 16 0 0 0 0 ABP"], bytes(20))
    assert looked_at(tmp_path).problem == "Record r has no ECG lead, only ABP (in mmHg, not in mV)."
    wrsamp(tmp_path, "r", ramp(1000))
    (tmp_path / "r.atr").write_bytes(b"\x01")
    assert "r.atr cannot be decoded" in looked_at(tmp_path).problem


@pytest.mark.parametrize(
    ("stated", "start"),
    [
        ("08:30:00 17/05/2019", "2019-05-17T08:30:00"),
        ("8:3:0", "08:03:00"),
        ("08:30:00.250 1/2/1999", "1999-02-01T08:30:00"),
        ("08:30:00 30/02/1999", "08:30:00"),
        ("25:00:00", ""),
        ("12-May-2020 12:33:59", "2020-05-12T12:33:59"),
        ("", ""),
    ],
)
def test_the_start_is_what_the_header_states(tmp_path: Path, stated: str, start: str) -> None:
    write(tmp_path, "r", f" 1 125 10 {stated}", ["r.dat 16 200"], bytes(20))
    assert looked_at(tmp_path).start == start


def test_a_choice_of_annotations_comes_along_and_goes_with_its_record(tmp_path: Path) -> None:
    from ecg_core.data.importing.collection import delete_record

    for name in ("r", "s"):
        wrsamp(tmp_path / "given", name, ramp(1000) + ord(name))
        for at, annotator in enumerate(("atr", "ecg"), start=1):
            wrann(name, annotator, np.array([10 * at]), ["N"], write_dir=str(tmp_path / "given"))
    (tmp_path / "given" / "annotators.csv").write_text("record,annotator\nr,ecg\n")
    report = import_files([tmp_path / "given"], "C")
    folder = Path(report.folder)
    assert report.ignored == ()
    assert read_record(folder, "r").annotations.sample.tolist() == [20]
    assert read_record(folder, "s").annotations.sample.tolist() == [10]
    delete_record("C", "r")
    assert (folder / "annotators.csv").read_text() == "record,annotator\n"
