"""Bringing files into collections: whole or not at all, once, and never one in the way of another."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data.importing.collection import collection_named, collections, set_patient
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspect import inspect
from ecg_core.data.importing.inspected import Choice, Choices
from ecg_core.data.importing.place import root
from ecg_core.data.reader import read_record, record_names
from ecg_core.errors import DataError
from ecg_core.workspace import PROJECT
from tests.made_files import FS, channel, ecg_like, edf_bytes, zip_of

SOUND = edf_bytes([channel(ecg_like(4 * FS))])
CSV = b"time,II (mV)\n0,0.1\n0.004,0.2\n0.008,0.3\n"


def left_over() -> list[str]:
    """What lies beside the collections, but for the lock of them all."""
    return [path.name for path in root().iterdir() if path.name.startswith(".") and path.name != ".lock"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "given"
    path.mkdir()
    return path


def test_files_become_records_of_a_collection_that_the_reader_reads(folder: Path) -> None:
    (folder / "Jane Döe 1.edf").write_bytes(SOUND)
    (folder / "b.csv").write_bytes(CSV)
    (folder / "README.md").write_bytes(b"hello")
    seen: list[tuple[str, int, int]] = []
    report = import_files([folder], "My Holters", progress=lambda *told: seen.append(told))
    assert [(one.source, one.record) for one in report.imported] == [("Jane Döe 1.edf", "Jane-Doe-1"), ("b.csv", "b")]
    assert (report.refused, report.ignored) == ((), ("README.md",))
    assert seen == [("Jane Döe 1.edf", 0, 2), ("b.csv", 1, 2)]
    collection = collection_named("my holters")
    assert (collection.name, collection.slug, collection.records) == ("My Holters", "my-holters", ("Jane-Doe-1", "b"))
    assert record_names(collection.folder) == ["Jane-Doe-1", "b"]
    assert np.array_equal(read_record(collection.folder, "Jane-Doe-1").signals[:, 0], ecg_like(4 * FS))
    assert not any(entry.arriving for entry in collection.entries)
    assert left_over() == []


def test_a_file_that_is_there_already_is_not_doubled_whatever_it_is_called(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    import_files([folder], "C")
    (folder / "other name.edf").write_bytes(SOUND)
    report = import_files([folder], "C")
    assert report.imported == ()
    assert [(one.source, one.record) for one in report.already] == [("a.edf", "a"), ("other name.edf", "a")]
    assert collection_named("C").records == ("a",)


def test_two_files_of_one_name_become_two_records(folder: Path) -> None:
    for k, part in enumerate(("one", "two", "three")):
        (folder / part).mkdir()
        (folder / part / "a.edf").write_bytes(edf_bytes([channel(ecg_like(FS, k))]))
    (folder / "a.csv").write_bytes(CSV)
    report = import_files([folder], "C")
    assert sorted(one.record for one in report.imported) == ["a", "one_a", "three_a", "two_a"]
    collection = collection_named("C")
    for k, part in enumerate(("one", "two", "three")):
        assert np.array_equal(read_record(collection.folder, f"{part}_a").signals[:, 0], ecg_like(FS, k))


def test_one_bad_file_does_not_stop_the_others(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND[:600])
    (folder / "b.edf").write_bytes(SOUND)
    (folder / "c.csv").write_bytes(b"II\n1\n2\n3\n")
    (folder / "d.edf").touch()
    report = import_files([folder, folder / "not there.edf"], "C")
    assert [one.record for one in report.imported] == ["b"]
    reasons = {Path(one.source).name: one.reason for one in report.refused}
    assert set(reasons) == {"a.edf", "c.csv", "d.edf", "not there.edf"}
    assert reasons["a.edf"].startswith("a.edf is cut off")
    assert "state the rate in Hz; and no unit for II" in reasons["c.csv"]
    assert reasons["d.edf"] == "d.edf is empty: 0 bytes. Copy it again."
    assert reasons["not there.edf"] == "there is no such file or folder"
    assert left_over() == []


def test_nothing_to_bring_in_makes_no_collection(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND[:600])
    assert import_files([folder], "C").folder == ""
    assert collections() == ()


def test_choices_speak_of_all_files_or_of_one(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"x\n1\n2\n3\n")
    (folder / "b.csv").write_bytes(b"x\n1\n2\n4\n")
    choices = Choices(Choice(rate=250, unit="mV", patient="p1"), {"b.csv": Choice(rate=500, leads=("V1",))})
    assert all(item.ready for item in inspect(folder, choices))
    import_files([folder], "C", choices)
    place = collection_named("C").folder
    a, b = read_record(place, "a"), read_record(place, "b")
    assert (a.fs, a.leads, a.patient) == (250, ("x",), "p1")
    assert (b.fs, b.leads, b.patient) == (500, ("V1",), "p1")


def test_a_record_of_the_database_comes_in_byte_for_byte(mitdb: Path, folder: Path) -> None:
    zip_of(
        folder / "two.zip",
        {f"x/{n}.{end}": (mitdb / f"{n}.{end}").read_bytes() for n in (201, 202) for end in ("hea", "dat", "atr")},
    )
    item = inspect(folder / "two.zip")[0]
    assert (item.source, item.kind, item.rate, item.leads, item.annotators) == (
        "x/201.hea",
        "WFDB",
        360,
        ("MLII", "V1"),
        ("atr",),
    )
    report = import_files([folder / "two.zip"], "C")
    assert [one.record for one in report.imported] == ["201", "202"]
    place = collection_named("C").folder
    for name in ("201", "202"):
        for end in ("hea", "dat", "atr"):
            assert (place / f"{name}.{end}").read_bytes() == (mitdb / f"{name}.{end}").read_bytes()
    assert read_record(place, "202").patient == "201"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_wfdb_records_that_wfdb_writes_come_in_byte_for_byte(data: st.DataObject) -> None:
    from wfdb import wrann, wrsamp

    fmt = data.draw(st.sampled_from(["16", "212", "80"]))
    n_leads = data.draw(st.integers(1, 3))
    low, high = {"16": (-32_767, 32_767), "212": (-2047, 2047), "80": (-127, 127)}[fmt]
    values = np.random.default_rng(data.draw(st.integers(0, 99))).integers(low, high, (500, n_leads))
    with tempfile.TemporaryDirectory() as place:
        wrsamp(
            "r1", fs=250, units=["mV"] * n_leads, sig_name=[f"V{k + 1}" for k in range(n_leads)], d_signal=values,
            fmt=[fmt] * n_leads, adc_gain=[200] * n_leads, baseline=[0] * n_leads, write_dir=place,
        )  # fmt: skip
        wrann("r1", data.draw(st.sampled_from(["atr", "qrs", "ecg"])), np.array([10, 20]), ["N", "V"], write_dir=place)
        before = {path.name: path.read_bytes() for path in Path(place).iterdir()}
        name = f"C{len(collections())}"
        report = import_files([Path(place)], name)
        assert report.refused == ()
        after = {file: (Path(report.folder) / file).read_bytes() for file in before}
        assert before == after
        assert np.array_equal(read_record(Path(report.folder), "r1").signals, values)


def test_a_wfdb_record_of_a_taken_name_gets_another_and_only_its_header_changes(simulated: Path, folder: Path) -> None:
    for part, name in (("one", "sim01"), ("two", "sim02")):
        (folder / part).mkdir()
        for end in ("hea", "dat", "atr"):
            raw = (simulated / f"{name}.{end}").read_bytes()
            (folder / part / f"rec.{end}").write_bytes(raw.replace(name.encode(), b"rec") if end == "hea" else raw)
    report = import_files([folder], "C")
    assert [one.record for one in report.imported] == ["rec", "two_rec"]
    place = collection_named("C").folder
    record = read_record(place, "two_rec")
    assert record.simulated
    assert np.array_equal(record.signals, read_record(simulated, "sim02").signals)
    assert (place / "two_rec.dat").read_bytes() == (simulated / "sim02.dat").read_bytes()
    assert report.imported[1].notes == (
        "The name rec was taken: record and files are called two_rec, all else is byte for byte.",
    )


def test_a_damaged_wfdb_record_is_refused_with_the_reason_and_leaves_nothing(simulated: Path, folder: Path) -> None:
    for end in ("hea", "dat"):
        shutil.copyfile(simulated / f"sim01.{end}", folder / f"sim01.{end}")
    raw = bytearray((folder / "sim01.dat").read_bytes())
    raw[1000] ^= 1
    (folder / "sim01.dat").write_bytes(raw)
    shutil.copyfile(simulated / "sim02.hea", folder / "sim02.hea")
    (folder / "x.edf").write_bytes(SOUND)
    report = import_files([folder], "C")
    assert [one.record for one in report.imported] == ["x"]
    assert [one.reason.split(":")[0] for one in report.refused] == ["sim01.dat", "sim02.dat is missing"]
    assert sorted(path.name for path in Path(report.folder).iterdir()) == ["collection.json", "x.dat", "x.hea"]


def test_links_out_of_a_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(CSV)
    (folder / "a.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "loop").symlink_to(folder)
    report = import_files([folder], "C")
    assert report.imported == ()
    assert [(one.source, one.reason) for one in report.refused] == [
        ("a.csv", "a link out of the folder: not followed"),
        ("loop", "a link out of the folder: not followed"),
    ]


def test_all_files_of_a_record_can_be_named_as_a_shell_does(simulated: Path, folder: Path) -> None:
    report = import_files(sorted(simulated.glob("sim01.*")), "C")
    assert ([one.record for one in report.imported], report.refused) == (["sim01"], ())
    report = import_files([simulated / "sim02.dat"], "C")
    assert report.refused[0].reason == "part of a WFDB record: name its header, sim02.hea"


def test_leads_of_a_record_are_named_by_choice_and_it_is_said(simulated: Path) -> None:
    report = import_files([simulated / "sim01.hea"], "C", Choices(Choice(leads=("A", "B"))))
    assert report.imported[0].notes == ("The leads were named by choice: the header is not that of the file.",)
    assert read_record(Path(report.folder), "sim01").leads == ("A", "B")
    report = import_files([simulated / "sim02.hea"], "C", Choices(Choice(leads=("A", "-"))))
    assert "comes in with all its leads" in report.refused[0].reason


def test_a_rate_of_one_file_by_name_goes_before_its_times_and_one_of_all_does_not(folder: Path) -> None:
    (folder / "a.csv").write_bytes(CSV)
    one, every = Choice(rate=500), Choices(Choice(rate=500))
    assert [item.rate for item in inspect(folder, every)] == [250]
    assert [item.rate for item in inspect(folder, Choices(by_source={"a.csv": one}))] == [500]


def test_an_edf_whose_unit_makes_no_ecg_is_brought_in_and_doubted(folder: Path) -> None:
    (folder / "a.edf").write_bytes(edf_bytes([channel(ecg_like(4 * FS) // 400)]))
    doubts = import_files([folder], "C").imported[0].doubts
    assert len(doubts) == 1
    assert "is the unit right?" in doubts[0]
    assert collection_named("C").entries[0].notes[0] == doubts[0]


def test_a_choice_against_what_the_file_states_is_not_used_and_it_is_said(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    report = import_files([folder], "C", Choices(Choice(rate=500, unit="mV")))
    assert report.imported[0].notes == (
        "The chosen unit, mV, is not used where the file states uV.",
        "The chosen rate, 500 Hz, is not used: the file states 200 Hz.",
    )
    assert read_record(Path(report.folder), "a").gain == (200.0,)


def test_a_home_that_cannot_be_written_is_one_message(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    (folder / "file").touch()
    monkeypatch.setenv("ECG_HOME", str(folder / "file" / "home"))
    with pytest.raises(DataError, match=r"collections cannot be written: Not a directory"):
        import_files([folder / "a.edf"], "C")


def test_a_record_in_capitals_with_a_channel_that_is_no_ecg_comes_in_and_its_leads_can_be_named(folder: Path) -> None:
    values = np.stack([ecg_like(500, k) for k in range(3)], axis=1)
    (folder / "R1.DAT").write_bytes(values.astype("<i2").tobytes())
    lines = ["R1 3 250 500", "R1.dat 16 200/mV 16 0 0 0 0 ECG1", "R1.dat 16 10/mmHg 16 0 0 0 0 ABP", "R1.dat 16 200/mV"]
    sums = values.sum(axis=0) % 65536
    lines[1:3] = [line.replace("0 0 0 0", f"0 {values[0, k]} {sums[k]} 0") for k, line in enumerate(lines[1:3])]
    (folder / "R1.HEA").write_text("\n".join(lines) + "\n")
    item = inspect(folder)[0]
    assert (item.leads, item.n_samples, item.problem) == (("ECG1", "lead 3"), 500, "")
    assert [(one.label, one.left_out) for one in item.left_out] == [("ABP", "in mmHg, not in mV")]
    report = import_files([folder], "C", Choices(Choice(leads=("II", "V1"))))
    assert report.refused == ()
    record = read_record(Path(report.folder), "R1")
    assert record.leads == ("II", "V1")
    assert np.array_equal(record.signals, values[:, [0, 2]])
    assert record.integrity.checksums_verified
    assert b"ABP" in (Path(report.folder) / "R1.HEA").read_bytes()


@pytest.mark.parametrize("name", ["", "   ", "a\x1bb", "x" * 81])
def test_a_name_that_no_collection_can_have_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(DataError, match="A collection's name has 1 to 80 printable characters"):
        import_files([folder], name)


@pytest.mark.parametrize("name", ["../../etc", "/tmp/x", ".hidden", "..", "Ärzte & Co"])
def test_no_name_leads_out_of_the_collections(folder: Path, name: str) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    report = import_files([folder], name)
    assert Path(report.folder).parent == root()
    assert collection_named(name).records == ("a",)


PROGRAM = """
import sys
from pathlib import Path
from ecg_core.data.importing import {module} as target
whole = target.{function}
def slowly(*arguments, **words):
    result = whole(*arguments, **words) if {after} else None
    print("here", flush=True)
    import time; time.sleep(60)
target.{function} = slowly
from ecg_core.data.importing.importer import import_files
import_files([Path(sys.argv[1])], "C")
"""


@pytest.mark.parametrize(
    ("module", "function", "after"),
    [
        ("importer", "write_record", True),  # written into the stage
        ("importer", "write_manifest", True),  # the entry is there, no file is
        ("importer", "write_patients", True),
        ("importer", "synced", True),
    ],
)
def test_a_killed_import_leaves_nothing_that_is_seen_as_a_record(
    folder: Path, module: str, function: str, after: bool
) -> None:
    (folder / "first.csv").write_bytes(CSV)
    import_files([folder], "C")
    (folder / "second.edf").write_bytes(SOUND)
    program = PROGRAM.format(module=module, function=function, after=after)
    worker = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert worker.stdout
    assert worker.stdout.readline() == "here\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    collection = collection_named("C")
    assert collection.records == ("first",)
    assert record_names(collection.folder) == ["first"]
    assert left_over() != []
    report = import_files([folder], "C")
    assert [one.record for one in report.imported] == ["second"]
    assert [one.record for one in report.already] == ["first"]
    assert left_over() == []
    assert sorted(path.suffix for path in collection.folder.iterdir()) == [".dat", ".dat", ".hea", ".hea", ".json"]


MOVES = """
import os, sys
from pathlib import Path
real, left = Path.rename, int(sys.argv[2])
def rename(self, target):
    global left
    if self.suffix in (".dat", ".hea", ".atr"):
        if not left:
            os.kill(os.getpid(), 9)
        left -= 1
    return real(self, target)
Path.rename = rename
from ecg_core.data.importing.importer import import_files
import_files([Path(sys.argv[1])], "C")
"""


@pytest.mark.parametrize("moves", range(5))
def test_an_import_killed_between_two_files_leaves_whole_records_only(folder: Path, moves: int) -> None:
    for k in range(2):
        (folder / f"r{k}.edf").write_bytes(edf_bytes([channel(ecg_like(FS, k))]))
    done = subprocess.run([sys.executable, "-c", MOVES, str(folder), str(moves)], cwd=PROJECT, check=False)
    assert done.returncode == (-9 if moves < 4 else 0)
    collection = collection_named("C")
    whole = moves // 2
    assert collection.records == tuple(f"r{k}" for k in range(whole))
    assert record_names(collection.folder) == list(collection.records)
    for name in collection.records:
        read_record(collection.folder, name)
    report = import_files([folder], "C")
    assert (len(report.imported), len(report.already)) == (2 - whole, whole)
    assert len(list(collection.folder.iterdir())) == 5
    assert not any(entry.arriving for entry in collection_named("C").entries)


def test_an_import_at_work_is_not_swept_by_another(folder: Path) -> None:
    (folder / "a.edf").write_bytes(SOUND)
    program = PROGRAM.format(module="importer", function="write_record", after=True)
    worker = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert worker.stdout
        assert worker.stdout.readline() == "here\n"
        import_files([folder], "other")
        assert len(left_over()) == 1
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def test_a_full_disk_is_one_message_and_nothing_is_lost(folder: Path) -> None:
    (folder / "a.csv").write_bytes(CSV)
    import_files([folder], "C")
    set_patient("C", "a", "p1")
    (folder / "b.edf").write_bytes(edf_bytes([channel(ecg_like(600 * FS))]))
    before = {path.name: path.read_bytes() for path in collection_named("C").folder.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # the kernel itself refuses to write more
    try:
        with pytest.raises(DataError, match="The disk is full: nothing more can be written to") as error:
            import_files([folder], "C")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "\n" not in str(error.value)
    assert {path.name: path.read_bytes() for path in collection_named("C").folder.iterdir()} == before
    assert left_over() == []
    assert [one.record for one in import_files([folder], "C").imported] == ["b"]


def test_more_records_than_go_in_at_once_all_arrive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg_core.data.importing.importer.BATCH_RECORDS", 3)
    for k in range(8):
        (folder / f"r{k}.edf").write_bytes(edf_bytes([channel(ecg_like(FS, k))]))
    report = import_files([folder], "C")
    assert len(report.imported) == 8
    assert collection_named("C").records == tuple(f"r{k}" for k in range(8))
    assert time.strptime(collection_named("C").entries[0].imported[:19], "%Y-%m-%dT%H:%M:%S")
