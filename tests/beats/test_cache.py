"""Prepared records go when they take too much room, the longest unused first, and a killed preparation leaves nothing.

A full disk is an error in words: never a signal that ends the process, and nothing stays behind.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from ecg_core import workspace
from ecg_core.beats import cache
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.store import is_prepared, load_beats
from ecg_core.errors import DataError
from tests.made_beats import write_recording

NAMES = ("a", "b", "c", "d")
MB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, name in enumerate(NAMES):
        write_recording(tmp_path / "records", name, seed, beats=100)
    return tmp_path / "records"


def root() -> Path:
    return workspace.home() / "cache" / "beats"


def stores() -> list[Path]:
    return sorted(path for path in root().glob("*/*") if path.is_dir())


def size_of(place: Path) -> int:
    return sum(path.stat().st_size for path in place.iterdir())


def used_at(place: Path, seconds: int) -> None:
    os.utime(place / "record.json", (seconds, seconds))


def room_for(monkeypatch: pytest.MonkeyPatch, records: float) -> None:
    monkeypatch.setenv(workspace.BUDGET_VARIABLE, str(records * size_of(stores()[0]) / 1e9))


class TestEviction:
    def test_within_the_budget_everything_stays(self, folder: Path) -> None:
        for fs in (60.0, 70.0, 80.0, 90.0, 100.0, 110.0):
            load_beats(folder, NAMES, BeatConfig(fs=fs))
        assert len(stores()) == 6 * len(NAMES)
        assert is_prepared(folder, NAMES, BeatConfig(fs=60.0))

    def test_what_was_used_longest_ago_goes_first(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for at, name in enumerate(("a", "b", "c")):
            before = set(stores())
            load_beats(folder, [name])
            (new,) = set(stores()) - before
            used_at(new, 1000 + at)
        room_for(monkeypatch, 3.5)
        load_beats(folder, ["a"])  # used now: b is the oldest
        load_beats(folder, ["d"])
        assert [name for name in NAMES if is_prepared(folder, [name])] == ["a", "c", "d"]

    def test_what_a_load_opened_survives_it_even_over_the_budget(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load_beats(folder, ["a"])
        used_at(stores()[0], 1000)
        room_for(monkeypatch, 0.5)
        load_beats(folder, NAMES)
        assert is_prepared(folder, NAMES)
        load_beats(folder, ["a"], BeatConfig(fs=90.0))
        assert [name for name in NAMES if is_prepared(folder, [name])] == []

    def test_a_record_that_somebody_is_at_stays(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        load_beats(folder, ["a"])
        (place,) = stores()
        room_for(monkeypatch, 0.5)
        with FileLock(place.with_name(f".{place.name}.lock")):
            load_beats(folder, ["b"])
            assert is_prepared(folder, ["a", "b"])
        load_beats(folder, ["c"])
        assert not is_prepared(folder, ["a"])

    @pytest.mark.parametrize("text", ["", "much", "-1", "nan"])
    def test_a_budget_that_is_no_size_is_an_error(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        monkeypatch.setenv(workspace.BUDGET_VARIABLE, text)
        with pytest.raises(DataError, match=r"ECG_CACHE_GB is .*, expected the GB of prepared beats to keep"):
            workspace.cache_budget_bytes()

    def test_without_the_setting_the_budget_holds_the_database_many_times(self) -> None:
        assert workspace.cache_budget_bytes() == workspace.BUDGET_GB * 1e9 > 20 * 0.13e9


class TestLeftovers:
    def leftover(self, place: Path, seconds: int | None = None) -> Path:
        place.mkdir(parents=True)
        (place / "signals.npy").write_bytes(b"half")
        if seconds is not None:
            os.utime(place, (seconds, seconds))
        return place

    def test_what_a_killed_preparation_left_is_removed_by_the_next(self, folder: Path) -> None:
        left = self.leftover(root() / BeatConfig().hash / ".building-0123")
        load_beats(folder, ["a"])
        assert not left.exists()

    def test_what_another_process_is_building_stays(self, folder: Path) -> None:
        building = self.leftover(root() / BeatConfig().hash / ".building-0123")
        with FileLock(building.with_name(".0123.lock")):
            load_beats(folder, ["a"])
            assert building.exists()

    def test_the_leftover_of_a_record_does_not_keep_it_from_being_prepared(self, folder: Path) -> None:
        load_beats(folder, ["a"])
        (place,) = stores()
        left = place.rename(place.with_name(f".building-{place.name}"))
        assert not is_prepared(folder, ["a"])
        assert len(load_beats(folder, ["a"])) == 100
        assert place.is_dir()
        assert not left.exists()

    def test_stores_of_whole_folders_as_they_were_once_are_removed(self, folder: Path) -> None:
        old = self.leftover(root() / "0123456789abcdef01234567")
        (old / "manifest.json").write_text("{}", encoding="utf-8")
        held = self.leftover(root() / "1123456789abcdef01234567")
        (held / "manifest.json").write_text("{}", encoding="utf-8")
        killed = self.leftover(root() / ".building-xyz", seconds=1000)
        building = self.leftover(root() / ".building-now")
        os.utime(building, (cache.STARTED_S + 60,) * 2)
        with FileLock(root() / f".{held.name}.lock"):
            load_beats(folder, ["a"])
        assert [path.exists() for path in (old, held, killed, building)] == [False, True, False, True]


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: what this is about would end this one."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=workspace.PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


class TestFullDisk:
    LOAD = (
        "import sys; from pathlib import Path\n"
        "from ecg_core.beats.store import load_beats\nfrom ecg_core.errors import DataError\n"
        "try: print(len(load_beats(Path(sys.argv[1]), sys.argv[2].split(','))))\n"
        "except DataError as error: print(error)"
    )

    def test_it_is_told_in_words_and_what_was_whole_stays(self, small_disk: Path, tmp_path: Path) -> None:
        for seed, name in enumerate(NAMES):
            write_recording(tmp_path / "records", name, seed, beats=800)  # 0.9 MB each
        program = self.LOAD.replace("sys.argv[1]", repr(str(tmp_path / "records")))
        done = run(program.replace("sys.argv[2]", repr(",".join(NAMES))), ECG_HOME=str(small_disk))
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("The disk is full: there is no room for prepared beats")
        places = list((small_disk / "cache" / "beats").glob("*/*"))
        assert not [path.name for path in places if path.name.startswith(".building-")]
        for place in places:
            if place.is_dir():
                assert {path.name for path in place.iterdir()} == {"record.json", "rows.npy", "signals.npy"}
        # with room again it goes on, and nothing is lost
        subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], timeout=240, check=True)
        done = run(program.replace("sys.argv[2]", repr(",".join(NAMES))), ECG_HOME=str(small_disk))
        assert done.stdout.strip() == "3200", done.stderr

    def test_a_memory_map_of_a_sparse_file_would_end_the_process(self, small_disk: Path) -> None:
        """Why beats are not written through one."""
        program = (
            "import numpy as np\n"
            f"big = np.lib.format.open_memmap({str(small_disk / 'x.npy')!r}, mode='w+', shape=({4 * MB},))\n"
            "big[:] = 1\nprint('written')"
        )
        assert run(program).returncode == -signal.SIGBUS
