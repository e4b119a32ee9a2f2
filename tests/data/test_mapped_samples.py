"""Long recordings are decoded once and mapped: the same samples, and nothing stale, damaged or left over."""

from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from ecg_core import workspace
from ecg_core.data import mapped_samples, samples
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from tests.data.foreign_records import wrsamp


@pytest.fixture
def folder(tmp_path: Path, workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One record of format 212, and everything beyond 1,000 bytes is long."""
    rng = np.random.default_rng(0)
    wave = rng.integers(-1000, 1000, (5_000, 2))
    wrsamp(tmp_path, "r", wave, "212", fs=360, sig_name=["MLII", "V1"], units=["mV", "mV"])
    monkeypatch.setattr(samples, "BLOCK_SAMPLES", 1_024)
    monkeypatch.setattr(mapped_samples, "LONG_BYTES", 1_000)
    return tmp_path


def kept() -> list[Path]:
    root = workspace.home() / "cache" / "signals"
    return sorted(path for path in root.iterdir() if not path.name.endswith(".lock")) if root.is_dir() else []


def test_mapped_samples_are_those_of_a_reading_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = read_record(folder, "r")
    assert isinstance(mapped.signals, np.memmap)
    assert not mapped.signals.flags.writeable
    monkeypatch.setattr(mapped_samples, "LONG_BYTES", 10**9)
    whole = read_record(folder, "r")
    assert not isinstance(whole.signals, np.memmap)
    assert np.array_equal(mapped.signals, whole.signals)
    assert (mapped.integrity, mapped.invalid, mapped.leads) == (whole.integrity, whole.invalid, whole.leads)


def test_a_record_is_decoded_once_and_again_when_its_file_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []
    decode = mapped_samples._decode
    monkeypatch.setattr(mapped_samples, "_decode", lambda place, read: (decoded.append(place), decode(place, read)))
    read_record(folder, "r")
    read_record(folder, "r")
    assert len(decoded) == 1
    wrsamp(folder, "r", np.zeros((5_000, 2), int), "212", fs=360, sig_name=["MLII", "V1"], units=["mV", "mV"])
    assert not read_record(folder, "r").signals.any()
    assert len(decoded) == 2


def test_a_file_that_is_cut_off_is_refused_in_words_and_leaves_nothing(folder: Path) -> None:
    with (folder / "r.dat").open("rb+") as file:
        file.truncate(6_000)
    with pytest.raises(DataError, match=r"r\.dat is cut off"):
        read_record(folder, "r")
    assert kept() == []


def test_samples_that_differ_from_their_checksum_leave_nothing_half_decoded(folder: Path) -> None:
    with (folder / "r.dat").open("rb+") as file:
        file.seek(9_000)
        file.write(b"\x01\x02\x03" * 20)
    with pytest.raises(DataError, match="the samples are damaged"):
        read_record(folder, "r")
    assert kept() == []


def test_what_is_kept_and_damaged_is_said_and_made_anew(folder: Path) -> None:
    read_record(folder, "r")
    (place,) = kept()
    (place / mapped_samples.SAMPLES).write_bytes(b"nothing")
    with pytest.raises(DataError, match="open the recording once more"):
        read_record(folder, "r")
    assert read_record(folder, "r").signals.any()


def test_what_was_not_used_for_longest_goes_when_it_grows_too_large(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_record(folder, "r")
    (first,) = kept()
    monkeypatch.setenv(workspace.BUDGET_VARIABLE, str(25_000 / 1e9))
    wrsamp(folder, "s", np.ones((5_000, 2), int), "212", fs=360, sig_name=["MLII", "V1"], units=["mV", "mV"])
    assert read_record(folder, "s").signals.all()
    assert first not in kept()
    assert len(kept()) == 1


def test_on_a_full_disk_it_is_refused_in_words_and_leaves_nothing_and_goes_on_with_room(
    folder: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_HOME", str(small_disk))
    (small_disk / "taken").write_bytes(bytes(2 * 2**20 - 12_288))
    with pytest.raises(DataError, match="the disk is full, make room"):
        read_record(folder, "r")
    assert kept() == []
    (small_disk / "taken").unlink()
    assert len(read_record(folder, "r").signals) == 5_000


def test_what_a_killed_reading_left_goes_with_the_next_and_one_at_work_stays(folder: Path) -> None:
    root = workspace.home() / "cache" / "signals"
    for name in ("killed", "working"):
        (root / f".{name}.building").mkdir(parents=True)
    with FileLock(root / ".working.lock"):
        read_record(folder, "r")
    assert [path.name for path in kept() if path.name.endswith(".building")] == [".working.building"]
