"""Any folder of recordings compared with its headers."""

import os
import shutil
from pathlib import Path

from ecg_core.data.verify import VerifiedRecord, unreadable, verify_records
from tests.data.foreign_records import ramp, write, wrsamp


def test_every_record_is_verified_readable_or_unreadable(tmp_path: Path) -> None:
    wrsamp(tmp_path / "sub", "good", ramp(100))
    write(tmp_path, "plain", " 1 360 2", ["plain.dat 16"], bytes(4))
    write(tmp_path, "short", " 1 360 9", ["short.dat 16"], bytes(4))
    write(tmp_path, "pressure", " 1 125 2", ["pressure.dat 16 1/mmHg 16 0 0 7 0 ABP"], bytes(4))
    states = verify_records(tmp_path)
    assert [(each.name, each.state) for each in states] == [
        ("plain", "no checksums"), ("pressure", "unreadable"), ("short", "unreadable"), ("sub/good", "ok"),
    ]  # fmt: skip
    problems = {each.name: each.problem for each in states if each.problem}
    assert "the checksum of lead ABP is 0, the header says 7" in problems["pressure"], "no ECG, and verified too"
    assert problems["short"].startswith("short.dat is cut off: 4 bytes")
    assert list(unreadable(tmp_path, ["plain", "short", "pressure", "sub/good"])) == ["short"]


def test_the_real_database_is_verified_by_its_headers(mitdb: Path, tmp_path: Path) -> None:
    for end in ("hea", "dat", "atr"):
        shutil.copyfile(mitdb / f"114.{end}", tmp_path / f"114.{end}")
    assert verify_records(tmp_path) == (VerifiedRecord("114", "ok"),)
    os.truncate(tmp_path / "114.atr", 99)
    ((name, state, problem),) = [(each.name, each.state, each.problem) for each in verify_records(tmp_path)]
    assert (name, state) == ("114", "unreadable")
    assert "114.atr cannot be decoded" in problem
