"""Zips of strangers: what harms is refused in one message, and nothing is written outside."""

import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data.importing import archive, limits
from ecg_core.data.importing.archive import unpack
from ecg_core.data.importing.collection import collection_named, collections
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspect import inspect
from ecg_core.errors import DataError
from tests.made_files import FS, channel, ecg_like, edf_bytes, zip_of

SOUND = edf_bytes([channel(ecg_like(4 * FS))])


def everything_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def refused(path: Path, tmp_path: Path) -> str:
    """The one message for an archive, of which nothing may be anywhere afterwards."""
    before = everything_in(tmp_path)
    report = import_files([path], "C")
    assert report.imported == ()
    assert len(report.refused) == 1
    assert collections() == ()
    assert {name for name in everything_in(tmp_path) - before if "/.lock" not in name} <= {
        "workspace",
        "workspace/collections",
    }
    items = inspect(path)
    assert len(items) == 1
    assert report.refused[0].reason.rstrip(".") in items[0].problem
    return report.refused[0].reason


@pytest.mark.parametrize(
    "name",
    [
        "../a.edf",
        "x/../../a.edf",
        "/etc/a.edf",
        "..\\a.edf",
        "x\\..\\..\\a.edf",
        "C:\\a.edf",
        "\\\\host\\a.edf",
        "..",
        "x/..",
    ],
)
def test_a_name_that_leads_out_refuses_the_archive(tmp_path: Path, name: str) -> None:
    path = zip_of(tmp_path / "z.zip", {"good.edf": SOUND, name: SOUND})
    assert refused(path, tmp_path).endswith("leads out of the archive. Nothing of it was unpacked")


@pytest.mark.parametrize("name", ["a" * 300 + ".edf", "/".join(["d"] * 30) + "/a.edf"])
def test_a_name_that_is_too_long_or_too_deep_refuses_the_archive(tmp_path: Path, name: str) -> None:
    assert "is too long or too deep" in refused(zip_of(tmp_path / "z.zip", {name: SOUND}), tmp_path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_refuse_the_archive(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("a.edf")
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as target:
        target.writestr(entry, "/etc/passwd")
    assert "'a.edf' is a link or a device" in refused(tmp_path / "z.zip", tmp_path)


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a.csv", b"0" * (limits.RATIO_FROM_BYTES + 1))
    assert "more than 200 times as much" in refused(tmp_path / "z.zip", tmp_path)


def test_a_bomb_that_declares_little_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a.csv", b"0" * (limits.RATIO_FROM_BYTES + 1))
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 1000)  # the declared size in the directory
    path.write_bytes(raw)
    assert "z.zip" in refused(path, tmp_path)


def test_what_unpacks_to_too_much_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 10_000)
    path = zip_of(tmp_path / "z.zip", {f"{k}.edf": SOUND for k in range(10)})
    assert "unpacks to more than" in refused(path, tmp_path)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    path = zip_of(tmp_path / "z.zip", {f"{k}.txt": b"x" for k in range(4)})
    assert "holds 4 files, at most 3 are taken" in refused(path, tmp_path)


def test_an_encrypted_archive_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "z.zip", {"a.edf": SOUND})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 8] |= 1
    path.write_bytes(raw)
    assert "is encrypted. Unpack it with its password" in refused(path, tmp_path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path, kept: float) -> None:
    path = zip_of(tmp_path / "z.zip", {"a.edf": SOUND, "b.edf": SOUND[::-1]})
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    assert "is cut off or no zip archive" in refused(path, tmp_path)


def test_a_zip_within_a_zip_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "inner.zip", {"a.edf": SOUND}).read_bytes()
    report = import_files([zip_of(tmp_path / "z.zip", {"b.edf": SOUND, "x/inner.zip": inner})], "C")
    assert [one.record for one in report.imported] == ["b"]
    assert [(one.source, one.reason) for one in report.refused] == [
        ("x/inner.zip", "a zip within the zip: unpack it first")
    ]


def test_two_entries_of_one_name_both_come_in(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(tmp_path / "z.zip", "w") as target:
        target.writestr("a.edf", SOUND)
        target.writestr("a.edf", edf_bytes([channel(ecg_like(FS, 7))]))
    assert len(import_files([tmp_path / "z.zip"], "C").imported) == 2
    assert len(collection_named("C").records) == 2


def test_a_short_flat_line_that_packs_a_thousandfold_is_no_bomb(tmp_path: Path) -> None:
    flat = b"II (mV)\n" + b"0\n" * 1_000_000
    path = zip_of(tmp_path / "z.zip", {"flat.csv": flat})
    assert len(flat) > 200 * path.stat().st_size
    assert inspect(path)[0].leads == ("II",)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 400), piece=st.binary(min_size=1, max_size=8))
def test_any_bytes_in_an_archive_give_files_within_or_one_message(tmp_path: Path, at: int, piece: bytes) -> None:
    raw = zip_of(tmp_path / "z.zip", {"x/a.csv": b"1\n2\n", "b.edf": SOUND[:300]}).read_bytes()
    (tmp_path / "z.zip").write_bytes(raw[:at] + piece + raw[at + len(piece) :])
    out = tmp_path / f"out-{at}-{piece.hex()}"
    out.mkdir(exist_ok=True)
    try:
        unpack(tmp_path / "z.zip", out)
    except DataError as error:
        assert "\n" not in str(error)
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} <= {"z.zip", "out", "workspace"}
