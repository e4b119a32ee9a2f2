"""Files: the old content or the new one, never a part, and nothing left behind; JSON as it was, or why not."""

import errno
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.files import (
    MOST_JSON_BYTES,
    combined_sha256,
    is_full,
    mapped_array,
    read_array,
    read_json,
    replaced,
    sha256,
    why,
    write_bytes,
    write_json,
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.json"
    write_json(path, {"a": [1, None, "ü"]})
    assert read_json(path) == {"a": [1, None, "ü"]}
    assert [p.name for p in path.parent.iterdir()] == ["x.json"]


def test_a_block_that_raises_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_bytes(path, b"old")
    with pytest.raises(KeyboardInterrupt), replaced(path) as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.bin"]


def test_a_disk_that_is_full_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_bytes(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))  # the kernel itself refuses to write more
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write_bytes(path, bytes(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.errno == errno.EFBIG
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.bin"]


def test_not_a_number_is_refused_and_the_old_file_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, 1)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, float("nan"))
    assert read_json(path) == 1


def test_other_users_may_read_what_is_written_as_far_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_bytes(tmp_path / "x", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644


def test_a_process_killed_while_it_writes_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_bytes(path, bytes(5_000_000))
    code = (
        "import sys; from pathlib import Path; from ecg_core.files import write_bytes\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for value in (1, 2): write_bytes(Path(sys.argv[1]), bytes([value]) * 5_000_000)\n"
    )
    for wait_s in (0.003, 0.011, 0.027):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as child:
            assert child.stdout
            child.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(wait_s)
            child.kill()
        content = path.read_bytes()
        assert len(content) == 5_000_000
        assert len(set(content)) == 1


def test_the_sum_of_a_file_larger_than_one_piece_is_right(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    write_bytes(tmp_path / "x", content)
    assert sha256(tmp_path / "x") == hashlib.sha256(content).hexdigest()


texts = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inside: st.lists(inside) | st.dictionaries(texts, inside),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values)
def test_any_json_is_read_back_with_its_types_and_to_the_last_digit(tmp_path: Path, value: object) -> None:
    write_json(tmp_path / "x.json", value)
    assert json.dumps(read_json(tmp_path / "x.json")) == json.dumps(value)


def test_the_name_of_a_folder_that_is_no_utf_8_is_read_back(tmp_path: Path) -> None:
    name = os.fsdecode(b"/data/M\xfcller")
    write_json(tmp_path / "x.json", {"folder": name})
    assert read_json(tmp_path / "x.json") == {"folder": name}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "truncated"),
        (b'{"a": 1', "truncated"),
        (b'{"a": 1} {', "trailing characters"),
        (b"NaN", "invalid character"),
        (b'{"a": -Infinity}', "invalid"),
        (b"[1e400]", "out of range"),
        (b'"\xff\xfe"', "utf-8"),
        (bytes(100), "invalid character"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_no_json_is_a_value_error_in_words(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_json(tmp_path / "x.json")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()[:-1]))
def test_any_bytes_at_all_are_json_or_a_value_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    try:
        value = read_json(tmp_path / "x.json")
    except ValueError as error:
        assert str(error)
    else:
        json.dumps(value, allow_nan=False)


def test_without_a_file_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "x.json")
    (tmp_path / "file").touch()
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "file" / "x.json")


def test_a_folder_a_pipe_and_a_link_to_nothing_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    for name in ("folder", "pipe", "link"):
        with pytest.raises(ValueError, match=r"^not a file$"):
            read_json(tmp_path / name)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.json").open("wb") as file:
        file.truncate(MOST_JSON_BYTES + 1)  # takes no room on the disk
    with pytest.raises(ValueError, match=r"^16,777,217 bytes, more than 16,777,216$"):
        read_json(tmp_path / "x.json")


class Gadget:
    """Touches a canary when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.canary,)


def test_an_array_of_a_pickle_is_refused_and_not_executed(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([Gadget(tmp_path / "canary")], object), allow_pickle=True)
    with pytest.raises(ValueError, match="object"):
        read_array(tmp_path / "x.npy")
    assert not (tmp_path / "canary").exists()


def test_an_array_that_declares_74_gib_is_refused_before_room_is_made_for_it(tmp_path: Path) -> None:
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**10,)})
    assert (tmp_path / "x.npy").stat().st_size < 200
    tracemalloc.start()
    with pytest.raises(ValueError, match="length"):
        read_array(tmp_path / "x.npy")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_what_is_no_array_is_refused_in_words(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "empty.npy").touch()
    (tmp_path / "noise.npy").write_bytes(b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 70_000)
    for name in ("pipe.npy", "empty.npy", "noise.npy", "missing.npy"):
        with pytest.raises(ValueError, match=r"."):
            read_array(tmp_path / name)
    np.save(tmp_path / "x.npy", np.arange(3.0))
    assert read_array(tmp_path / "x.npy").tolist() == [0, 1, 2]


def test_the_sum_of_one_file_is_its_own_and_of_several_another_for_another_order(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    assert combined_sha256([one]) == sha256(one)
    assert len({combined_sha256([one, two]), combined_sha256([two, one]), sha256(one), sha256(two)}) == 4


def test_a_mapped_array_has_its_room_before_anything_is_written(small_disk: Path) -> None:
    """Without it, the first write beyond the room would end the process by SIGBUS (`tests/beats/test_cache.py`)."""
    with pytest.raises(OSError, match="No space left") as caught:
        mapped_array(small_disk / "x.npy", np.float64, (1 << 20,))
    assert is_full(caught.value)
    assert "make room" in why(caught.value)
    array = mapped_array(small_disk / "y.npy", np.int16, (3, 4))
    array[1] = 7
    array.flush()
    assert np.load(small_disk / "y.npy", mmap_mode="r")[1].tolist() == [7, 7, 7, 7]
