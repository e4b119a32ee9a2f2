"""Everything bad at once: one clear message each, the good file goes on, nothing is written anywhere else."""

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from wfdb import wrann

from ecg_core.data.importing.collection import collection_named
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspect import inspect
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from tests.data.foreign_records import ramp, write, wrsamp
from tests.made_files import FS, channel, ecg_like, edf_bytes, patched, zip_of

SOUND = edf_bytes([channel(ecg_like(4 * FS))])
LINES = "".join(f"{k / 250:.3f},{k % 7 / 10}\n" for k in range(500))


def bad_files(folder: Path) -> dict[str, str]:
    """Files of every bad kind in `folder`, and what each is refused with."""
    (folder / "cut.edf").write_bytes(SOUND[: len(SOUND) // 2])
    (folder / "rate0.edf").write_bytes(patched(SOUND, 244, "0"))
    (folder / "lies.edf").write_bytes(patched(SOUND, 236, "99999999"))
    (folder / "empty.edf").touch()
    (folder / "wide.csv").write_text((",".join(["1"] * 100_000) + "\n") * 3)
    (folder / "one.csv").write_text("II (mV)\n0.1\n")
    (folder / "leads33.csv").write_text(",".join(f"c{k} (mV)" for k in range(33)) + "\n" + ("1" + ",1" * 32 + "\n") * 3)
    (folder / "rate0.csv").write_text("# fs: 0\nII (mV)\n0.1\n0.2\n")
    (folder / "uneven.csv").write_text("time (s),II (mV)\n" + LINES + "9,1\n")
    write(folder, "norate", " 1 0 100", ["norate.dat 16 200"], bytes(200))
    write(folder, "long", " 1 250 99999999", ["long.dat 16 200"], bytes(200))
    write(folder, "out", " 1 250 100", ["../secret.dat 16 200"], b"")
    write(folder, "signals", " 99999 250 100", ["signals.dat 16 200"], b"")
    write(folder, "lost", " 1 250 100", ["elsewhere.dat 16 200"], b"")
    write(folder, "other", " 1 250 100", ["good.hea 16 200"], b"")
    (folder / "alone.atr").write_bytes(b"\0\0")
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    zip_of(folder / "inner.zip", {"a.edf": SOUND})
    return {
        "cut.edf": "cut.edf is cut off: the header declares 4 data records, the file holds",
        "rate0.edf": "rate0.edf: duration of a data record is '0', expected more than 0 seconds",
        "lies.edf": "lies.edf is cut off: the header declares 99,999,999 data records",
        "empty.edf": "empty.edf is empty: 0 bytes",
        "wide.csv": "wide.csv has 100,000 columns, at most 256 are read",
        "one.csv": "one.csv holds 1 line of samples",
        "leads33.csv": "leads33.csv has 33 ECG channels, at most 32 can be brought in",
        "rate0.csv": "rate0.csv: the sampling rate is 0 Hz",
        "uneven.csv": "uneven.csv, line 502: the time in time (s) is not even",
        "norate.hea": "norate.hea, line 1: sampling frequency in Hz is '0'",
        "long.hea": "long.dat is cut off: 200 bytes, but long.hea declares 99,999,999 samples",
        "out.hea": "out.hea, line 2: signal file is '../secret.dat'",
        "signals.hea": "signals.hea, line 1: number of signals is '99999'",
        "lost.hea": "elsewhere.dat is missing: lost.hea says the samples are in it",
        "other.hea": "good.hea is cut off: ",
        "link.csv": "a link out of the folder: not followed",
        "inner.zip": "a zip within: unpack it first",
    }


def everything_in(folder: Path) -> dict[str, int]:
    return {path.as_posix(): path.lstat().st_size for path in folder.rglob("*")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "given"
    place.mkdir()
    (tmp_path / "secret.csv").write_text("time (s),II (mV)\n" + LINES)
    (tmp_path / "secret.dat").write_bytes(bytes(200))
    return place


def test_every_bad_file_has_one_message_and_the_good_ones_come_in(folder: Path, tmp_path: Path) -> None:
    expected = bad_files(folder)
    wrsamp(folder, "good", ramp(1000))
    (folder / "good.edf").write_bytes(SOUND)
    before = everything_in(tmp_path)
    items = {item.source: item for item in inspect(folder)}
    assert {source: items[source].problem for source in expected if expected[source] not in items[source].problem} == {}
    assert "header, alone.hea, is not with it: bring in all its files together" in items["alone.atr"].problem
    report = import_files([folder], "C")
    assert sorted(one.record for one in report.imported) == ["good", "good-2"]
    assert {one.source for one in report.refused} == set(expected)
    assert all("\n" not in one.reason and expected[one.source] in one.reason for one in report.refused)
    place = collection_named("C").folder
    assert {path.name for path in place.iterdir()} == {"collection.json", *(f"good{x}" for x in (
        ".hea", ".dat", "-2.hea", "-2.dat"))}  # fmt: skip
    after = {name: size for name, size in everything_in(tmp_path).items() if not name.startswith(str(place.parent))}
    assert {name for name in after if name not in before} <= {str(place.parent.parent)}
    assert {name: after[name] for name in before} == before


def test_the_command_says_the_same_line_by_line(folder: Path) -> None:
    expected = bad_files(folder)
    wrsamp(folder, "good", ramp(1000))
    words = (sys.executable, "-m", "ecg_core", "import", str(folder))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    for source, message in expected.items():
        assert sum(message in line and source in line for line in done.stdout.splitlines()) == 1, source
    assert "1 recording brought into My recordings" in done.stdout


def test_nothing_that_is_merely_unusual_is_refused_or_called_damaged(folder: Path) -> None:
    write(folder, "flat", " 1 250 1000", ["flat.dat 16 200/mV 16 0 0 0 0 II"], bytes(2000))
    write(folder, "single", " 1 250 1", ["single.dat 16 200/mV 16 0 5 5 0 II"], b"\5\0")
    wrsamp(folder, "leads33", np.tile(ramp(100, 1), 33))
    wrsamp(folder, "far", ramp(1000))
    wrann("far", "atr", np.array([10, 20, 30, 2**30]), ["N"] * 4, write_dir=str(folder))
    (folder / "nan.csv").write_text("time (s),II (mV),V1 (mV)\n" + LINES.replace("\n", ",nan\n"))
    (folder / "open.edf").write_bytes(patched(SOUND, 236, "-1"))
    report = import_files([folder], "C")
    assert report.refused == ()
    place = collection_named("C").folder
    for one in report.imported:
        assert "damaged" not in " ".join((*one.notes, *read_record(place, one.record).notes))
    assert read_record(place, "far").notes == ("Annotations outside the recording, left out: 1.",)


@pytest.mark.parametrize("file", ["collection.json", "patients.csv"])
def test_no_record_takes_the_place_of_what_a_collection_says_of_its_records(folder: Path, file: str) -> None:
    write(folder, "a", " 1 250 100", [f"{file} 16 200"], bytes(200), file)
    (folder / "b.edf").write_bytes(SOUND)
    report = import_files([folder], "C")
    assert [one.record for one in report.imported] == ["a", "b"]
    assert (collection_named("C").folder / f"a-{file}").read_bytes() == bytes(200)
    assert read_record(collection_named("C").folder, "a").n_samples == 100


def test_a_header_named_as_a_signal_file_hides_no_other_record(folder: Path) -> None:
    write(folder, "a", " 1 250 100", ["b.hea 16 200"], b"")
    wrsamp(folder, "b", ramp(1000))
    assert [one.record for one in import_files([folder], "C").imported] == ["b"]


def test_annotations_that_are_a_link_out_of_the_folder_are_not_copied(folder: Path, tmp_path: Path) -> None:
    wrsamp(folder, "r", ramp(1000))
    (folder / "r.foo").symlink_to(tmp_path / "secret.dat")
    import_files([folder / "r.hea"], "C")
    assert sorted(path.name for path in collection_named("C").folder.glob("r.*")) == ["r.dat", "r.hea"]


def test_files_that_somebody_put_into_the_folder_of_a_collection_are_in_nobodys_way(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    place = Path(import_files([folder / "a.edf"], "C").folder)
    (place / "b.dat").write_bytes(b"mine")
    (folder / "b.edf").write_bytes(edf_bytes([channel(ecg_like(FS, 7))]))
    assert [one.record for one in import_files([folder], "C").imported] == ["b-2"]
    assert (place / "b.dat").read_bytes() == b"mine"


def test_what_is_wrong_is_said_under_the_names_that_the_files_have(folder: Path) -> None:
    wrsamp(folder / "one", "r", ramp(1000))
    wrsamp(folder / "two", "r", ramp(1000) + 1)
    raw = (folder / "two" / "r.dat").read_bytes()
    (folder / "two" / "r.dat").write_bytes(raw[:2] + b"\1" + raw[3:])
    (refused,) = import_files([folder], "C").refused
    assert refused.source == "two/r.hea"
    assert refused.reason.startswith("r.dat: the checksum of lead L1 is")


def test_pipes_and_folders_without_end_are_passed_over(folder: Path) -> None:
    os.mkfifo(folder / "pipe.edf")
    deep = folder
    for _ in range(40):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (folder / "a.edf").write_bytes(SOUND)
    report = import_files([folder], "C")
    assert [one.record for one in report.imported] == ["a"]
    assert [one.reason for one in report.refused] == ["a folder too deep: not looked into"]


def test_patients_beside_any_kind_of_file_are_taken_and_a_damaged_list_stops_nothing(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    wrsamp(folder, "b", ramp(1000))
    (folder / "c d.csv").write_text("time (s),II (mV)\n" + LINES)
    (folder / "patients.csv").write_text("record,patient\na,p1\nb,p2\nc d.csv,p3\n")
    place = Path(import_files([folder], "C").folder)
    assert [read_record(place, name).patient for name in ("a", "b", "c-d")] == ["p1", "p2", "p3"]
    (folder / "patients.csv").write_text("who,where\n")
    report = import_files([folder], "D")
    assert report.refused == ()
    assert all("No patient was taken from it: patients.csv, line 1" in one.notes[-1] for one in report.imported)


def test_records_that_were_whole_before_the_disk_was_full_stay(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    (folder / "b.edf").write_bytes(edf_bytes([channel(ecg_like(600 * FS))]))
    limits, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(DataError, match="what came in before is kept"):
            import_files([folder], "C")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert collection_named("C").records == ("a",)
    assert [one.record for one in import_files([folder], "C").imported] == ["b"]


def test_a_link_in_a_zip_and_a_name_that_leads_out_cost_that_zip_only(folder: Path, tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("a.edf")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as target:
        target.writestr(entry, "/etc/passwd")
    zip_of(tmp_path / "out.zip", {"../../evil.edf": SOUND})
    (folder / "a.edf").write_bytes(SOUND)
    report = import_files([tmp_path / "link.zip", tmp_path / "out.zip", folder], "C")
    assert [one.record for one in report.imported] == ["a"]
    assert [one.source for one in report.refused] == ["link.zip", "out.zip"]
    assert not list(tmp_path.rglob("evil*"))


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder that everybody may look into, and no right to read what is forbidden to all."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        root = os.geteuid() == 0
        try:
            yield Path(place)
        finally:
            if root:
                os.seteuid(0)


def test_a_file_that_may_not_be_read_is_named_and_the_others_go_on(nobody: Path) -> None:
    wrsamp(nobody, "r", ramp(1000))
    (nobody / "a.edf").write_bytes(SOUND)
    for name in ("b.edf", "c.csv"):
        (nobody / name).write_bytes(SOUND)
    for name in ("b.edf", "c.csv", "r.dat"):
        (nobody / name).chmod(0)
    if os.geteuid() == 0:  # whom no mode stops
        os.seteuid(65534)
    items = {item.source: item for item in inspect(nobody)}
    assert items["a.edf"].ready
    assert [items[name].problem for name in ("b.edf", "c.csv")] == [
        "b.edf cannot be read: Permission denied.",
        "c.csv cannot be read: Permission denied.",
    ]
    with pytest.raises(DataError, match=r"r\.dat cannot be read: Permission denied\."):
        read_record(nobody, "r")
