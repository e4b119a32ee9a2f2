"""Locks: freed by the operating system, handed to a child, not disturbed by who looks."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ecg_core.locks import ROOM_BYTES, Lock, folder_locked, is_locked, word_of


def test_a_lock_handed_to_a_child_is_held_until_the_child_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    with Lock(path) as lock:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.descriptor])
    assert is_locked(path), "by the child, from its birth"
    assert not Lock(path).acquire()
    child.kill()
    child.wait()
    assert not is_locked(path)
    assert Lock(path).acquire()


def test_whoever_looks_keeps_nobody_from_taking_a_lock_and_is_taken_for_no_holder(tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    path.touch()
    with ThreadPoolExecutor(9) as pool:
        looks = [pool.submit(lambda: [is_locked(path) for _ in range(500)]) for _ in range(8)]
        for _ in range(50):
            lock = Lock(path)
            assert lock.acquire(), "nobody holds it"
            lock.release()
        free = [pool.submit(lambda: [is_locked(path) for _ in range(500)]) for _ in range(8)]
        for look in looks:
            look.result()
        assert not any(any(look.result()) for look in free)


def test_who_waits_for_a_lock_that_is_removed_gets_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    first = Lock(path)
    assert first.acquire()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Lock(path).acquire, 30)
        first.remove()
        first.release()
        assert waiting.result()
    assert path.exists()
    with Lock(tmp_path / "other.lock") as lock:
        assert lock.in_place()
        lock.path.unlink()
        assert not lock.in_place()


def test_the_word_of_a_holder_takes_the_same_room_whatever_it_says(tmp_path: Path) -> None:
    with Lock(tmp_path / "one.lock") as lock:
        for word in (b"a" * 1000, b"here", b""):
            lock.write(word)
            assert word_of(lock.path) == word[:ROOM_BYTES]
            assert lock.path.stat().st_size == ROOM_BYTES
    assert word_of(tmp_path / "none.lock") == b""
    with pytest.raises(ValueError, match="is not held"):
        _ = lock.descriptor


def test_a_folder_is_locked_without_a_file_of_its_own(tmp_path: Path) -> None:
    with folder_locked(tmp_path) as first, folder_locked(tmp_path) as second:
        assert (first, second) == (True, False)
    with folder_locked(tmp_path) as again:
        assert again
    assert list(tmp_path.iterdir()) == []
